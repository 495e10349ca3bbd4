using EventSourcing.Generators.Recorders;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Applications.Emitters;

/// <summary>Writes the members for the tables: their scripts, and the methods that create and compare them.</summary>
internal static class SchemaEmitter
{
    private static readonly string ComparedToo = string.Concat(Providers.All.Where(p => p.ComparedToo is not null).Select(p => $" and, on {p.Title}, {p.ComparedToo}"));

    public static void Write(ApplicationModel model, SourceWriter writer)
    {
        foreach (var source in StoreSource.All(model))
        {
            WriteMethods(source, writer);
        }

        if (model.Recorder.Engines.Count > 0)
        {
            WriteScripts(model.Recorder, writer);
        }
    }

    private static void WriteMethods(StoreSource source, SourceWriter writer)
    {
        writer.Line();
        writer.Line($$"""
            /// <summary>Creates missing tables. Several processes may do so at once.</summary>
            /// <param name="{{source.Name}}">{{source.Description}}</param>
            /// <param name="options">Limits and timeouts; null for the defaults.</param>
            /// <param name="cancellationToken">Cancels the call.</param>
            /// <exception cref="{{KnownNames.Library}}.StoreException">The {{source.Noun}} or the database doesn't fit, or the database refused or failed.</exception>
            public static async global::System.Threading.Tasks.ValueTask EnsureSchemaAsync({{source.Parameters}}, {{KnownNames.Cancellation}} cancellationToken = default) =>
                await EnsureSchemaAsync({{source.Recorder}}, cancellationToken).ConfigureAwait(false);

            /// <summary>Compares the tables with what the application needs. Nothing is changed.</summary>
            /// <param name="{{source.Name}}">{{source.Description}}</param>
            /// <param name="options">Limits and timeouts; null for the defaults.</param>
            /// <param name="cancellationToken">Cancels the call.</param>
            /// <returns>What differs, one sentence each: columns, unique indexes{{ComparedToo}}. Privileges and triggers aren't checked.</returns>
            /// <exception cref="{{KnownNames.Library}}.StoreException">The {{source.Noun}} doesn't fit, or the database refused or failed.</exception>
            public static async global::System.Threading.Tasks.ValueTask<global::System.Collections.Generic.IReadOnlyList<string>> VerifySchemaAsync({{source.Parameters}}, {{KnownNames.Cancellation}} cancellationToken = default) =>
                await VerifySchemaAsync({{source.Recorder}}, cancellationToken).ConfigureAwait(false);
            """);
    }

    private static void WriteScripts(RecorderModel recorder, SourceWriter writer)
    {
        writer.Line();
        writer.Line("/// <summary>The scripts that create the tables, for databases that the application may not change.</summary>");
        writer.Line(KnownNames.GeneratedCode);
        using (writer.Open("public static class SchemaSql"))
        {
            for (var i = 0; i < recorder.Engines.Count; i++)
            {
                var provider = recorder.Engines[i].Provider;
                string[] script = [.. provider.Dialect.Script(recorder.NamesOn(recorder.Engines[i])), .. RecorderEmitter.ViewScript(recorder)];
                if (i > 0)
                {
                    writer.Line();
                }

                writer.Line($"/// <summary>Creates the tables in {provider.Title}.</summary>");
                writer.Line($"public const string {provider.Name} = $\"{string.Join("\\n\\n", script.Select(t => $"{{{provider.RecorderName}.{t}}};"))}\";");
            }
        }
    }
}
