namespace EventSourcing;

/// <summary>
/// Marks the property of a view that identifies its row. On a positional parameter, write <c>[property: Key]</c>. Its value is the id of the
/// aggregate, unless a static method <c>KeyOf</c> of the view returns another for an event.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class KeyAttribute : Attribute;
