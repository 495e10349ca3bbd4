using System.ComponentModel;
using System.Data.Common;

namespace EventSourcing.Recording;

/// <summary>
/// A connection with a transaction of a provider. <see cref="StoreTransaction{TKey}"/> and <see cref="StoreSession{TKey}"/> are built on
/// it; nothing else uses it. Used by one operation at a time.
/// </summary>
/// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class RecorderTransaction<TKey> : IAsyncDisposable
    where TKey : notnull
{
    /// <summary>The transactions of this async flow, of all stores and keys, the innermost first.</summary>
    protected static IEnumerable<object> OfThisFlow =>
        AmbientScope.IsNone ? [] : AmbientScope.All.Select(scope => (scope.Work as IHasTransaction)?.Transaction).OfType<object>();

    /// <summary>The open connection.</summary>
    /// <exception cref="TransactionException">There is none.</exception>
    public abstract DbConnection Connection { get; }

    /// <summary>The transaction on it.</summary>
    /// <exception cref="TransactionException">There is none.</exception>
    public abstract DbTransaction DbTransaction { get; }

    /// <summary>
    /// Whether the transaction can continue and be committed. False after a failed SQL statement that wasn't undone by a savepoint, after the
    /// connection was lost, and after the end.
    /// </summary>
    public abstract bool IsUsable { get; }

    /// <summary>Whether the store was closed before the end of the transaction, which is rolled back.</summary>
    public virtual bool IsStoreClosed => false;

    /// <summary>As <see cref="IAggregateRecorder{TKey}.ReadStreamAsync"/>, inside the transaction.</summary>
    public abstract ValueTask ReadStreamAsync(StreamQuery<TKey> query, EventSink<TKey> sink, CancellationToken cancellationToken);

    /// <summary>As <see cref="IApplicationRecorder{TKey}.ReadLogAsync"/>, inside the transaction.</summary>
    public abstract ValueTask ReadLogAsync(LogQuery query, EventSink<TKey> sink, CancellationToken cancellationToken);

    /// <summary>As <see cref="IApplicationRecorder{TKey}.GetMaxPositionAsync"/>, inside the transaction.</summary>
    public abstract ValueTask<long?> GetMaxPositionAsync(CancellationToken cancellationToken);

    /// <summary>Returns the greatest tracked position, as seen inside the transaction; null if none is tracked.</summary>
    /// <param name="name">The name of what is tracked.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public virtual ValueTask<long?> GetTrackedPositionAsync(string name, CancellationToken cancellationToken) =>
        throw new NotSupportedException($"{GetType().Name} doesn't track positions.");

    /// <summary>As <see cref="IProjectionRecorder.ReadRowsAsync"/>, inside the transaction.</summary>
    public virtual ValueTask ReadRowsAsync(ViewQuery query, ViewRowSink sink, CancellationToken cancellationToken) =>
        throw new NotSupportedException($"{GetType().Name} has no views.");

    /// <summary>Keeps others from appending until the end of the transaction. A transaction of <c>memory:</c> holds no lock, so this does nothing there.</summary>
    /// <exception cref="StoreException">The database refused or failed; a transient exception if the lock wasn't free in time.</exception>
    internal virtual ValueTask LockAsync(CancellationToken cancellationToken) => default;

    /// <summary>
    /// Writes events, tracked positions and steps of projections at once, all or none, and takes the lock of the store for it, with a timeout. They are committed or
    /// rolled back with the transaction. After a failure that undid only this write, <see cref="IsUsable"/> is still true.
    /// </summary>
    /// <param name="request">At least one event, position or step, and the condition.</param>
    /// <param name="cancellationToken">Cancels the call before the writing has begun; from then on it has no effect.</param>
    /// <returns>The positions, one for each event.</returns>
    /// <exception cref="ConcurrencyException">The condition doesn't hold; the transaction is unchanged.</exception>
    /// <exception cref="AlreadyTrackedException">A position, or a greater one, is tracked already; the transaction is unchanged.</exception>
    /// <exception cref="StoreException">The database refused or failed; a transient exception if the lock wasn't free in time.</exception>
    public abstract ValueTask<IReadOnlyList<long>> AppendAsync(AppendRequest<TKey> request, CancellationToken cancellationToken);

    /// <summary>
    /// Writes what the request has, if anything, and commits. Then signals the append to the subscriptions of the store. Only for a transaction
    /// that the recorder began.
    /// </summary>
    /// <param name="request">The events, positions and steps, if any, and the condition.</param>
    /// <param name="cancellationToken">Cancels the call before the writing has begun; from then on it has no effect.</param>
    /// <returns>The positions, one for each event.</returns>
    /// <exception cref="ConcurrencyException">As for <see cref="AppendAsync"/>: the transaction isn't committed and is unchanged.</exception>
    /// <exception cref="AlreadyTrackedException">As for <see cref="AppendAsync"/>: the transaction isn't committed and is unchanged.</exception>
    /// <exception cref="InDoubtException">It is unknown whether it was committed.</exception>
    /// <exception cref="StoreException">The database refused or failed, and it isn't committed.</exception>
    public abstract ValueTask<IReadOnlyList<long>> CommitAsync(AppendRequest<TKey> request, CancellationToken cancellationToken);

    /// <summary>Signals the append to the subscriptions of the store, after the owner has committed the transaction with events in it.</summary>
    public abstract void Committed();

    /// <summary>
    /// Whether a statement has failed because of its values: a constraint, for instance, and not a missing table or right. Or whether it failed because
    /// an earlier one has, of which nothing is known.
    /// </summary>
    internal virtual bool IsOfValues(DbException exception) =>
        exception.SqlState is { } state && (state.StartsWith("22", StringComparison.Ordinal) || state.StartsWith("23", StringComparison.Ordinal) || state == "25P02");

    /// <summary>Creates the exception for a transaction that can't be committed, because an earlier write in it was undone.</summary>
    protected static TransactionException Undone() => new(
        "Events that FlushAsync wrote are no longer in the transaction: it was rolled back to an earlier savepoint, or a statement ended it. Nothing was committed, and the transaction can only be rolled back.");

    /// <summary>
    /// Rolls back uncommitted work and releases everything that the transaction holds; an external transaction is only released. Throws
    /// nothing.
    /// </summary>
    public abstract ValueTask DisposeAsync();
}
