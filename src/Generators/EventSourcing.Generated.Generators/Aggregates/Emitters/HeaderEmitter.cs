using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Aggregates.Emitters;

/// <summary>Writes id, version, times and pending events. The root of a hierarchy has them for all derived aggregates.</summary>
internal static class HeaderEmitter
{
    public static void Write(AggregateModel model, SourceWriter writer)
    {
        if (model.Base is not null)
        {
            return;
        }

        writer.Line($$"""
            {{KnownNames.NotInDebugger}}
            private readonly {{KnownNames.Services}}.AggregateCore _aggregateCore = new();

            /// <summary>What identifies the aggregate. It never changes.</summary>
            {{model.IdAccessibility}} {{model.Id.Type}} Id { get; }

            /// <summary>The version of the last event, pending ones included; versions start at 1.</summary>
            public long Version => _aggregateCore.Version;

            /// <summary>When the first event was raised, in UTC.</summary>
            public {{KnownNames.DateTimeOffset}} CreatedOn => _aggregateCore.CreatedOn;

            /// <summary>When the last event was raised, in UTC.</summary>
            public {{KnownNames.DateTimeOffset}} ModifiedOn => _aggregateCore.ModifiedOn;

            /// <summary>The events that were raised and aren't saved yet, in order. Those whose values could be changed are copies.</summary>
            public global::System.Collections.Generic.IReadOnlyList<{{KnownNames.Library}}.PendingEvent> PendingEvents => _aggregateCore.PendingEventsOf(this);
            """);
    }
}
