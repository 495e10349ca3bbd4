namespace EventSourcing;

/// <summary>The application doesn't name the aggregate in its <see cref="EventSourcedApplicationAttribute"/>. Nothing was written.</summary>
/// <param name="aggregateType">The name of the aggregate's type.</param>
public sealed class AggregateNotRegisteredException(string aggregateType) : EventSourcingException(
    $"{aggregateType} isn't registered in the application: add typeof({aggregateType}) to its [EventSourcedApplication].")
{
    /// <summary>The name of the aggregate's type.</summary>
    public string AggregateType { get; } = aggregateType;
}
