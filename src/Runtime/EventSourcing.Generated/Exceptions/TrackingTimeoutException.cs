using System.Globalization;

namespace EventSourcing;

/// <summary>A position wasn't tracked within the time that its caller waits.</summary>
public sealed class TrackingTimeoutException : EventSourcingException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="name">The name of what is tracked.</param>
    /// <param name="position">The position that was waited for.</param>
    /// <param name="trackedPosition">The position that is tracked; null for none.</param>
    /// <param name="timeout">How long the caller has waited.</param>
    public TrackingTimeoutException(string name, long position, long? trackedPosition, TimeSpan timeout)
        : base(string.Create(CultureInfo.InvariantCulture,
            $"'{MessageText.Show(name)}' has not reached position {position} within {timeout.TotalSeconds:0.###} s: it {(trackedPosition is { } tracked ? $"is at {tracked}, which is {position - tracked} behind" : "has not begun")}.")) =>
        (Name, Position, TrackedPosition) = (name, position, trackedPosition);

    /// <summary>The name of what is tracked.</summary>
    public string Name { get; }

    /// <summary>The position that was waited for.</summary>
    public long Position { get; }

    /// <summary>The position that is tracked; null for none.</summary>
    public long? TrackedPosition { get; }

    /// <inheritdoc/>
    public override bool IsTransient => true;
}
