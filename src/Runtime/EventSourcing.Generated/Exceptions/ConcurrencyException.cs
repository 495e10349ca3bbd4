using System.Globalization;

namespace EventSourcing;

/// <summary>Another save of the same aggregate came first. Nothing of the save was written.</summary>
/// <remarks>Load the aggregate, run the command again and save it: <c>RetryOnConflictAsync</c> does so.</remarks>
public sealed class ConcurrencyException : EventSourcingException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="aggregateId">The aggregate's id, as it is stored.</param>
    /// <param name="expectedVersion">The version that the save built upon; 0 for a new aggregate.</param>
    /// <param name="actualVersion">The version that is stored; null if the recorder doesn't know it.</param>
    public ConcurrencyException(object aggregateId, long expectedVersion, long? actualVersion)
        : base(Describe(MessageText.Show(aggregateId), expectedVersion, actualVersion))
    {
        AggregateId = aggregateId;
        ExpectedVersion = expectedVersion;
        ActualVersion = actualVersion;
    }

    /// <summary>The aggregate's id, as it is stored.</summary>
    public object AggregateId { get; }

    /// <summary>The version that the save built upon; 0 for a new aggregate.</summary>
    public long ExpectedVersion { get; }

    /// <summary>The version that was stored when the save was refused; null if the recorder doesn't know it.</summary>
    public long? ActualVersion { get; }

    /// <inheritdoc/>
    public override bool IsTransient => true;

    private static string Describe(string id, long expected, long? actual) => actual == expected
        ? $"The save or transaction contains two objects with the id {id}, at version {expected}. Ids are unique across all classes of an application; nothing was written."
        : $"The aggregate {id} was expected at version {expected}, but is at version {actual?.ToString(CultureInfo.InvariantCulture) ?? "unknown"}. {ReasonOf(expected, actual)}; nothing was written.";

    private static string ReasonOf(long expected, long? actual) => actual < expected
        ? "It was loaded from, or saved in, another store, or its events were deleted from this store"
        : "Another save came first";
}
