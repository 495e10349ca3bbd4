namespace EventSourcing.Generators.Aggregates.Emitters;

/// <summary>The records of the events; of those that the user wrote, the other part.</summary>
internal static class EventRecordEmitter
{
    public static void Write(AggregateModel model, SourceWriter writer)
    {
        foreach (var e in model.Events)
        {
            var kind = e.IsCreation ? "ICreationEvent" : "IEvent";
            var topics = string.Join(", ", e.Topics.Select(Names.Literal));
            var record = e.Trigger == EventTrigger.Record
                ? $"partial record {e.TypeName}"
                : $"{e.Accessibility} sealed record {e.TypeName}({string.Join(", ", e.Fields.Select(Parameter))})";
            writer.Line();
            if (e.Trigger != EventTrigger.Record)
                writer.Line(KnownNames.GeneratedCode);
            writer.Line($"[{KnownNames.Services}.EventTopic({topics})]");
            writer.Line($"{record} : {KnownNames.Library}.{kind}<{model.Shell.Name}>;");
        }
    }

    private static string Parameter(FieldModel field) =>
        $"{field.Type} {field.Property}{(field.Default is null ? "" : $" = {field.Default}")}";
}
