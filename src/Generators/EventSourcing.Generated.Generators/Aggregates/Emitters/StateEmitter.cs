using EventSourcing.Generators.Events;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Aggregates.Emitters;

/// <summary>Writes the conversion of an event to its topic and state, and of a topic and state to the event.</summary>
internal static class StateEmitter
{
    public static void Write(AggregateModel model, SourceWriter writer)
    {
        WriteWriting(model, writer);

        var hides = model.Base is null ? "" : "new ";
        WriteTopics(model, hides, writer);
        writer.Line();
        writer.Line(KnownNames.StepThrough);
        if (model.IsAbstract)
        {
            writer.Line(KnownNames.Hidden);
        }

        const string Parameters = $"global::System.ReadOnlySpan<byte> topic, ref {KnownNames.StateReader} state";
        using (writer.Open(model.IsAbstract
            ? $"protected static {hides}{KnownNames.Library}.IEvent? ReadEvent({Parameters})"
            : $"static {KnownNames.Library}.IEvent? {AggregateEmitter.TypedInterface(model)}.ReadEvent({Parameters})"))
        {
            new TopicSwitch(writer, "topic").Write(model.Events.SelectMany(e => e.Contract.Topics.Select(t => (t, $"return EventJson.Read{EventCode.PlainName(e)}(ref state);"))));
            writer.Line(model.Base is null ? "return null;" : $"return {model.Base}.ReadEvent(topic, ref state);");
        }
    }

    private static void WriteTopics(AggregateModel model, string hides, SourceWriter writer)
    {
        writer.Line();
        if (model.IsAbstract)
        {
            writer.Line(KnownNames.Hidden);
        }

        writer.Line(model.IsAbstract ? $"protected static {hides}string[][] GetTopics() =>" : $"static string[][] {AggregateEmitter.TypedInterface(model)}.GetTopics() =>");
        var lists = model.Events.Select(EventCode.Topics).Concat(model.Base is null ? [] : [$".. {model.Base}.GetTopics()"]);
        using (writer.Indent())
        {
            writer.Line($"[{string.Join(", ", lists)}];");
        }
    }

    private static void WriteWriting(AggregateModel model, SourceWriter writer)
    {
        const string Parameters = $"{KnownNames.Services}.StateWriter writer, {KnownNames.Library}.IEvent e, {KnownNames.DateTimeOffset} timestamp";
        using (AggregateEmitter.OpenMember(model, writer, "string", "WriteEvent", "WriteEvent", Parameters, "writer, e, timestamp", " => e switch", "};"))
        {
            foreach (var e in model.Events)
            {
                var local = EventCode.Local(e);
                writer.Line($"{EventCode.Pattern(e, local, isUsed: true)} => EventJson.Write{EventCode.PlainName(e)}(writer, {local}, timestamp),");
            }

            writer.Line(model.Base is null ? $"_ => throw {KnownNames.Services}.AggregateCore.NotAnEventOf(this, e)," : "_ => base.WriteEvent(writer, e, timestamp),");
        }
    }
}
