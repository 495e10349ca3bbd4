using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Projections.Emitters;

/// <summary>Writes the description of a view's table, and the topics of its events.</summary>
internal static class TableEmitter
{
    public static void Write(ViewModel model, ColumnCode code, SourceWriter writer)
    {
        const string Recording = $"{KnownNames.Library}.Recording";
        writer.Line($"static {Recording}.ViewTable {model.Interface}.Table => RowData.Table;");
        writer.Line();
        writer.Line($"static global::System.Collections.Generic.IReadOnlyList<string> {model.Interface}.Topics => RowData.Topics;");
        writer.Line();
        if (model.OnError != ViewParser.DefaultPolicy)
        {
            writer.Line($"static {KnownNames.Library}.ProjectionErrorPolicy {model.Interface}.OnError => {KnownNames.Library}.ProjectionErrorPolicy.{model.OnError};");
            writer.Line();
        }

        // Only where events are parked does it matter whether a key is known.
        var ofAggregate = model.OnError == "Park" ? model.Handlers.Where(h => h.Key == KeySource.Aggregate).ToList() : [];
        if (ofAggregate.Count > 0)
        {
            writer.Line($"static global::System.Collections.Generic.IReadOnlyList<string> {model.Interface}.TopicsOfAggregate => RowData.TopicsOfAggregate;");
            writer.Line();
        }

        writer.Line(KnownNames.GeneratedCode);
        using (writer.Open("private static class RowData"))
        {
            writer.Line($"public static readonly {Recording}.ViewTable Table = new({Names.Literal(model.Projection)}, {model.Version},");
            using (writer.Open("[", model.IsInline ? "]) { IsInline = true };" : "]);", ""))
            {
                foreach (var column in model.Columns)
                {
                    var flags = (column.Column.IsNullable ? ", IsNullable: true" : "") + (column.Column.IsIndexed ? ", IsIndexed: true" : "");
                    writer.Line($"new({Names.Literal(column.Column.Name)}, {Recording}.ViewColumnType.{column.Column.Type}{flags}),");
                }
            }

            writer.Line();
            WriteTopics("Topics", model.Handlers, writer);
            if (ofAggregate.Count > 0)
            {
                writer.Line();
                WriteTopics("TopicsOfAggregate", ofAggregate, writer);
            }

            if (model.Columns.Any(c => c.IsCut || c.IsRestored))
            {
                WriteFix(model, code, writer);
            }
        }
    }

    private static void WriteTopics(string name, IEnumerable<HandlerModel> handlers, SourceWriter writer)
    {
        writer.Line($"public static readonly string[] {name} =");
        using (writer.Open("[", "];", ""))
        {
            foreach (var handler in handlers)
            {
                writer.Line($".. {KnownNames.Library}.Topics.Of<{handler.EventType}>(),");
            }
        }
    }

    private static void WriteFix(ViewModel model, ColumnCode code, SourceWriter writer)
    {
        var row = model.Shell.FullName;
        writer.Line();
        writer.Line("// So that the row is the same before and after it is stored.");
        writer.Line($"public static {row}? Fix({row}? before, {row}? row) => row is null || ReferenceEquals(row, before) ? row : {RowEmitter.Making(model, Value)};");

        string Value(int index)
        {
            var (column, value) = (model.Columns[index], $"row.{model.Columns[index].Property}");
            return column.IsCut && column.IsPlain ? $"{KnownNames.Library}.Recording.ViewValues.Cut({value})"
                : !column.IsCut && !column.IsRestored ? value
                : column.IsRestored && code.IsReference(column) ? $"ReferenceEquals({value}, before?.{column.Property}) ? {value} : {Fixed(column, value)}"
                : Fixed(column, value);
        }

        string Fixed(ColumnModel column, string value)
        {
            if (!column.Column.IsNullable)
            {
                return code.Fixed(column, value);
            }

            var local = "value" + column.Property.TrimStart('@');
            return $"{value} is {{ }} {local} ? {code.Fixed(column, local)} : null";
        }
    }
}
