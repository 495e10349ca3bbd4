using System.ComponentModel;

namespace EventSourcing.Recording;

public sealed partial class InMemoryRecorder<TKey> : IProjectionRecorder
{
    private readonly InMemoryProjections _projections = new();
    private readonly AppendSignal _projected = new();

    /// <inheritdoc/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public IProjectionRecorder Projections => this;

    ValueTask<ProjectionRow> IProjectionRecorder.ClaimAsync(ProjectionClaim claim, CancellationToken cancellationToken) =>
        new(Run(() => _projections.Claim(claim), cancellationToken));

    ValueTask<bool> IProjectionRecorder.RenewAsync(ProjectionLease lease, CancellationToken cancellationToken) =>
        new(Run(() => _projections.Renew(lease), cancellationToken));

    ValueTask IProjectionRecorder.ReleaseAsync(ProjectionLease lease, string? error, CancellationToken cancellationToken)
    {
        Run(() => _projections.Release(lease, error), cancellationToken);
        return default;
    }

    ValueTask IProjectionRecorder.CompleteAsync(ViewTable next, long rows, CancellationToken cancellationToken) => default;

    ValueTask<IReadOnlyList<ProjectionRow>> IProjectionRecorder.GetRowsAsync(CancellationToken cancellationToken) =>
        new(Run(_projections.GetRows, cancellationToken));

    ValueTask IProjectionRecorder.ReadRowsAsync(ViewQuery query, ViewRowSink sink, CancellationToken cancellationToken)
    {
        var reader = new ViewRowValuesReader();

        // Outside of the lock, because the sink runs code of the program.
        foreach (var row in Run(() => _projections.Read(query), cancellationToken))
        {
            reader.Values = row;
            sink(reader);
        }

        return default;
    }

    ValueTask<IReadOnlyList<FailedEventCount>> IProjectionRecorder.CountFailedEventsAsync(CancellationToken cancellationToken) =>
        new(Run(_projections.CountFailedEvents, cancellationToken));

    ValueTask IProjectionRecorder.RequestReplayAsync(string projection, string request, CancellationToken cancellationToken)
    {
        Run(() => _projections.RequestReplay(projection, request), cancellationToken);
        return default;
    }

    ValueTask IProjectionRecorder.FinishReplayAsync(string projection, string request, CancellationToken cancellationToken)
    {
        Run(() => _projections.FinishReplay(projection, request), cancellationToken);
        return default;
    }

    AppendWatch IProjectionRecorder.Watch()
    {
        ThrowIfEnded(CancellationToken.None);
        return _projected.Watch();
    }

    private void Run(Action work, CancellationToken cancellationToken) => Run(
        () =>
        {
            work();
            return true;
        },
        cancellationToken);

    private TResult Run<TResult>(Func<TResult> work, CancellationToken cancellationToken)
    {
        lock (_sync)
        {
            ThrowIfEnded(cancellationToken);
            return work();
        }
    }
}
