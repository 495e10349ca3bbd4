namespace EventSourcing;

/// <summary>An event that a projection couldn't process, and has parked or skipped. Immutable.</summary>
public sealed record FailedEvent
{
    /// <summary>The name of the projection.</summary>
    public required string Projection { get; init; }

    /// <summary>The position of the event in the log.</summary>
    public required long Position { get; init; }

    /// <summary>The key of the row that the event belongs to, as a text; null if it isn't known.</summary>
    public string? Key { get; init; }

    /// <summary>Why the event failed; null if it waits behind an event that failed.</summary>
    public string? Error { get; init; }

    /// <summary>Whether the event was skipped. Otherwise it is parked, with all later events of its key.</summary>
    public bool IsSkipped { get; init; }

    /// <summary>
    /// The exception of the program's own code, or that of an event that can't be read, when the failure is reported; null when it is read from the database.
    /// </summary>
    public Exception? Exception { get; init; }
}
