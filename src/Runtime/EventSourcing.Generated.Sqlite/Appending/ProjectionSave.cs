using EventSourcing.Recording;

namespace EventSourcing.Sqlite;

/// <summary>Steps of projections, written like a save: in the transaction of a group, on the writer's connection.</summary>
/// <param name="projections">The owners and positions of projections.</param>
/// <param name="views">The views.</param>
/// <param name="steps">The steps.</param>
/// <param name="lockTimeout">How long to wait for other writers, in milliseconds.</param>
/// <param name="onWritten">Called after the commit.</param>
internal sealed class ProjectionSave(
    ProjectionsTable projections, ViewTables views, IReadOnlyList<ProjectionStep> steps, int lockTimeout, Action onWritten) : SaveWork
{
    public override Guid AppendId => Guid.Empty;

    public override int LockTimeout => lockTimeout;

    // A step that is refused throws, and then the whole group is written again one by one.
    public override bool NeedsSavepoint => false;

    // Rows have no known size. A group ends at a number of saves, too.
    public override long Bytes => 0;

    public override int Write(StoreConnection session)
    {
        ProjectionWrite.Run(session, projections, views, steps);
        return -1;
    }

    public override ConcurrencyException Describe(StoreConnection session, int conflicting) => throw new InvalidOperationException("A step of a projection has no conflict.");

    public override bool? IsStored(StoreConnection session)
    {
        if (steps.Any(static step => step.KeepsPosition))
        {
            return null;
        }

        var found = steps.Select(step => projections.Find(session, step.Lease.Projection) is { } row && row.Fence == step.Lease.Fence && row.Position == step.Position)
            .Distinct().ToList();
        return found.Count == 1 ? found[0] : null;
    }

    public override bool IsFirstStored(StoreConnection session) => IsStored(session) == true;

    public override void Succeed()
    {
        onWritten();
        Succeed([]);
    }
}
