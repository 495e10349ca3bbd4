using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Applications.Emitters;

/// <summary>A source with which a store can be opened: a URL, or an object of its driver. Each source has its own overloads.</summary>
/// <param name="Type">The type of the parameter.</param>
/// <param name="Name">Its name.</param>
/// <param name="Noun">Its name in texts.</param>
/// <param name="Description">Its documentation.</param>
/// <param name="Told">The documentation of a function that returns it.</param>
/// <param name="NewRecorder">The expression that creates the recorder, without arguments.</param>
internal sealed record StoreSource(string Type, string Name, string Noun, string Description, string Told, string NewRecorder)
{
    /// <summary>The source and the options, as parameters of public methods.</summary>
    public string Parameters => $"{Type} {Name}, {KnownNames.Options}? options = null";

    /// <summary>The expression that creates the recorder; the options may be null.</summary>
    public string Recorder => $"{NewRecorder}({Name}, options ?? new {KnownNames.Options}())";

    public static IEnumerable<StoreSource> All(ApplicationModel model)
    {
        var examples = string.Join(", ", model.Providers.Select(p => p.Example).Append("memory:").Select(e => $"<c>{e}</c>"));
        yield return new StoreSource(
            "string", "url", "URL", $"Where the store is: {examples}, or an ADO.NET connection string.",
            "Returns where the store is, for instance from the configuration.", "CreateRecorder");
        foreach (var provider in model.Providers)
        {
            foreach (var source in provider.Sources)
            {
                yield return new StoreSource(source.Type, source.Name, source.Noun, source.Description, source.Told, $"new {provider.RecorderName}");
            }
        }
    }
}
