using EventSourcing.Generators.Events;
using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Aggregates.Emitters;

/// <summary>Writes the member that gives raised events their own values, when an event has values that other code could change.</summary>
internal static class FixingEmitter
{
    public static void Write(AggregateModel model, SourceWriter writer)
    {
        const string Event = $"{KnownNames.Library}.IEvent";
        var fixings = new Fixings(model.Shapes);
        var needsFixing = model.Events.Any(e => fixings.Of(e) != Fixing.None);
        // The root of a hierarchy has the method for all derived aggregates.
        if (!needsFixing && !(model.IsAbstract && model.Base is null))
        {
            return;
        }

        var value = needsFixing ? "EventJson.Fix(e)" : "e";
        using (AggregateEmitter.OpenMember(model, writer, Event, "Fix", "FixEvent", $"{Event} e", "e"))
        {
            writer.Line(model.Base is null ? $"return {value};" : $"return base.FixEvent({value});");
        }
    }
}
