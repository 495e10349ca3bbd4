namespace EventSourcing;

/// <summary>An event that a store has recorded.</summary>
/// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
/// <param name="Position">
/// The place in the log. A reader that has seen a position never finds a new event below it; gaps are possible. Null as long as a surrounding
/// transaction isn't committed.
/// </param>
/// <param name="AggregateId">The id of the aggregate, as it is stored.</param>
/// <param name="Header">Version and time.</param>
/// <param name="Topic">The topic, which identifies the kind of event.</param>
/// <param name="Event">The event.</param>
/// <param name="Metadata">The metadata stored beside it, if any.</param>
public readonly record struct RecordedEvent<TKey>(
    long? Position,
    TKey AggregateId,
    EventHeader Header,
    string Topic,
    IEvent Event,
    EventMetadata? Metadata)
    where TKey : notnull
{
    // Without the id, which is there already.
    private readonly long _version = Header.Version;
    private readonly DateTimeOffset _timestamp = Header.Timestamp;

    /// <summary>Version and time, with the id of the aggregate.</summary>
    public EventHeader Header
    {
        get => new(_version, _timestamp) { AggregateId = EventSourcing.AggregateId.Of(AggregateId) };
        init => (_version, _timestamp) = (value.Version, value.Timestamp);
    }
}
