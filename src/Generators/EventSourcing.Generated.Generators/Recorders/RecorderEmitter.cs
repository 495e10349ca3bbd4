using EventSourcing.Generators.Recorders.Sql;
using EventSourcing.Generators.Shared;
using EventSourcing.Recording;

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
            WriteViews(model, engine, writer);
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

    /// <summary>The names of the constants that create the tables of the views.</summary>
    public static IEnumerable<string> ViewScript(RecorderModel model) => !model.HasProjections
        ? []
        : model.Views.SelectMany(v => v.Columns.Where(c => c.IsIndexed).Select(c => IndexText(v, c, "Create")).Prepend(Text(v, "CreateTable")))
            .Concat(FailedEventColumns.All.Where(c => c.IsIndexed).Select(FailedEventsIndex).Prepend("CreateFailedEvents")).Prepend("CreateProjections");

    /// <summary>Writes the SQL of the views, as constants, and the objects that pass it to the runtime.</summary>
    private static void WriteViews(RecorderModel model, EngineModel engine, SourceWriter writer)
    {
        if (!model.HasProjections)
        {
            return;
        }

        const string Sql = $"{KnownNames.Library}.Recording.ViewSql";
        var (names, dialect) = (model.NamesOn(engine), engine.Provider.Dialect);
        writer.Line();
        WriteText("CreateProjections", dialect.Projections(names).First(t => t.Name == "CreateTable").Sql, isInScript: true, writer);
        WriteText("CreateFailedEvents", dialect.View(names, FailedEventColumns.Name, FailedEventColumns.All).First(t => t.Name == "CreateTable").Sql, isInScript: true, writer);
        foreach (var column in FailedEventColumns.All.Where(c => c.IsIndexed))
        {
            var index = dialect.ViewIndex(names, FailedEventColumns.Name, FailedEventColumns.All, column).First(t => t.Name == "Create").Sql;
            WriteText(FailedEventsIndex(column), index, isInScript: true, writer);
        }

        foreach (var view in model.Views)
        {
            foreach (var (name, sql) in dialect.View(names, view.Projection, view.Columns))
            {
                WriteText(Text(view, name), sql, name == "CreateTable", writer);
            }

            foreach (var column in view.Columns.Where(c => c.IsIndexed))
            {
                foreach (var (name, sql) in dialect.ViewIndex(names, view.Projection, view.Columns, column))
                {
                    WriteText(IndexText(view, column, name), sql, name == "Create", writer);
                }
            }
        }

        writer.Line($"protected override global::System.Collections.Generic.IReadOnlyList<{Sql}> Views {{ get; }} =");
        using (writer.Open("[", "];", ""))
        {
            foreach (var view in model.Views)
            {
                using (writer.Open($"new({KnownNames.Services}.ViewCode.TableOf<{view.Types}>())", "},"))
                {
                    foreach (var (name, _) in dialect.View(names, view.Projection, view.Columns))
                    {
                        writer.Line($"{name} = {Text(view, name)},");
                    }

                    WriteIndexes(view, dialect, names, writer);
                }
            }

            foreach (var handlers in model.Handlers)
            {
                writer.Line($"{KnownNames.Services}.ProjectionServices.SqlOf<{handlers.FullName}, {model.Table.KeyType}>(),");
            }
        }
    }

    private static void WriteIndexes(RegisteredView view, SqlDialect dialect, TableNames names, SourceWriter writer)
    {
        if (!view.Columns.Any(c => c.IsIndexed))
        {
            return;
        }

        writer.Line("Indexes =");
        using (writer.Open("[", "],", ""))
        {
            for (var i = 0; i < view.Columns.Count; i++)
            {
                if (view.Columns[i] is { IsIndexed: true } column)
                {
                    var texts = dialect.ViewIndex(names, view.Projection, view.Columns, column).Select(t => $"{t.Name} = {IndexText(view, column, t.Name)}");
                    writer.Line($"new({i}) {{ {string.Join(", ", texts)} }},");
                }
            }
        }
    }

    private static string FailedEventsIndex(ViewColumn column) => $"CreateFailedEvents_{column.Name}";

    private static string Text(RegisteredView view, string name) => view.Name.TrimStart('@') + name;

    private static string IndexText(RegisteredView view, ViewColumn column, string name) => $"{view.Name.TrimStart('@')}{name}_{column.Name}";

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
