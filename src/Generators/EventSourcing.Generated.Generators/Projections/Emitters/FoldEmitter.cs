using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Projections.Emitters;

/// <summary>Writes the fold: the keys of an event, and the call of its When.</summary>
internal static class FoldEmitter
{
    private const string Parameters = $"{KnownNames.Library}.IEvent @event, {KnownNames.Library}.EventHeader header";

    public static void Write(ViewModel model, SourceWriter writer)
    {
        writer.Line();
        WriteKeys(model, writer);
        writer.Line();
        WriteFold(model, writer);
    }

    private static void WriteKeys(ViewModel model, SourceWriter writer)
    {
        using (writer.Open($"static void {model.Interface}.AddKeys({Parameters}, global::System.Collections.Generic.ICollection<{model.KeyType}> keys)"))
        using (writer.Open("switch (@event)"))
        {
            foreach (var same in model.Handlers.Where(h => h.Key == KeySource.Aggregate).GroupBy(h => h.KeyOfAggregate))
            {
                foreach (var handler in same)
                {
                    writer.Line($"case {handler.EventType}:");
                }

                using (writer.Indent())
                {
                    writer.Line($"keys.Add({same.Key});");
                    writer.Line("break;");
                }
            }

            foreach (var handler in model.Handlers.Where(h => h.Key != KeySource.Aggregate))
            {
                var call = $"{ViewHandlers.KeyOf}(e{(handler.KeyTakesHeader ? ", header" : "")})";
                writer.Line($"case {handler.EventType} e:");
                using (writer.Indent())
                {
                    if (handler.Key == KeySource.One)
                    {
                        writer.Line($"keys.Add({call});");
                    }
                    else
                    {
                        using (writer.Open($"foreach (var key in {call})"))
                        {
                            writer.Line("keys.Add(key);");
                        }

                        writer.Line();
                    }

                    writer.Line("break;");
                }
            }
        }
    }

    private static void WriteFold(ViewModel model, SourceWriter writer)
    {
        var row = model.Shell.FullName;
        var cut = model.Columns.Any(c => c.IsCut || c.IsRestored);
        writer.Line($"static {row}? {model.Interface}.Fold({row}? row, {model.KeyType} key, {Parameters}) => {(cut ? "RowData.Fix(row, " : "")}@event switch");
        using (writer.Open("{", cut ? "});" : "};", ""))
        {
            foreach (var handler in model.Handlers)
            {
                var header = handler.TakesHeader ? ", header" : "";
                var key = handler.TakesKey ? "key, " : "";
                var faults = $"throw {KnownNames.Services}.ViewCode";
                var name = Names.Literal(handler.EventName);
                writer.Line($"{handler.EventType} e => {handler.Kind switch
                {
                    HandlerKind.Creates => $"row is null ? {ViewHandlers.When}({key}e{header}) : {faults}.Exists({name})",
                    HandlerKind.Changes => $"row is null ? {faults}.Missing({name}) : row.{ViewHandlers.When}(e{header})",
                    _ => $"{ViewHandlers.When}(row, {key}e{header})",
                }},");
            }

            writer.Line("_ => row,");
        }
    }
}
