namespace EventSourcing;

/// <summary>What is known of an event beside its fields.</summary>
/// <param name="Version">The event's place in its aggregate, counted from 1.</param>
/// <param name="Timestamp">When it was raised, to the microsecond. For information: nothing is ever ordered by it.</param>
public readonly record struct EventHeader(long Version, DateTimeOffset Timestamp);
