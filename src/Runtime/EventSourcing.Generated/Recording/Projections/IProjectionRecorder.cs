using System.ComponentModel;

namespace EventSourcing.Recording;

/// <summary>
/// Reads the views of a database, and keeps the owners of the projections that write them. Rows are written with an
/// <see cref="AppendRequest{TKey}"/>. Implementations are thread safe.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public interface IProjectionRecorder
{
    /// <summary>
    /// Takes a projection, if it has no owner whose lease lasts. One whose rows are of an earlier version stays as it is, unless it is of handlers, or
    /// builds rows beside those in use: then it begins again. A table in which rows are built is created then.
    /// </summary>
    /// <param name="claim">The projection and the new owner.</param>
    /// <param name="cancellationToken">Cancels the call. The projection may then be taken or not.</param>
    /// <returns>The state afterwards. The projection is taken if the owner is that of the claim.</returns>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    ValueTask<ProjectionRow> ClaimAsync(ProjectionClaim claim, CancellationToken cancellationToken);

    /// <summary>Makes a lease last from now on.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="cancellationToken">Cancels the call. The lease may then be renewed or not.</param>
    /// <returns>False if another owner has taken the projection.</returns>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    ValueTask<bool> RenewAsync(ProjectionLease lease, CancellationToken cancellationToken);

    /// <summary>Ends a lease, so that another owner can take the projection at once. Does nothing if another owner has taken it.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="error">Why the projection has stopped, at most 1,000 characters; null if it can go on.</param>
    /// <param name="cancellationToken">Cancels the call. The lease may then be ended or not.</param>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    ValueTask ReleaseAsync(ProjectionLease lease, string? error, CancellationToken cancellationToken);

    /// <summary>Gives rows that were built beside those in use the indexes and the privileges of these. It may take long.</summary>
    /// <param name="next">The table in which they were built.</param>
    /// <param name="rows">About how many rows there are at most.</param>
    /// <param name="cancellationToken">Cancels the call. Indexes and privileges may then be there or not.</param>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    ValueTask CompleteAsync(ViewTable next, long rows, CancellationToken cancellationToken);

    /// <summary>Returns the states of all projections that were ever claimed.</summary>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    ValueTask<IReadOnlyList<ProjectionRow>> GetRowsAsync(CancellationToken cancellationToken);

    /// <summary>Reads rows of a view.</summary>
    /// <param name="query">Which rows.</param>
    /// <param name="sink">Receives the rows, before the call ends.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    ValueTask ReadRowsAsync(ViewQuery query, ViewRowSink sink, CancellationToken cancellationToken);

    /// <summary>Returns the numbers of failed events.</summary>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    ValueTask<IReadOnlyList<FailedEventCount>> CountFailedEventsAsync(CancellationToken cancellationToken);

    /// <summary>Adds a row to the failed events that asks the owner of a projection to process its parked events again.</summary>
    /// <param name="projection">The name of the projection.</param>
    /// <param name="request">What identifies the request. It replaces an earlier one.</param>
    /// <param name="cancellationToken">Cancels the call. The row may then be added or not.</param>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    ValueTask RequestReplayAsync(string projection, string request, CancellationToken cancellationToken);

    /// <summary>Removes the row of a request. Does nothing if there is a later one.</summary>
    /// <param name="projection">The name of the projection.</param>
    /// <param name="request">What identifies the request.</param>
    /// <param name="cancellationToken">Cancels the call. The row may then be removed or not.</param>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    ValueTask FinishReplayAsync(string projection, string request, CancellationToken cancellationToken);

    /// <summary>Starts to watch for steps of projections. The store must be open.</summary>
    /// <returns>The watch, which ends when it is disposed.</returns>
    AppendWatch Watch();
}
