using EventSourcing.Generators.Events;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Aggregates.Emitters;

/// <summary>Writes the conversion of an event to its topic and state, and of a topic and state to the event.</summary>
internal static class StateEmitter
{
    private const string Topic = "global::System.ReadOnlySpan<byte> topic";

    public static void Write(AggregateModel model, SourceWriter writer)
    {
        WriteWriting(model, writer);

        var topics = new TopicSwitch(writer, "topic");
        var hides = model.Base is null ? "" : "new ";
        var reading = $"{Topic}, {KnownNames.Written}, ref {KnownNames.Reader} reader, out {KnownNames.DateTimeOffset} timestamp";
        writer.Line();
        writer.Line(KnownNames.StepThrough);
        if (model.IsAbstract)
        {
            writer.Line(KnownNames.Hidden);
        }

        using (writer.Open(model.IsAbstract ? $"protected static {hides}string? GetTopic({Topic})" : $"static string? {AggregateEmitter.TypedInterface(model)}.GetTopic({Topic})"))
        {
            topics.Write(model.Events.SelectMany(e => e.Contract.Topics.Select(t => (t, $"return {Names.Literal(t)};"))));
            writer.Line(model.Base is null ? "return null;" : $"return {model.Base}.GetTopic(topic);");
        }

        WriteTopics(model, hides, writer);
        writer.Line();
        writer.Line(KnownNames.StepThrough);
        if (model.IsAbstract)
        {
            writer.Line(KnownNames.Hidden);
        }

        using (writer.Open(model.IsAbstract
            ? $"protected static {hides}{KnownNames.Library}.IEvent? ReadEvent({reading})"
            : $"static {KnownNames.Library}.IEvent? {AggregateEmitter.TypedInterface(model)}.ReadEvent({reading})"))
        {
            topics.Write(model.Events.SelectMany(e => e.Contract.Topics.Select(t => (t, Reading(e)))));
            if (model.Base is not null)
            {
                writer.Line($"return {model.Base}.ReadEvent(topic, written, ref reader, out timestamp);");
            }
            else
            {
                writer.Line("timestamp = default;");
                writer.Line("return null;");
            }
        }
    }

    private static void WriteTopics(AggregateModel model, string hides, SourceWriter writer)
    {
        const string Lists = $"global::System.Collections.Generic.IReadOnlyList<{KnownNames.TopicList}>";
        writer.Line();
        if (model.IsAbstract)
        {
            writer.Line(KnownNames.Hidden);
        }

        writer.Line(model.IsAbstract ? $"protected static {hides}{Lists} GetTopics() =>" : $"static {Lists} {AggregateEmitter.TypedInterface(model)}.GetTopics() =>");
        var lists = model.Events.Select(e => $"{KnownNames.Library}.Topics.Of<{e.TypeName}>()").Concat(model.Base is null ? [] : [$".. {model.Base}.GetTopics()"]);
        using (writer.Indent())
        {
            writer.Line($"[{string.Join(", ", lists)}];");
        }
    }

    private static string Reading(EventModel e)
    {
        var name = e.TypeName.TrimStart('@');
        return $"return written.IsEmpty ? EventJson.Read{name}(ref reader, out timestamp) : EventJson.TryRead{name}(written, out timestamp);";
    }

    private static void WriteWriting(AggregateModel model, SourceWriter writer)
    {
        const string Parameters = $"{KnownNames.Services}.StateWriter writer, {KnownNames.Library}.IEvent e, {KnownNames.DateTimeOffset} timestamp";
        using (AggregateEmitter.OpenMember(model, writer, "string", "WriteEvent", "WriteEvent", Parameters, "writer, e, timestamp"))
        {
            WriteSwitch(model, writer);
        }
    }

    private static void WriteSwitch(AggregateModel model, SourceWriter writer)
    {
        using (writer.Open("switch (e)"))
        {
            foreach (var e in model.Events)
            {
                var local = EventCode.Local(e);
                writer.Line($"""
                    {EventCode.Case(e, local, isUsed: true)}
                        EventJson.Write(writer, {local}, timestamp);
                        return {Names.Literal(e.Contract.Topic)};
                    """);
            }

            writer.Line("default:");
            writer.Line(model.Base is null ? $"    throw {KnownNames.Services}.AggregateCore.NotAnEventOf(this, e);" : "    return base.WriteEvent(writer, e, timestamp);");
        }
    }
}
