using System.Collections.Frozen;
using EventSourcing.CompilerServices;
using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>A projection that a runner owns. Advanced by the group that it is in.</summary>
internal sealed class ProjectionMember<TKey>(ProjectionDefinition<TKey> definition, ProjectionLease lease, long position, TimeProvider time)
    where TKey : notnull
{
    private readonly TaskCompletionSource<ProjectionException?> _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _position = position;
    private long _renewed = time.GetTimestamp();

    public ProjectionDefinition<TKey> Definition => definition;

    /// <summary>The name of the projection in the database.</summary>
    public string Name => definition.Table.Projection;

    /// <summary>The name of the projection in messages.</summary>
    public string Title => definition.Table.Title;

    /// <summary>Its lease. A step that keeps the position raises the fence.</summary>
    public ProjectionLease Lease { get; set; } = lease;

    /// <summary>The position up to which events are processed; 0 for none.</summary>
    public long Position => Volatile.Read(ref _position);

    /// <summary>The position at which it has reached its end; the greatest number for no end.</summary>
    public long Until { get; set; } = long.MaxValue;

    /// <summary>Whether it has reached its end.</summary>
    public bool IsAtEnd => Position >= Until && Replay is null;

    /// <summary>Whether the lease has lasted a third of its time since it was renewed.</summary>
    public bool MustRenew => time.GetElapsedTime(Volatile.Read(ref _renewed)) >= Lease.Duration / 3;

    /// <summary>Ends when it has left its group: with the failure at which it has stopped; with null if it is lost, or has reached its end.</summary>
    public Task<ProjectionException?> Left => _left.Task;

    /// <summary>Whether it has left its group.</summary>
    public bool HasLeft => _left.Task.IsCompleted;

    /// <summary>Whether its lease needs no end any more.</summary>
    public bool IsReleased { get; set; }

    /// <summary>Whether its last attempt met a busy or unavailable database. It then gets a group of its own, so that others don't wait for it.</summary>
    public bool IsStuck { get; set; }

    /// <summary>How often handlers have failed at the same position.</summary>
    public int Attempts { get; set; }

    /// <summary>The keys whose events wait behind one that has failed. Replaced as a whole.</summary>
    public IReadOnlySet<string> Parked { get; set; } = FrozenSet<string>.Empty;

    /// <summary>The request to process its parked events again; null for none. It has a group of its own meanwhile.</summary>
    public string? Replay { get; set; }

    /// <summary>Notes that a step was written.</summary>
    /// <param name="position">The new position.</param>
    /// <param name="failed">The events that the step has parked or skipped; null for none.</param>
    public void Advance(long position, IReadOnlyList<FailedEvent>? failed = null)
    {
        IsStuck = false;
        Attempts = 0;
        if (failed?.Any(static e => !e.IsSkipped) == true)
        {
            Parked = Parked.Concat(failed.Where(static e => !e.IsSkipped).Select(static e => e.Key!)).ToHashSet(StringComparer.Ordinal);
        }

        Volatile.Write(ref _position, position);
        Renewed();
    }

    /// <summary>Notes that the lease was renewed.</summary>
    public void Renewed() => Volatile.Write(ref _renewed, time.GetTimestamp());

    /// <summary>Leaves its group.</summary>
    public void Leave(ProjectionException? failure = null) => _left.TrySetResult(failure);

    /// <summary>Leaves its group, because another owner has the projection.</summary>
    public void Lose()
    {
        IsReleased = true;
        Leave();
    }

    /// <summary>Leaves its group, because the whole run ends.</summary>
    public void Fail(Exception exception)
    {
        if (_left.TrySetException(exception))
        {
            // Observed, because the run may have stopped waiting.
            _ = _left.Task.Exception;
        }
    }
}
