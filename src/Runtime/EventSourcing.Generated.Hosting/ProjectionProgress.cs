using System.Collections.Concurrent;
using System.Diagnostics;

namespace EventSourcing.Hosting;

/// <summary>
/// Finds projections that don't advance although events wait, or that no runner owns, by the statuses that health checks read. Thread safe.
/// </summary>
internal sealed class ProjectionProgress<TApplication>
{
    private readonly ConcurrentDictionary<string, (long Position, long Since)> _waiting = new(StringComparer.Ordinal);

    /// <summary>Returns the projections that have been seen in the same state for some time.</summary>
    /// <param name="statuses">The current statuses.</param>
    /// <param name="limit">How long a projection may not advance.</param>
    public IReadOnlyList<ProjectionStatus> FindStuck(IReadOnlyList<ProjectionStatus> statuses, TimeSpan limit)
    {
        List<ProjectionStatus> stuck = [];
        foreach (var status in statuses)
        {
            // One that has stopped at an error is reported with it. An inline view needs no owner as long as saves write it.
            if (status.Error is not null || (status.Lag == 0 && (status.Owner is not null || status.IsInline)))
            {
                _waiting.TryRemove(status.Projection, out _);
                continue;
            }

            var (_, since) = _waiting.AddOrUpdate(
                status.Projection,
                static (_, position) => (position, Stopwatch.GetTimestamp()),
                static (_, before, position) => before.Position == position ? before : (position, Stopwatch.GetTimestamp()),

                // Its rows are built again, before it goes on.
                status.Position + (status.Rebuild?.Position ?? 0));
            if (Stopwatch.GetElapsedTime(since) > limit)
            {
                stuck.Add(status);
            }
        }

        return stuck;
    }
}
