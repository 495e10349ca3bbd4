using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Applications.Emitters;

/// <summary>What a store can be opened with: a URL, or an object of its driver. Each has its overloads.</summary>
/// <param name="Type">The type of the parameter.</param>
/// <param name="Name">Its name.</param>
/// <param name="Noun">What it is called in texts.</param>
/// <param name="Description">Its documentation.</param>
/// <param name="Told">The documentation of a function that returns it.</param>
/// <param name="NewRecorder">What is called for the recorder.</param>
internal sealed record StoreSource(string Type, string Name, string Noun, string Description, string Told, string NewRecorder)
{
    private const string Options = $"{KnownNames.Library}.EventStoreOptions";

    /// <summary>The source and the options, as parameters of public methods.</summary>
    public string Parameters => $"{Type} {Name}, {Options}? options = null";

    /// <summary>The recorder, where the options may be null.</summary>
    public string Recorder => $"{NewRecorder}({Name}, options ?? new {Options}())";

    public static IEnumerable<StoreSource> All(ApplicationModel model)
    {
        var examples = string.Join(", ", Schemes(model).Select(p => $"<c>{p.Example}</c>"));
        yield return new StoreSource(
            "string", "url", "URL", $"Where the store is: {examples}, or an ADO.NET connection string.",
            "Tells where the store is, by the configuration for instance.", "CreateRecorder");
        foreach (var provider in model.Providers)
        {
            foreach (var source in provider.Sources)
            {
                yield return new StoreSource(source.Type, source.Name, source.Noun, source.Description, source.Told, $"new {provider.RecorderName}");
            }
        }
    }

    /// <summary>What a URL can lead to: its scheme, an example, and the recorder.</summary>
    public static IEnumerable<(string Scheme, string Example, string Recorder)> Schemes(ApplicationModel model)
    {
        foreach (var provider in model.Providers)
        {
            yield return (provider.Scheme, provider.Example, $"new {provider.RecorderName}(url, options)");
        }

        yield return ("memory", "memory:", $"new {KnownNames.Library}.InMemoryRecorder<{model.KeyType}>()");
    }
}
