using EventSourcing.Generators.Events;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Aggregates.Emitters;

/// <summary>Writes the bodies of the commands, and Raise, which all of them call.</summary>
internal static class CommandEmitter
{
    public static void Write(AggregateModel model, SourceWriter writer)
    {
        foreach (var e in model.Events.Where(e => e.Trigger == EventTrigger.Command))
        {
            writer.Line();
            writer.Line($"{e.Declaration} => {EventCode.Member("Raise", e)}({e.Construction}{(e.TimestampParameter is null ? "" : ", " + e.TimestampParameter)});");
        }

        var parameters = $"{KnownNames.Services}.IEvent<{model.Shell.Name}> e, {KnownNames.DateTimeOffset}? timestamp = null";
        writer.Line();
        writer.Line(KnownNames.StepThrough);
        if (!AggregateEmitter.InHierarchy(model))
        {
            writer.Line($"private void Raise({parameters}) => _aggregateCore.Raise(this, e, timestamp);");
            return;
        }

        writer.Line($"{(model.IsAbstract ? "protected" : "private")} void Raise({parameters}) => RaiseEvent(e, timestamp);");
        if (model.Base is null)
        {
            writer.Line();
            writer.Line($"""
                {KnownNames.Hidden}
                {KnownNames.StepThrough}
                protected void RaiseEvent({KnownNames.Library}.IEvent e, {KnownNames.DateTimeOffset}? timestamp) => _aggregateCore.Raise(this, e, timestamp);
                """);
        }
    }
}
