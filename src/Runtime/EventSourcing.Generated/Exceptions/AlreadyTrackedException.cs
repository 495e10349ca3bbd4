namespace EventSourcing;

/// <summary>
/// The position, or a greater one, is tracked already, mostly because another runner has processed the event. The transaction can only be
/// rolled back, because its effect would be stored twice. An external transaction must be rolled back by its owner.
/// </summary>
public sealed class AlreadyTrackedException : EventSourcingException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="name">The name of what is tracked.</param>
    /// <param name="position">The position that was to be tracked.</param>
    /// <param name="trackedPosition">The position that is tracked; null if the recorder doesn't know it.</param>
    public AlreadyTrackedException(string name, long position, long? trackedPosition)
        : base($"Position {position} of '{MessageText.Show(name)}' can't be tracked, because {(trackedPosition is { } tracked ? $"position {tracked} is tracked already" : "it is tracked already, or a greater one")}. If another runner has processed the event, its effect is stored. Roll the transaction back.") =>
        (Name, Position, TrackedPosition) = (name, position, trackedPosition);

    /// <summary>The name of what is tracked.</summary>
    public string Name { get; }

    /// <summary>The position that was to be tracked.</summary>
    public long Position { get; }

    /// <summary>The position that is tracked; null if the recorder doesn't know it.</summary>
    public long? TrackedPosition { get; }
}
