using System.ComponentModel;

namespace EventSourcing.Recording;

/// <summary>How far a log goes, and which log it is. For authors of recorders.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class LogState
{
    /// <summary>The greatest position of an event; null when the log is empty.</summary>
    public long? GreatestPosition { get; init; }

    /// <summary>
    /// The greatest position that was ever assigned in this log, even if its event was deleted since; null if the recorder doesn't know it.
    /// </summary>
    public long? GivenPosition { get; init; }

    /// <summary>
    /// Up to this position <see cref="GivenPosition"/> proves nothing: the sequence of positions was set back below it, and raised again. 0 for none.
    /// </summary>
    public long RaisedPosition { get; init; }

    /// <summary>
    /// Changes when the log may have lost its last events: a standby took over, or a backup was restored. Null if the recorder doesn't know it.
    /// </summary>
    public string? Identity { get; init; }
}
