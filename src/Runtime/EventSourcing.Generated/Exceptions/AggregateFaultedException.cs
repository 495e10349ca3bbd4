namespace EventSourcing;

/// <summary>An earlier <c>Apply</c> of this instance threw, so its state may be half changed. Load the aggregate again.</summary>
/// <param name="aggregateType">The name of the aggregate's type.</param>
public sealed class AggregateFaultedException(string aggregateType) : EventSourcingException(
    $"An Apply method of this {aggregateType} threw an exception, so its state may be partly changed. The object accepts no commands and can't be saved; load it again.")
{
    /// <summary>The name of the aggregate's type.</summary>
    public string AggregateType { get; } = aggregateType;
}
