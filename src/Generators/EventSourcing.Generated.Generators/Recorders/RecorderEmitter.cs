using EventSourcing.Generators.Recorders.Sql;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Recorders;

/// <summary>Writes the recorders of an application, as classes nested in it.</summary>
internal static class RecorderEmitter
{
    private const string Options = KnownNames.Library + ".EventStoreOptions";
    private const string Sqlite = KnownNames.Library + ".Sqlite";
    private const string PostgreSql = KnownNames.Library + ".PostgreSql";

    /// <summary>The class <c>SqliteRecorder</c>, with its SQL as constants.</summary>
    public static void WriteSqlite(RecorderModel model, SourceWriter writer)
    {
        var table = model.Table;
        var key = table.KeyType;
        writer.Line($"/// <summary>The events in SQLite, in the table {table.EventsTable}.</summary>");
        writer.Line(KnownNames.GeneratedCode);
        writer.Line(KnownNames.StepThrough);
        writer.Line($"private sealed class SqliteRecorder(string url, {Options} options)");
        using (writer.Open($"    : {Sqlite}.SqliteRecorder<{key}>(url, options, EventsSql{Argument(model.SqliteCreator)})"))
        {
            WriteTexts($"{Sqlite}.SqliteEventsSql", SqliteDialect.Events(table), SqliteDialect.Script, writer,
            [
                ("Table", Names.Literal(table.EventsTable)),
                ("CreateTables", Flag(table.CreateTables)),
            ]);
            writer.Line();
            writer.Line($"protected override void BindKey({Sqlite}.SqliteStatement statement, int index, {key} key) =>");
            writer.Line($"    statement.{(table.Key == KeyKind.Guid ? "BindGuid" : "BindText")}(index, key);");
            writer.Line();
            writer.Line($"protected override {key} ReadKey({Sqlite}.SqliteStatement statement, int column) =>");
            writer.Line($"    statement.{(table.Key == KeyKind.Guid ? "ReadGuid" : "ReadText")}(column);");
        }
    }

    /// <summary>The class <c>PostgreSqlRecorder</c>, with its SQL as constants.</summary>
    public static void WritePostgreSql(RecorderModel model, SourceWriter writer)
    {
        var table = model.Table;
        writer.Line($"/// <summary>The events in PostgreSQL, in the table {table.EventsTable} of the schema {table.Schema}.</summary>");
        writer.Line(KnownNames.GeneratedCode);
        writer.Line(KnownNames.StepThrough);
        using (writer.Open($"private sealed class PostgreSqlRecorder : {PostgreSql}.PostgreSqlRecorder<{table.KeyType}>"))
        {
            WriteTexts($"{PostgreSql}.PostgreSqlEventsSql", PostgreSqlDialect.Events(table), PostgreSqlDialect.Script(table), writer,
            [
                ("Schema", Names.Literal(table.Schema)),
                ("Table", Names.Literal(table.EventsTable)),
                ("CreateTables", Flag(table.CreateTables)),
                ("NotifyInTransaction", Flag(table.NotifyInTransaction)),
            ]);
            writer.Line();
            writer.Line($$"""
                public PostgreSqlRecorder(string url, {{Options}} options)
                    : base(url, options, EventsSql{{Argument(model.PostgreSqlCreator)}})
                {
                }

                public PostgreSqlRecorder({{KnownNames.NpgsqlDataSource}} dataSource, {{Options}} options)
                    : base(dataSource, options, EventsSql)
                {
                }
                """);
        }
    }

    /// <summary>The texts as constants, and the object that hands them to the runtime.</summary>
    private static void WriteTexts(
        string type, IEnumerable<(string Name, string Sql)> texts, IReadOnlyList<string> script, SourceWriter writer, (string Name, string Value)[] values)
    {
        var all = texts.ToList();
        foreach (var (name, sql) in all)
        {
            WriteText(name, sql, script.Contains(name), writer);
        }

        using (writer.Open($"private static readonly {type} EventsSql = new()", "};"))
        {
            foreach (var (name, value) in values)
            {
                writer.Line($"{name} = {value},");
            }

            foreach (var (name, _) in all)
            {
                writer.Line($"{name} = {name},");
            }
        }
    }

    /// <summary>
    /// One constant, as a raw string whose closing quotes fix the indentation. The application puts those together that create
    /// tables.
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

    private static string Argument(string? value) => value is null ? "" : $", {value}";

    private static string Flag(bool value) => value ? "true" : "false";
}
