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

        var providers = model.Providers.ToList();
        if (providers.Count > 0)
        {
            WriteScripts(providers, model.Recorder.Table, writer);
        }
    }

    private static void WriteMethods(StoreSource source, SourceWriter writer)
    {
        writer.Line();
        writer.Line($$"""
            /// <summary>Creates what is missing of the tables. Several processes may do so at once.</summary>
            /// <param name="{{source.Name}}">{{source.Description}}</param>
            /// <param name="options">Limits and timeouts; null for the usual ones.</param>
            /// <param name="cancellationToken">Gives up.</param>
            /// <exception cref="{{KnownNames.Library}}.StoreConfigurationException">The {{source.Noun}} or the database doesn't fit.</exception>
            /// <exception cref="{{KnownNames.Library}}.StoreException">The database refused or failed.</exception>
            public static async global::System.Threading.Tasks.ValueTask EnsureSchemaAsync({{source.Parameters}}, {{OpeningEmitter.Cancellation}} cancellationToken = default)
            {
                var recorder = {{source.Recorder}};
                try
                {
                    await recorder.EnsureSchemaAsync(cancellationToken).ConfigureAwait(false);
                }
                finally
                {
                    await recorder.DisposeAsync().ConfigureAwait(false);
                }
            }

            /// <summary>Compares the tables with what the application needs. Nothing is changed.</summary>
            /// <param name="{{source.Name}}">{{source.Description}}</param>
            /// <param name="options">Limits and timeouts; null for the usual ones.</param>
            /// <param name="cancellationToken">Gives up.</param>
            /// <returns>What differs, one sentence each: columns, unique indexes{{ComparedToo}}. Privileges and triggers aren't looked at.</returns>
            /// <exception cref="{{KnownNames.Library}}.StoreConfigurationException">The {{source.Noun}} doesn't fit.</exception>
            /// <exception cref="{{KnownNames.Library}}.StoreException">The database refused or failed.</exception>
            public static async global::System.Threading.Tasks.ValueTask<global::System.Collections.Generic.IReadOnlyList<string>> VerifySchemaAsync({{source.Parameters}}, {{OpeningEmitter.Cancellation}} cancellationToken = default)
            {
                var recorder = {{source.Recorder}};
                try
                {
                    return await recorder.VerifySchemaAsync(cancellationToken).ConfigureAwait(false);
                }
                finally
                {
                    await recorder.DisposeAsync().ConfigureAwait(false);
                }
            }
            """);
    }

    private static void WriteScripts(List<ProviderModel> providers, TableModel table, SourceWriter writer)
    {
        writer.Line();
        writer.Line("/// <summary>The scripts that create the tables, for those who do so themselves.</summary>");
        writer.Line(KnownNames.GeneratedCode);
        using (writer.Open("public static class SchemaSql"))
        {
            for (var i = 0; i < providers.Count; i++)
            {
                var provider = providers[i];
                if (i > 0)
                {
                    writer.Line();
                }

                writer.Line($"/// <summary>Creates the tables in {provider.Title}.</summary>");
                writer.Line($"public const string {provider.Name} = $\"\"\"");
                using (writer.Indent())
                {
                    writer.Line(string.Join("\n\n", provider.Dialect.Script(table.Names).Select(t => $"{{{provider.RecorderName}.{t}}};")));
                    writer.Line("\"\"\";");
                }
            }
        }
    }
}
