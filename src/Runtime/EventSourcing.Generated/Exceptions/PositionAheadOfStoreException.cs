namespace EventSourcing;

/// <summary>
/// A subscription is to begin, or to go on, after a position that the store hasn't reached: it belongs to another store, or to
/// this one before it was restored from a backup. Going on would pass over events without a word.
/// </summary>
/// <param name="position">The position of the subscription.</param>
/// <param name="greatestPosition">The greatest position of the store; null when its log is empty.</param>
public sealed class PositionAheadOfStoreException(long position, long? greatestPosition) : StoreException(
    $"The subscription is at position {position}, but the log ends {(greatestPosition is null ? "before its first event" : $"at {greatestPosition}")}. " +
    "The store is another one, or was restored from a backup: what was made from its events must be made again.")
{
    /// <summary>The position of the subscription.</summary>
    public long Position { get; } = position;

    /// <summary>The greatest position of the store; null when its log is empty.</summary>
    public long? GreatestPosition { get; } = greatestPosition;
}
