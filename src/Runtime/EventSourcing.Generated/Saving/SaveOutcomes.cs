using System.Diagnostics;

namespace EventSourcing;

/// <summary>
/// Receives the outcome of each save of a store: a direct one, one of a transaction, of a session, or of an external transaction. All that
/// follows a commit is done here. Thread safe.
/// </summary>
/// <param name="tag">Names the application in measurements.</param>
internal sealed class SaveOutcomes(KeyValuePair<string, object?> tag)
{
    /// <summary>Returns the current time, for <see cref="Committed"/>.</summary>
    public static long Start() => Stopwatch.GetTimestamp();

    /// <summary>Counts committed events.</summary>
    /// <param name="events">The number of events; may be 0.</param>
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

    /// <summary>Counts a save, a flush or a commit that failed.</summary>
    /// <param name="failure">The reason.</param>
    /// <param name="activity">The activity to mark as failed; null for none.</param>
    public void Failed(Exception failure, Activity? activity)
    {
        if (failure is ConcurrencyException)
        {
            Telemetry.Conflicts.Add(1, tag);
        }

        activity.Fail(failure);
    }
}
