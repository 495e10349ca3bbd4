using EventSourcing.Generators.Recorders.Sql;

namespace EventSourcing.Generators.Recorders;

/// <summary>Writes the recorders of an application, as classes nested in it.</summary>
internal static class RecorderEmitter
{
    private const string Sqlite = KnownNames.Library + ".Sqlite";

    /// <summary>The class <c>SqliteRecorder</c>, with its SQL as constants.</summary>
    public static void WriteSqlite(RecorderModel model, SourceWriter writer)
    {
        var key = model.Key == KeyKind.Guid ? KnownNames.Guid : "string";
        var texts = SqliteDialect.Events(model).ToList();

        writer.Line($"/// <summary>The events in SQLite, in the table {SqliteDialect.EventsTable(model)}.</summary>");
        writer.Line(KnownNames.GeneratedCode);
        writer.Line($"private sealed class SqliteRecorder(string url, {KnownNames.Library}.EventStoreOptions options)");
        using (writer.Open($"    : {Sqlite}.SqliteRecorder<{key}>(url, options, EventsSql)"))
        {
            foreach (var (name, sql) in texts)
                WriteText(name, sql, writer);

            using (writer.Open($"private static readonly {Sqlite}.SqliteEventsSql EventsSql = new()", "};"))
            {
                writer.Line($"Table = {Names.Literal(SqliteDialect.EventsTable(model))},");
                writer.Line($"CreateTables = {(model.CreateTables ? "true" : "false")},");
                foreach (var (name, _) in texts)
                    writer.Line($"{name} = {name},");
            }

            writer.Line();
            writer.Line($"protected override void BindKey({Sqlite}.SqliteStatement statement, int index, {key} key) =>");
            writer.Line($"    statement.{(model.Key == KeyKind.Guid ? "BindGuid" : "BindText")}(index, key);");
            writer.Line();
            writer.Line($"protected override {key} ReadKey({Sqlite}.SqliteStatement statement, int column) =>");
            writer.Line($"    statement.{(model.Key == KeyKind.Guid ? "ReadGuid" : "ReadText")}(column);");
        }
    }

    /// <summary>One constant, as a raw string whose closing quotes fix the indentation.</summary>
    private static void WriteText(string name, string sql, SourceWriter writer)
    {
        writer.Line($"private const string {name} = \"\"\"");
        using (writer.Indent())
        {
            writer.Line(sql);
            writer.Line("\"\"\";");
        }

        writer.Line();
    }
}
