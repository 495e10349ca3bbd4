using System.ComponentModel;

namespace EventSourcing;

/// <summary>How far a log goes, and which log it is. For those who write recorders.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class LogState
{
    /// <summary>The greatest position of an event; null when the log is empty.</summary>
    public long? GreatestPosition { get; init; }

    /// <summary>
    /// The greatest position that was ever given in this log, although its event may have been deleted since; null where the recorder
    /// can't tell.
    /// </summary>
    public long? GivenPosition { get; init; }

    /// <summary>
    /// Up to here <see cref="GivenPosition"/> proves nothing: the sequence of positions was set back below it, and raised again. 0 for none.
    /// </summary>
    public long RaisedPosition { get; init; }

    /// <summary>
    /// Changes when the log may have lost its last events: a standby took over, or a backup was restored. Null where the recorder can't tell.
    /// </summary>
    public string? Identity { get; init; }
}
