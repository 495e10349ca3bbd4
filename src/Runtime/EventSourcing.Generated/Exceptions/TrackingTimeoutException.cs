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
    /// <param name="innerException">Why the tracked position couldn't be read at last; null if it could.</param>
    public TrackingTimeoutException(string name, long position, long? trackedPosition, TimeSpan timeout, Exception? innerException = null)
        : base(string.Create(CultureInfo.InvariantCulture,
            $"'{MessageText.Show(name)}' has not reached position {position} within {timeout.TotalSeconds:0.###} s: {Describe(position, trackedPosition, innerException)}."), innerException) =>
        (Name, Position, TrackedPosition) = (name, position, trackedPosition);

    /// <summary>The name of what is tracked.</summary>
    public string Name { get; }

    /// <summary>The position that was waited for.</summary>
    public long Position { get; }

    /// <summary>The position that is tracked, as far as it is known; null for none.</summary>
    public long? TrackedPosition { get; }

    /// <inheritdoc/>
    public override bool IsTransient => true;

    private static string Describe(long position, long? trackedPosition, Exception? failure) => (trackedPosition, failure) switch
    {
        (null, null) => "it has not begun",
        ({ } tracked, null) => string.Create(CultureInfo.InvariantCulture, $"it is at {tracked}, which is {position - tracked} behind"),
        (null, _) => "how far it is can't be read",
        ({ } tracked, _) => string.Create(CultureInfo.InvariantCulture, $"it was at {tracked}, and how far it is now can't be read"),
    };
}
