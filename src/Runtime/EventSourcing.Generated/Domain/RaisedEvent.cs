namespace EventSourcing;

/// <summary>An event as an aggregate keeps it until it is saved: the id of the aggregate is known anyway.</summary>
internal readonly record struct RaisedEvent(IEvent Event, long Version, DateTimeOffset Timestamp)
{
    /// <summary>Returns it with its header.</summary>
    public PendingEvent Of<TKey>(TKey key)
        where TKey : notnull => new(Event, new EventHeader(Version, Timestamp) { AggregateId = AggregateId.Of(key) });
}
