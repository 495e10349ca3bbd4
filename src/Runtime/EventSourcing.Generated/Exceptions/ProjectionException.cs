namespace EventSourcing;

/// <summary>
/// A projection has stopped, because an event can't be processed. Nothing of the event is stored; all events before it are. Or a save has failed,
/// because an inline view can't process one of its events. The inner exception, if any, is that of the program's own code or of the database.
/// </summary>
public sealed class ProjectionException : EventSourcingException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="projection">The name of the projection.</param>
    /// <param name="reason">Why it has stopped.</param>
    /// <param name="position">The position of the event; null if it isn't known.</param>
    /// <param name="innerException">What caused it.</param>
    public ProjectionException(string projection, string reason, long? position = null, Exception? innerException = null)
        : base($"The projection '{MessageText.Show(projection)}' has stopped{(position is { } at ? $" at position {at}" : "")}: {reason}", innerException) =>
        (Projection, Position) = (projection, position);

    private ProjectionException(string message, string projection, Exception? innerException)
        : base(message, innerException) => Projection = projection;

    /// <summary>The name of the projection.</summary>
    public string Projection { get; }

    /// <summary>The position of the event; null if it isn't known.</summary>
    public long? Position { get; }

    /// <summary>Creates the exception of a save whose events an inline view can't process.</summary>
    internal static ProjectionException OfSave(string projection, string reason, Exception? innerException) => new(
        $"Nothing of the save was written, because the inline view '{MessageText.Show(projection)}' can't process an event of it: {reason}", projection, innerException);
}
