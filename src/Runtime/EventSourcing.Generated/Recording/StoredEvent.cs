namespace EventSourcing.Recording;

/// <summary>An event as it is sent to the database.</summary>
/// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
/// <param name="OriginatorId">The key of the aggregate.</param>
/// <param name="OriginatorVersion">The event's version.</param>
/// <param name="Topic">The topic, which identifies the kind of event.</param>
/// <param name="State">Its state. The bytes must not change until the call that received them has ended.</param>
/// <param name="Metadata">The metadata, as JSON; empty for none. The same holds for its bytes.</param>
public readonly record struct StoredEvent<TKey>(
    TKey OriginatorId,
    long OriginatorVersion,
    string Topic,
    ReadOnlyMemory<byte> State,
    ReadOnlyMemory<byte> Metadata = default)
    where TKey : notnull;
