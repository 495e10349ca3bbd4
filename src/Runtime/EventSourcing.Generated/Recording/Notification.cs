namespace EventSourcing;

/// <summary>A stored event with its place in the log.</summary>
/// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
/// <param name="Position">
/// The place in the order of the whole store. It only grows; holes are possible. A reader that has seen a position never finds a new
/// event below it.
/// </param>
/// <param name="OriginatorId">The key of the aggregate.</param>
/// <param name="OriginatorVersion">The event's version.</param>
/// <param name="Topic">What kind of event it is.</param>
/// <param name="State">Its state, a copy of its own.</param>
/// <param name="Metadata">The metadata, as JSON; empty for none.</param>
public readonly record struct Notification<TKey>(
    long Position,
    TKey OriginatorId,
    long OriginatorVersion,
    string Topic,
    ReadOnlyMemory<byte> State,
    ReadOnlyMemory<byte> Metadata)
    where TKey : notnull;
