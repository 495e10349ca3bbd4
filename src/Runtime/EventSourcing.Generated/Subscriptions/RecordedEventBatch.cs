namespace EventSourcing;

/// <summary>The events that a subscription found in one read of the log.</summary>
/// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
/// <param name="Events">The events, in the order of their positions; none if no event has one of the subscription's topics.</param>
/// <param name="Position">
/// The position up to which the log was read. No new event will be found up to here, so a subscription can begin after it.
/// </param>
public readonly record struct RecordedEventBatch<TKey>(IReadOnlyList<RecordedEvent<TKey>> Events, long Position)
    where TKey : notnull;
