namespace EventSourcing;

/// <summary>How far a projection is, and who advances it. Immutable.</summary>
public sealed record ProjectionStatus
{
    /// <summary>The name of the projection.</summary>
    public required string Projection { get; init; }

    /// <summary>The version of the stored rows; 0 if the database doesn't know the projection yet.</summary>
    public required int Version { get; init; }

    /// <summary>
    /// Whether the view is written in the transaction of the save. If it lags behind nevertheless, because it is new or another program has saved
    /// events without it, a runner has to catch up first.
    /// </summary>
    public bool IsInline { get; init; }

    /// <summary>The position up to which events are processed; 0 for none.</summary>
    public required long Position { get; init; }

    /// <summary>How many positions it is behind the end of the log. Events that it doesn't handle count, too; gaps of the log count as well.</summary>
    public required long Lag { get; init; }

    /// <summary>
    /// The age of the oldest event that it handles and hasn't processed, by the time in its header; zero if there is none, or if it can't be read.
    /// </summary>
    public TimeSpan Age { get; init; }

    /// <summary>
    /// The runner that owns it, or builds its rows again: the name of the machine, the id of the process, and an id of the run; null if none does.
    /// </summary>
    public string? Owner { get; init; }

    /// <summary>The error at which it has stopped; null if it can go on.</summary>
    public string? Error { get; init; }

    /// <summary>How far its rows are built again beside those in use; null if they aren't.</summary>
    public RebuildProgress? Rebuild { get; init; }

    /// <summary>How many events wait, because an event of their key has failed.</summary>
    public long ParkedEvents { get; init; }

    /// <summary>How many events were skipped, because they failed.</summary>
    public long SkippedEvents { get; init; }
}
