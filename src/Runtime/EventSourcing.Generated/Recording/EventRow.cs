namespace EventSourcing.Recording;

/// <summary>
/// A row of the events table, in the memory of the driver: it is valid only while <see cref="EventSink{TKey}.Add"/> runs.
/// </summary>
/// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
public readonly ref struct EventRow<TKey>
    where TKey : notnull
{
    /// <summary>The <see cref="Position"/> of an event that a transaction holds and hasn't written yet.</summary>
    public const long NoPosition = long.MinValue;

    /// <summary>The position in the log; <see cref="NoPosition"/> as long as there is none.</summary>
    public required long Position { get; init; }

    /// <summary>The key of the aggregate.</summary>
    public required TKey OriginatorId { get; init; }

    /// <summary>The event's version.</summary>
    public required long OriginatorVersion { get; init; }

    /// <summary>The topic, in UTF-8.</summary>
    public required ReadOnlySpan<byte> Topic { get; init; }

    /// <summary>The state.</summary>
    public required ReadOnlySpan<byte> State { get; init; }

    /// <summary>The metadata, as JSON; empty for none.</summary>
    public ReadOnlySpan<byte> Metadata { get; init; }
}

/// <summary>Receives rows as a recorder reads them. A recorder never calls it from two threads at once.</summary>
/// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
public abstract class EventSink<TKey>
    where TKey : notnull
{
    /// <summary>Takes one row. An exception ends the read and reaches its caller.</summary>
    /// <param name="row">Valid only during the call.</param>
    public abstract void Add(in EventRow<TKey> row);

    /// <summary>Whether no more rows are wanted. Checked after each row; the read then ends as after the last row.</summary>
    public virtual bool IsFull => false;
}
