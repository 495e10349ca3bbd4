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

            /// <summary>The id of the aggregate. It never changes.</summary>
            {{model.IdAccessibility}} {{model.Id.Type}} Id { get; }

            /// <summary>The version of the last event, including pending ones. Versions start at 1.</summary>
            public long Version => _aggregateCore.Version;

            /// <summary>The time of the first event, in UTC.</summary>
            public {{KnownNames.DateTimeOffset}} CreatedOn => _aggregateCore.CreatedOn;

            /// <summary>The time of the last event, in UTC.</summary>
            public {{KnownNames.DateTimeOffset}} ModifiedOn => _aggregateCore.ModifiedOn;

            /// <summary>The events that were raised and are not saved yet, in order. Events with mutable values are copies.</summary>
            public global::System.Collections.Generic.IReadOnlyList<{{KnownNames.Library}}.PendingEvent> PendingEvents => _aggregateCore.PendingEventsOf(this);
            """);
    }
}
