namespace EventSourcing;

/// <summary>
/// The first event of an aggregate must be a creation event, and no later event may be one: other streams couldn't be loaded. The event
/// wasn't raised.
/// </summary>
public sealed class CreationEventException : EventSourcingException
{
    internal CreationEventException(string aggregateType, string eventType, bool isFirst)
        : base(isFirst
            ? $"{eventType} can't be the first event of this {aggregateType}: create it with one of its members that raise a creation event, or load it."
            : $"{eventType} creates a {aggregateType}, but this one already exists.") =>
        (AggregateType, EventType) = (aggregateType, eventType);

    /// <summary>The name of the aggregate's type.</summary>
    public string AggregateType { get; }

    /// <summary>The name of the event's type.</summary>
    public string EventType { get; }
}
