namespace EventSourcing;

/// <summary>How far the rows of a view are built beside those in use. Immutable.</summary>
public sealed record RebuildProgress
{
    /// <summary>The name of the projection.</summary>
    public required string Projection { get; init; }

    /// <summary>The version of the rows.</summary>
    public required int Version { get; init; }

    /// <summary>The position up to which events are processed; 0 for none.</summary>
    public required long Position { get; init; }

    /// <summary>The position of the last event of the log.</summary>
    public required long End { get; init; }

    /// <summary>Whether the rows have replaced those that were in use.</summary>
    public bool IsDone { get; init; }

    /// <summary>
    /// How long it will take until the end that the log has now, if it goes on as fast as since it began or was resumed; null if that isn't known, or if
    /// another process builds them.
    /// </summary>
    public TimeSpan? Remaining { get; init; }
}
