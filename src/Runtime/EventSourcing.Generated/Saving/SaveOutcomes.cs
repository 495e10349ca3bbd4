using System.Diagnostics;

namespace EventSourcing;

/// <summary>
/// Is told how each save of a store ended: a direct one, one of a transaction, of a session, or of a transaction of another owner. The one
/// place for what follows a commit. Thread safe.
/// </summary>
/// <param name="tag">Names the application in measurements.</param>
internal sealed class SaveOutcomes(KeyValuePair<string, object?> tag)
{
    /// <summary>Now, for <see cref="Committed"/>.</summary>
    public static long Start() => Stopwatch.GetTimestamp();

    /// <summary>Events were committed.</summary>
    /// <param name="events">How many; may be none.</param>
    /// <param name="started">When the writing began, as <see cref="Start"/> gave it.</param>
    public void Committed(int events, long started)
    {
        if (events == 0)
        {
            return;
        }

        Telemetry.EventsSaved.Add(events, tag);
        if (Telemetry.SaveDuration.Enabled)
        {
            Telemetry.SaveDuration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, tag);
        }
    }

    /// <summary>A save, a flush or a commit failed.</summary>
    /// <param name="failure">Why.</param>
    /// <param name="activity">The activity that is marked as failed; null for none.</param>
    public void Failed(Exception failure, Activity? activity)
    {
        if (failure is ConcurrencyException)
        {
            Telemetry.Conflicts.Add(1, tag);
        }

        activity.Fail(failure);
    }
}
