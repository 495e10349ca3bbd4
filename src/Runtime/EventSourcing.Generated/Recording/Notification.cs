namespace EventSourcing.Recording;

/// <summary>A stored event with its place in the log.</summary>
/// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
/// <param name="Position">
/// The position in the log of the whole store. Positions ascend, with gaps. A reader that has seen a position never finds a new event below it.
/// </param>
/// <param name="OriginatorId">The key of the aggregate.</param>
/// <param name="OriginatorVersion">The event's version.</param>
/// <param name="Topic">The topic, which identifies the kind of event.</param>
/// <param name="State">Its state, as a copy.</param>
/// <param name="Metadata">The metadata, as JSON; empty for none.</param>
public readonly record struct Notification<TKey>(
    long Position,
    TKey OriginatorId,
    long OriginatorVersion,
    string Topic,
    ReadOnlyMemory<byte> State,
    ReadOnlyMemory<byte> Metadata)
    where TKey : notnull;
