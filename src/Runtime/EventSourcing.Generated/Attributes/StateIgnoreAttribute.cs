namespace EventSourcing;

/// <summary>
/// Leaves a member out of the state: it isn't written, and keeps its initial value when an object or event is read. Use it for values that can
/// be computed again, such as a cache, and for handlers of events.
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field | AttributeTargets.Event, Inherited = false)]
public sealed class StateIgnoreAttribute : Attribute;
