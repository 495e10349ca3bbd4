namespace EventSourcing;

/// <summary>
/// The log isn't the one that a subscription has read: it ends before the subscription's position, or has another event at a position that
/// the subscription has read. Possible causes: the position is from another store, the store was restored from a backup, or the server has
/// failed over to a standby without its last events. The subscription would skip events if it continued.
/// </summary>
public sealed class PositionAheadOfStoreException : StoreException
{
    /// <summary>Creates the exception for a log that ends before the position.</summary>
    /// <param name="position">The position of the subscription.</param>
    /// <param name="greatestPosition">The greatest position of the store; null when its log is empty.</param>
    public PositionAheadOfStoreException(long position, long? greatestPosition)
        : this(position, greatestPosition, isOther: false)
    {
    }

    /// <param name="position">The position of the subscription.</param>
    /// <param name="greatestPosition">The greatest position of the store; null when its log is empty.</param>
    /// <param name="isOther">Whether the log reaches the position, but the event that was read there is gone or is another one.</param>
    internal PositionAheadOfStoreException(long position, long? greatestPosition, bool isOther)
        : base(
            (isOther ? $"The subscription is at position {position}, but the last event that it has read isn't in the log any more. "
                : $"The subscription is at position {position}, but the log {(greatestPosition is null ? "is empty" : $"ends at {greatestPosition}")}. ") +
            "This is a different store, or the store was restored from a backup, or it has failed over to a standby that lacked events. Create again all data that was derived from its events.") =>
        (Position, GreatestPosition) = (position, greatestPosition);

    /// <summary>The position of the subscription.</summary>
    public long Position { get; }

    /// <summary>The greatest position of the store; null when its log is empty.</summary>
    public long? GreatestPosition { get; }
}
