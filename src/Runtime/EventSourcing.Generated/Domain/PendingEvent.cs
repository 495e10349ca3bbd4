namespace EventSourcing;

/// <summary>An event that was raised and isn't saved yet.</summary>
/// <param name="Event">The event.</param>
/// <param name="Header">Its version and time.</param>
public readonly record struct PendingEvent(IEvent Event, EventHeader Header);
