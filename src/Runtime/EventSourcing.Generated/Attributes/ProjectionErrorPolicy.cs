namespace EventSourcing;

/// <summary>What a projection does with an event that its code can't process.</summary>
public enum ProjectionErrorPolicy
{
    /// <summary>The projection stops before the event, until it runs again. The default.</summary>
    Stop,

    /// <summary>
    /// The event and all later events of its key are parked: they wait, in order, in the table <c>…_failed_events</c>. The other keys go on. The
    /// projection stops if it has 1,000 keys with parked events, and at an event whose key isn't known.
    /// </summary>
    Park,

    /// <summary>The event is skipped: a row of the table <c>…_failed_events</c> says so. Later events of its key are processed.</summary>
    Skip,
}
