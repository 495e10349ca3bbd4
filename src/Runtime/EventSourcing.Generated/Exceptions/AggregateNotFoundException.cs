
namespace EventSourcing;

/// <summary>There is no aggregate with the id, or it has no such version yet.</summary>
public sealed class AggregateNotFoundException : EventSourcingException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="aggregateType">The name of the aggregate's type.</param>
    /// <param name="aggregateId">The id that was asked for, as it is stored.</param>
    /// <param name="version">The version that was asked for, if any.</param>
    /// <param name="lastVersion">The last version that is stored; null when there is no event at all.</param>
    public AggregateNotFoundException(string aggregateType, object aggregateId, long? version = null, long? lastVersion = null)
        : base(lastVersion is null
            ? $"There is no {aggregateType} with the id {MessageText.Show(aggregateId)}."
            : $"The {aggregateType} {MessageText.Show(aggregateId)} has no version {version}; its last version is {lastVersion}.")
    {
        AggregateType = aggregateType;
        AggregateId = aggregateId;
        Version = version;
        LastVersion = lastVersion;
    }

    /// <summary>The name of the aggregate's type.</summary>
    public string AggregateType { get; }

    /// <summary>The id that was asked for, as it is stored.</summary>
    public object AggregateId { get; }

    /// <summary>The version that was asked for, if any.</summary>
    public long? Version { get; }

    /// <summary>The last version that is stored; null when there is no event at all.</summary>
    public long? LastVersion { get; }
}
