using System.ComponentModel;
using EventSourcing.Generators.Recorders.Sql;
using EventSourcing.Recording;
using Npgsql;

namespace EventSourcing.PostgreSql;

public partial class PostgreSqlRecorder<TKey> : IProjectionRecorder
{
    private readonly TableNames _names;
    private readonly ProjectionsTable _projections;
    private readonly StepWriter _steps;

    /// <inheritdoc/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public IProjectionRecorder Projections => this;

    /// <summary>The SQL of the application's views.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected virtual IReadOnlyList<ViewSql> Views => [];

    private ViewTables ViewTables => field ??= new(_names, _projections, Views, Sql.CreateTables);

    ValueTask<ProjectionRow> IProjectionRecorder.ClaimAsync(ProjectionClaim claim, CancellationToken cancellationToken) => WriteAsync(
        connection => ViewTables.ClaimAsync(connection, claim, _transactions.WriteLockTimeout, cancellationToken), cancellationToken);

    ValueTask<bool> IProjectionRecorder.RenewAsync(ProjectionLease lease, CancellationToken cancellationToken) =>
        WriteAsync(connection => _projections.RenewAsync(connection, lease, cancellationToken), cancellationToken);

    async ValueTask IProjectionRecorder.ReleaseAsync(ProjectionLease lease, string? error, CancellationToken cancellationToken) =>
        await WriteAsync(connection => _projections.ReleaseAsync(connection, lease, error, cancellationToken), cancellationToken).ConfigureAwait(false);

    async ValueTask IProjectionRecorder.CompleteAsync(ViewTable next, long rows, CancellationToken cancellationToken) => await WriteAsync(
        connection => ViewTables.CompleteAsync(connection, next, rows, cancellationToken), cancellationToken).ConfigureAwait(false);

    async ValueTask<IReadOnlyList<ProjectionRow>> IProjectionRecorder.GetRowsAsync(CancellationToken cancellationToken) => ViewTables.IsEmpty
        ? []
        : await QueryAsync(
            _projections.SelectRows, [], static (command, _, token) => ProjectionsTable.ReadAsync(command, token), cancellationToken).ConfigureAwait(false);

    async ValueTask IProjectionRecorder.ReadRowsAsync(ViewQuery query, ViewRowSink sink, CancellationToken cancellationToken)
    {
        var (text, parameters) = ViewReader.Create(ViewTables.Of(query.Table), query);
        await QueryAsync(text, parameters, (command, reading, token) => ViewReader.ReadAsync(command, query, sink, reading, token), cancellationToken).ConfigureAwait(false);
    }

    async ValueTask<IReadOnlyList<FailedEventCount>> IProjectionRecorder.CountFailedEventsAsync(CancellationToken cancellationToken) => ViewTables.IsEmpty
        ? []
        : await QueryAsync(
            _projections.CountFailedEvents, [], static (command, _, token) => ProjectionsTable.ReadCountsAsync(command, token), cancellationToken).ConfigureAwait(false);

    async ValueTask IProjectionRecorder.RequestReplayAsync(string projection, string request, CancellationToken cancellationToken) =>
        await WriteAsync(connection => _projections.RequestReplayAsync(connection, projection, request, cancellationToken), cancellationToken).ConfigureAwait(false);

    async ValueTask IProjectionRecorder.FinishReplayAsync(string projection, string request, CancellationToken cancellationToken) =>
        await WriteAsync(connection => _projections.FinishReplayAsync(connection, projection, request, cancellationToken), cancellationToken).ConfigureAwait(false);

    AppendWatch IProjectionRecorder.Watch() => Tracking.Watch();

    private async ValueTask<IReadOnlyList<long>> AppendStepsAsync(IReadOnlyList<ProjectionStep> steps, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken).ConfigureAwait(false);
        await _steps.WriteAsync(steps).ConfigureAwait(false);
        OnTracked();
        return [];
    }

    /// <summary>Does work on a connection of the readers, as steps do, so that a runner needs no other.</summary>
    private async ValueTask<TResult> WriteAsync<TResult>(Func<NpgsqlConnection, Task<TResult>> write, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken).ConfigureAwait(false);
        return await CreatorFailure.UnwrapAsync(OnConnectionAsync(_connections.Reader, write, cancellationToken)).ConfigureAwait(false);
    }
}
