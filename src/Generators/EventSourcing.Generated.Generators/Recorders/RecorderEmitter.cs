using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Recorders;

/// <summary>Writes the recorders of an application, as classes nested in it.</summary>
internal static class RecorderEmitter
{
    /// <summary>Writes the class for one engine, with its SQL as constants.</summary>
    public static void Write(RecorderModel model, EngineModel engine, SourceWriter writer)
    {
        var schema = engine.Settings.Schema is { } name ? $" of the schema {name}" : "";
        writer.Line($"/// <summary>The events in {engine.Provider.Title}, in the table {model.NamesOn(engine).EventsTable}{schema}.</summary>");
        writer.Line(KnownNames.GeneratedCode);
        writer.Line(KnownNames.StepThrough);
        using (OpenClass(model.Table, engine, writer))
        {
            WriteTexts(model, engine, writer);
            if (engine.Provider.Sources.Count > 0)
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
    private static void WriteTexts(RecorderModel model, EngineModel engine, SourceWriter writer)
    {
        var names = model.NamesOn(engine);
        var texts = engine.Provider.Dialect.Events(names).ToList();
        var script = engine.Provider.Dialect.Script(names);
        foreach (var (name, sql) in texts)
        {
            WriteText(name, sql, script.Contains(name), writer);
        }

        using (writer.Open($"private static readonly {engine.Provider.SqlClass} EventsSql = new()", "};"))
        {
            foreach (var (name, value) in SettingsOf(model, engine))
            {
                writer.Line($"{name} = {value},");
            }

            foreach (var (name, _) in texts)
            {
                writer.Line($"{name} = {name},");
            }
        }
    }

    private static IEnumerable<(string Name, string Value)> SettingsOf(RecorderModel model, EngineModel engine)
    {
        if (engine.Settings.Schema is { } schema)
        {
            yield return ("Schema", Names.Literal(schema));
        }

        yield return ("Table", Names.Literal(model.NamesOn(engine).EventsTable));
        yield return ("CreateTables", Flag(model.Table.CreateTables));
        if (engine.Provider.NotifiesInTransaction)
        {
            yield return ("NotifyInTransaction", Flag(engine.Settings.NotifyInTransaction));
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
