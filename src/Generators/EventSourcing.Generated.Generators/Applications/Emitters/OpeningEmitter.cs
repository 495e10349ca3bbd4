using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Applications.Emitters;

/// <summary>Writes the constructor, and the methods that open the store.</summary>
internal static class OpeningEmitter
{
    private const string Context = $"{KnownNames.Library}.ApplicationContext";

    public static void Write(ApplicationModel model, SourceWriter writer)
    {
        if (!model.HasConstructor)
        {
            writer.Line($"private {model.Shell.Name}({Context} context)");
            writer.Line("    : base(context)");
            writer.Line("{");
            writer.Line("}");
        }

        if (model.Services.Count == 0)
        {
            WriteOpen(model, writer);
        }

        WriteCreate(model, writer);
        WriteRecorders(model, writer);
    }

    private static void WriteOpen(ApplicationModel model, SourceWriter writer)
    {
        foreach (var source in StoreSource.All(model))
        {
            writer.Line();
            writer.Line($$"""
                /// <summary>Opens the store of the application.</summary>
                /// <param name="{{source.Name}}">{{source.Description}}</param>
                /// <param name="options">Limits and timeouts; null for the defaults.</param>
                /// <param name="cancellationToken">Cancels the call.</param>
                /// <exception cref="{{KnownNames.Library}}.StoreConfigurationException">The {{source.Noun}} or the database doesn't fit.</exception>
                /// <exception cref="{{KnownNames.Library}}.StoreException">The database refused or failed.</exception>
                public static async global::System.Threading.Tasks.ValueTask<{{model.Shell.Name}}> OpenAsync({{source.Parameters}}, {{KnownNames.Cancellation}} cancellationToken = default) =>
                    await OpenAsync(Create({{source.Name}}, options ?? new {{KnownNames.Options}}()), cancellationToken).ConfigureAwait(false);
                """);
        }
    }

    private static void WriteCreate(ApplicationModel model, SourceWriter writer)
    {
        var (services, passed) = model.Services.Count == 0 ? ("", "") : (", global::System.IServiceProvider services", ", services");
        writer.Line();
        writer.Line("// These connect to nothing: the store opens when it is first used.");
        foreach (var source in StoreSource.All(model))
        {
            writer.Line($"internal static {model.Shell.Name} Create({source.Type} {source.Name}, {KnownNames.Options} options{services}) =>");
            writer.Line($"    Create({source.NewRecorder}({source.Name}, options), options{passed});");
            writer.Line();
        }

        var arguments = string.Concat(model.Services.Select(s => $", {s}"));
        var used = model.AutoFlush ? "options" : "options with { AutoFlush = false }";
        var scopedSession = model.ScopedSession is null ? "" : $", static () => {model.ScopedSession}";
        writer.Line($"private static {model.Shell.Name} Create({KnownNames.Library}.Recording.IApplicationRecorder<{model.KeyType}> recorder, {KnownNames.Options} options{services}) =>");
        using (writer.Indent())
        {
            writer.Line(model.ConstructorFits
                ? $"new {model.Shell.Name}({Context}.Create(recorder, new Registry(), {used}{scopedSession}){arguments});"
                : "throw new global::System.NotSupportedException(\"The constructor of the application doesn't fit, as an error at it says.\");");
        }
    }

    private static void WriteRecorders(ApplicationModel model, SourceWriter writer)
    {
        const string Url = $"{KnownNames.Services}.StoreUrl";
        const string Memory = "memory";
        writer.Line();
        writer.Line($"private static {KnownNames.Library}.Recording.IApplicationRecorder<{model.KeyType}> CreateRecorder(string url, {KnownNames.Options} options) =>");
        using (writer.Indent())
        {
            foreach (var provider in model.Providers)
            {
                writer.Line($"{provider.RecorderName}.Accepts(url) ? new {provider.RecorderName}(url, options) :");
            }

            writer.Line($"{Url}.IsMemory(url) ? new {KnownNames.Library}.Recording.InMemoryRecorder<{model.KeyType}>() :");
            writer.Line($"throw {Url}.NotAvailable(url, {string.Join(", ", model.Providers.Select(p => p.Scheme).Append(Memory).Select(s => $"\"{s}\""))});");
        }
    }
}
