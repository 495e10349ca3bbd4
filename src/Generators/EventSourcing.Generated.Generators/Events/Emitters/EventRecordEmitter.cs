using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Events.Emitters;

/// <summary>Writes the records of the events; for records that the user wrote, the other part.</summary>
internal static class EventRecordEmitter
{
    /// <param name="aggregate">The name of the aggregate.</param>
    /// <param name="events">Its events.</param>
    /// <param name="shapes">Its shapes.</param>
    /// <param name="writer">Receives the records.</param>
    public static void Write(string aggregate, EquatableArray<EventModel> events, EquatableArray<ShapeModel> shapes, SourceWriter writer)
    {
        foreach (var e in events)
        {
            writer.Line();
            if (e.Record is null)
            {
                writer.Line(KnownNames.GeneratedCode);
                writer.Line(KnownNames.StepThrough);
            }

            writer.Line($"[{KnownNames.Services}.EventTopic({string.Join(", ", e.Contract.Topics.Select(Names.Literal))})]");
            var modifiers = e.Record is null ? $"{e.Accessibility} sealed" : "partial";
            var heading = $"{modifiers} record {e.TypeName} : {KnownNames.Services}.{(e.IsCreation ? "ICreationEvent" : "IEvent")}<{aggregate}>, {KnownNames.Services}.ITopics";
            var body = new SourceWriter();
            if (e.Record is null && e.Contract.Fields.Count > 0)
            {
                WriteMembers(e, body);
            }

            EventEqualityEmitter.Write(shapes, e, body);
            if (!body.IsEmpty)
            {
                body.Line();
            }

            body.Line($"static string[] {KnownNames.Services}.ITopics.All => {EventCode.Topics(e)};");

            using (writer.Open(heading))
            {
                writer.Line(body.ToString().Trim('\n'));
            }
        }
    }

    // The record isn't positional: while the program runs, the compiler can't change the parameters of a nested positional record.
    private static void WriteMembers(EventModel e, SourceWriter writer)
    {
        var parameters = e.Contract.Fields.Select((f, i) => $"{f.Type} {f.Property}{(HasDefault(e, i) ? $" = {f.Default}" : "")}");
        WriteMethod($"public {e.TypeName}({string.Join(", ", parameters)})", e.Contract.Fields.Select(f => $"this.{f.Property} = {f.Property};"), writer);
        writer.Line();
        foreach (var field in e.Contract.Fields)
        {
            writer.Line($"public {field.Type} {field.Property} {{ get; init; }}");
        }

        writer.Line();
        WriteMethod(
            $"public void Deconstruct({string.Join(", ", e.Contract.Fields.Select(f => $"out {f.Type} {f.Property}"))})",
            e.Contract.Fields.Select(f => $"{f.Property} = this.{f.Property};"), writer);
    }

    // Optional parameters come last in C#, but attributes can make others optional; and not every default is a constant.
    private static bool HasDefault(EventModel e, int index) =>
        e.Contract.Fields.Skip(index).All(f => f.Default is not null && !f.Default.StartsWith("new ", StringComparison.Ordinal));

    private static void WriteMethod(string heading, IEnumerable<string> statements, SourceWriter writer)
    {
        var all = statements.ToList();
        if (all.Count == 1)
        {
            writer.Line($"{heading} => {all[0]}");
            return;
        }

        using (writer.Open(heading))
        {
            writer.Line(string.Join("\n", all));
        }
    }
}
