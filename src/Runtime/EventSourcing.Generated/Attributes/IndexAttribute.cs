namespace EventSourcing;

/// <summary>
/// Marks a property of a view by which rows are looked up: the table gets an index, and the view a query, <c>FindByNameAsync</c>. On a positional
/// parameter, write <c>[property: Index]</c>.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class IndexAttribute : Attribute;
