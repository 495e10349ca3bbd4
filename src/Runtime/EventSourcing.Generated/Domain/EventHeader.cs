namespace EventSourcing;

/// <summary>The version and time of an event, and the aggregate that it belongs to.</summary>
/// <param name="Version">The event's place in its aggregate, counted from 1.</param>
/// <param name="Timestamp">When it was raised, to the microsecond. For information only: the library never orders by it.</param>
public readonly record struct EventHeader(long Version, DateTimeOffset Timestamp)
{
    /// <summary>The id of the aggregate.</summary>
    public AggregateId AggregateId { get; init; }
}
