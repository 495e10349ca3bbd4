using System.ComponentModel;
using EventSourcing.Recording;

namespace EventSourcing.Sqlite;

public partial class SqliteRecorder<TKey> : IProjectionRecorder
{
    private readonly ProjectionsTable _projections;

    /// <inheritdoc/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public IProjectionRecorder Projections => this;

    /// <summary>The SQL of the application's views.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected virtual IReadOnlyList<ViewSql> Views => [];

    private ViewTables ViewTables => field ??= new(_names, _projections, Views, Sql.CreateTables);

    async ValueTask<ProjectionRow> IProjectionRecorder.ClaimAsync(ProjectionClaim claim, CancellationToken cancellationToken) =>
        await WriteAsync(session => ViewTables.Claim(session, claim), cancellationToken).ConfigureAwait(false);

    ValueTask<bool> IProjectionRecorder.RenewAsync(ProjectionLease lease, CancellationToken cancellationToken) =>
        WriteAsync(session => _projections.Renew(session, lease), cancellationToken);

    ValueTask IProjectionRecorder.ReleaseAsync(ProjectionLease lease, string? error, CancellationToken cancellationToken) =>
        WriteAsync(session => _projections.Release(session, lease, error), cancellationToken);

    // They are created with the table: an index of many rows would keep other writers waiting.
    ValueTask IProjectionRecorder.CompleteAsync(ViewTable next, long rows, CancellationToken cancellationToken) => default;

    async ValueTask<IReadOnlyList<ProjectionRow>> IProjectionRecorder.GetRowsAsync(CancellationToken cancellationToken) => ViewTables.IsEmpty
        ? []
        : await ReadAsync(static (recorder, session, _, _, _) => recorder._projections.All(session), default(ValueTuple), null, cancellationToken).ConfigureAwait(false);

    async ValueTask IProjectionRecorder.ReadRowsAsync(ViewQuery query, ViewRowSink sink, CancellationToken cancellationToken) => await ReadAsync(
        static (recorder, session, given, _, token) => ViewReader.Read(session, recorder.ViewTables.Of(given.query.Table), given.query, given.sink, token),
        (query, sink), null, cancellationToken).ConfigureAwait(false);

    async ValueTask<IReadOnlyList<FailedEventCount>> IProjectionRecorder.CountFailedEventsAsync(CancellationToken cancellationToken) => ViewTables.IsEmpty
        ? []
        : await ReadAsync(static (recorder, session, _, _, _) => recorder._projections.CountFailedEvents(session), default(ValueTuple), null, cancellationToken).ConfigureAwait(false);

    ValueTask IProjectionRecorder.RequestReplayAsync(string projection, string request, CancellationToken cancellationToken) =>
        WriteAsync(session => _projections.RequestReplay(session, projection, request), cancellationToken);

    ValueTask IProjectionRecorder.FinishReplayAsync(string projection, string request, CancellationToken cancellationToken) =>
        WriteAsync(session => _projections.FinishReplay(session, projection, request), cancellationToken);

    AppendWatch IProjectionRecorder.Watch() => Tracking.Watch();

    private async ValueTask<IReadOnlyList<long>> AppendStepsAsync(AppendRequest<TKey> request, CancellationToken cancellationToken)
    {
        var open = await GetDatabaseAsync(cancellationToken).ConfigureAwait(false);
        OwnTransaction<TKey>.ThrowIfHeldByThisFlow(open);
        var save = new ProjectionSave(_projections, ViewTables, request.Projections, LockTimeout, open.Tracked.Set);
        if (cancellationToken.CanBeCanceled)
        {
            save.CancelBy(cancellationToken);
        }

        open.Writer.Save(save);
        return await save.Completion.ConfigureAwait(false);
    }

    private async ValueTask WriteAsync(Action<StoreConnection> write, CancellationToken cancellationToken) => await WriteAsync(
        session =>
        {
            write(session);
            return true;
        },
        cancellationToken).ConfigureAwait(false);

    /// <summary>Runs a write on the writer's connection, outside of any group.</summary>
    private async ValueTask<TResult> WriteAsync<TResult>(Func<StoreConnection, TResult> write, CancellationToken cancellationToken)
    {
        var open = await GetDatabaseAsync(cancellationToken).ConfigureAwait(false);
        OwnTransaction<TKey>.ThrowIfHeldByThisFlow(open);
        var result = default(TResult);
        await open.Writer.RunAsync(
            session =>
            {
                session.ThrowIfReplaced();
                session.SetBusyTimeout(_address.LockTimeout);
                result = write(session);
                open.Writer.NoteCommit(session);
            },
            LockTimeout).ConfigureAwait(false);
        return result!;
    }
}
