using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Recorders;

/// <summary>Writes the recorders of an application, as classes nested in it.</summary>
internal static class RecorderEmitter
{
    /// <summary>Writes the class for one engine, with its SQL as constants.</summary>
    public static void Write(TableModel table, EngineModel engine, SourceWriter writer)
    {
        var provider = engine.Provider;
        var schema = provider.HasSchemas ? $" of the schema {table.Schema}" : "";
        writer.Line($"/// <summary>The events in {provider.Title}, in the table {table.EventsTable}{schema}.</summary>");
        writer.Line(KnownNames.GeneratedCode);
        writer.Line(KnownNames.StepThrough);
        using (OpenClass(table, engine, writer))
        {
            WriteTexts(table, provider, writer);
            if (provider.Sources.Count > 0)
            {
                WriteConstructors(engine, writer);
            }
        }
    }

    // A recorder that can only be opened with a URL needs no constructor besides the primary one.
    private static SourceWriter.Block OpenClass(TableModel table, EngineModel engine, SourceWriter writer)
    {
        var provider = engine.Provider;
        var parent = $"{provider.RecorderBase}<{table.KeyType}>";
        if (provider.Sources.Count > 0)
        {
            return writer.Open($"private sealed class {provider.RecorderName} : {parent}");
        }

        writer.Line($"private sealed class {provider.RecorderName}(string url, {KnownNames.Options} options)");
        return writer.Open($"    : {parent}(url, options, EventsSql{Argument(engine)})");
    }

    private static void WriteConstructors(EngineModel engine, SourceWriter writer)
    {
        WriteConstructor("string", "url", Argument(engine));
        foreach (var source in engine.Provider.Sources)
        {
            WriteConstructor(source.Type, source.Name, "");
        }

        void WriteConstructor(string type, string name, string creator)
        {
            writer.Line();
            writer.Line($$"""
                public {{engine.Provider.RecorderName}}({{type}} {{name}}, {{KnownNames.Options}} options)
                    : base({{name}}, options, EventsSql{{creator}})
                {
                }
                """);
        }
    }

    /// <summary>Writes the texts as constants, and the object that passes them to the runtime.</summary>
    private static void WriteTexts(TableModel table, ProviderModel provider, SourceWriter writer)
    {
        var texts = provider.Dialect.Events(table.Names).ToList();
        var script = provider.Dialect.Script(table.Names);
        foreach (var (name, sql) in texts)
        {
            WriteText(name, sql, script.Contains(name), writer);
        }

        using (writer.Open($"private static readonly {provider.SqlClass} EventsSql = new()", "};"))
        {
            foreach (var (name, value) in SettingsOf(table, provider))
            {
                writer.Line($"{name} = {value},");
            }

            foreach (var (name, _) in texts)
            {
                writer.Line($"{name} = {name},");
            }
        }
    }

    private static IEnumerable<(string Name, string Value)> SettingsOf(TableModel table, ProviderModel provider)
    {
        if (provider.HasSchemas)
        {
            yield return ("Schema", Names.Literal(table.Schema));
        }

        yield return ("Table", Names.Literal(table.EventsTable));
        yield return ("CreateTables", Flag(table.CreateTables));
        if (provider.NotifiesInTransaction)
        {
            yield return ("NotifyInTransaction", Flag(table.NotifyInTransaction));
        }
    }

    /// <summary>
    /// Writes one constant, as a raw string whose closing quotes determine the indentation. The application combines the constants that
    /// create tables.
    /// </summary>
    private static void WriteText(string name, string sql, bool isInScript, SourceWriter writer)
    {
        writer.Line($"{(isInScript ? "internal" : "private")} const string {name} = \"\"\"");
        using (writer.Indent())
        {
            writer.Line(sql);
            writer.Line("\"\"\";");
        }

        writer.Line();
    }

    private static string Argument(EngineModel engine) => engine.Creator is null ? "" : $", {engine.Creator}";

    private static string Flag(bool value) => value ? "true" : "false";
}
