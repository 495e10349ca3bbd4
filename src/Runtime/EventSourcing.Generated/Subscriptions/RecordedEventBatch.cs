namespace EventSourcing;

/// <summary>What a subscription found at one look into the log.</summary>
/// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
/// <param name="Events">The events, in the order of their positions; none when the subscription's topics didn't occur.</param>
/// <param name="Position">
/// How far the log was seen. Nothing new will be found up to here, so a subscription can be begun again after it.
/// </param>
public readonly record struct RecordedEventBatch<TKey>(IReadOnlyList<RecordedEvent<TKey>> Events, long Position)
    where TKey : notnull;
