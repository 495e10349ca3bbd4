using EventSourcing.Generators.Recorders.Sql;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Applications.Emitters;

/// <summary>The tables: their scripts, and the methods that create and compare them.</summary>
internal static class SchemaEmitter
{
    public static void Write(ApplicationModel model, SourceWriter writer)
    {
        foreach (var source in StoreSource.All(model))
        {
            WriteMethods(source, writer);
        }

        var scripts = Scripts(model).ToList();
        if (scripts.Count > 0)
        {
            WriteScripts(scripts, writer);
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
            /// <returns>What differs, one sentence each: columns, unique indexes and, on PostgreSQL, the sequence. Privileges and triggers aren't looked at.</returns>
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

    private static void WriteScripts(List<(string Name, string Engine, string Recorder, IReadOnlyList<string> Texts)> scripts, SourceWriter writer)
    {
        writer.Line();
        writer.Line("/// <summary>The scripts that create the tables, for those who do so themselves.</summary>");
        writer.Line(KnownNames.GeneratedCode);
        using (writer.Open("public static class SchemaSql"))
        {
            for (var i = 0; i < scripts.Count; i++)
            {
                var (name, engine, recorder, texts) = scripts[i];
                if (i > 0)
                {
                    writer.Line();
                }

                writer.Line($"/// <summary>Creates the tables in {engine}.</summary>");
                writer.Line($"public const string {name} = $\"\"\"");
                using (writer.Indent())
                {
                    writer.Line(string.Join("\n\n", texts.Select(t => $"{{{recorder}.{t}}};")));
                    writer.Line("\"\"\";");
                }
            }
        }
    }

    private static IEnumerable<(string Name, string Engine, string Recorder, IReadOnlyList<string> Texts)> Scripts(ApplicationModel model)
    {
        if (model.Recorder.HasSqlite)
        {
            yield return ("Sqlite", "SQLite", "SqliteRecorder", SqliteDialect.Script);
        }

        if (model.Recorder.HasPostgreSql)
        {
            yield return ("PostgreSql", "PostgreSQL", "PostgreSqlRecorder", PostgreSqlDialect.Script(model.Recorder.Table));
        }
    }
}
