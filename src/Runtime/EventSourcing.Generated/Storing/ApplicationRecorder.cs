#pragma warning disable RS0026 // The overloads differ in their first parameter, so that none can become ambiguous.

using System.Data;
using System.Data.Common;

namespace EventSourcing.Recording;

/// <summary>
/// The recorder of an application: the recorder of its provider, with transactions. Calls inside a transaction of this store, in the same
/// async flow, take part in it. Thread safe.
/// </summary>
/// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
public sealed class ApplicationRecorder<TKey> : IApplicationRecorder<TKey>
    where TKey : notnull
{
    private readonly StoreContext<TKey> _store;
    private readonly TransactionManager<TKey> _transactions;

    internal ApplicationRecorder(StoreContext<TKey> store, TransactionManager<TKey> transactions) =>
        (_store, _transactions) = (store, transactions);

    /// <summary>The recorder of the provider, which knows nothing of the transactions of a flow.</summary>
    public IApplicationRecorder<TKey> Provider => _store.Provider;

    /// <summary>
    /// The events tables that the database already had when the opening created the events table; otherwise empty. A table is named after the
    /// class of the application, unless <c>TablePrefix</c> gives another name. So one of them may be the table of the application before its
    /// class was renamed.
    /// </summary>
    public IReadOnlyList<string> OtherTables => Provider.OtherTables;

    /// <inheritdoc/>
    [System.ComponentModel.EditorBrowsable(System.ComponentModel.EditorBrowsableState.Never)]
    public ITrackingRecorder Tracking => Provider.Tracking;

    /// <summary>Runs work in a transaction: committed when it returns, rolled back when it throws.</summary>
    /// <param name="work">The work that belongs together. Saves and reads of the store inside take part.</param>
    /// <param name="eventsOnly">As for <see cref="BeginTransactionAsync"/>.</param>
    /// <param name="isolationLevel">As for <see cref="BeginTransactionAsync"/>.</param>
    /// <param name="maxAttempts">
    /// How often the work may run. After a <see cref="ConcurrencyException"/>, a serialization failure (40001) or a deadlock (40P01) it is rolled
    /// back and run again from its beginning, in a new transaction. So it must load inside what it changes, and create its Entity Framework
    /// contexts inside or use contexts that track nothing yet; with others it isn't retried. Inside another transaction, the maximum of the outer
    /// one applies.
    /// </param>
    /// <param name="cancellationToken">Cancels the call until the commit has begun; the transaction is then rolled back.</param>
    /// <returns>The events that were saved, with their positions.</returns>
    /// <inheritdoc cref="StoreTransaction{TKey}.CommitAsync" path="/exception"/>
    public ValueTask<IReadOnlyList<RecordedEvent<TKey>>> InTransactionAsync(
        Func<StoreTransaction<TKey>, Task> work, bool eventsOnly = false, IsolationLevel isolationLevel = IsolationLevel.Unspecified,
        int maxAttempts = 1, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        return RunAsync(async transaction =>
        {
            await work(transaction).ConfigureAwait(false);
            return await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }, eventsOnly, isolationLevel, maxAttempts, cancellationToken);
    }

    /// <inheritdoc cref="InTransactionAsync(Func{StoreTransaction{TKey}, Task}, bool, IsolationLevel, int, CancellationToken)" path="/*[not(self::returns)]"/>
    /// <returns>What the work returned.</returns>
    public ValueTask<TResult> InTransactionAsync<TResult>(
        Func<StoreTransaction<TKey>, Task<TResult>> work, bool eventsOnly = false, IsolationLevel isolationLevel = IsolationLevel.Unspecified,
        int maxAttempts = 1, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        return RunAsync(async transaction =>
        {
            var result = await work(transaction).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return result;
        }, eventsOnly, isolationLevel, maxAttempts, cancellationToken);
    }

    /// <summary>Begins a transaction and makes it the one of the calling async flow; or joins the transaction that the flow has.</summary>
    /// <param name="readOnly">
    /// True for a transaction that only reads, as of one moment. It can't be committed, and no transaction that commits can begin inside it.
    /// </param>
    /// <param name="eventsOnly">
    /// True for saves alone: it holds neither connection nor lock before the commit, so no other writer waits for it.
    /// </param>
    /// <param name="isolationLevel">The requested level; unspecified for the default of the database. SQLite's are all serializable.</param>
    /// <param name="cancellationToken">Cancels the call. No transaction is open then.</param>
    /// <returns>The transaction, to be disposed of: <c>await using var transaction = await school.Recorder.BeginTransactionAsync();</c></returns>
    /// <exception cref="TransactionException">
    /// A transaction that commits was requested inside a read-only one; a transaction of another store holds the same SQLite file; a
    /// System.Transactions transaction is current; or the application has a scoped session, but its adapter returns none here. If it returns one,
    /// that is joined.
    /// </exception>
    /// <exception cref="StoreException">
    /// The database refused or failed; a transient exception if another writer holds a SQLite file too long.
    /// </exception>
    public ValueTask<StoreTransaction<TKey>> BeginTransactionAsync(
        bool readOnly = false, bool eventsOnly = false, IsolationLevel isolationLevel = IsolationLevel.Unspecified,
        CancellationToken cancellationToken = default) =>
        // Not an async method: a value set in one doesn't reach the caller's flow.
        _transactions.BeginAsync(readOnly, eventsOnly, isolationLevel, cancellationToken);

    /// <summary>Makes an external transaction the one of this async flow.</summary>
    /// <param name="transaction">A transaction on the store's database: raw, or that of Dapper or Entity Framework.</param>
    /// <returns>Ends the use; the transaction itself continues.</returns>
    /// <remarks>
    /// Saves are written into it at once, without retries, and count as saved; after a rollback, load the aggregates again. From the first save to
    /// the end of the transaction, other writers of the store wait, until their timeouts. Subscriptions see the events when it is committed.
    /// </remarks>
    /// <exception cref="TransactionException">It is of another provider or on another database, or it has ended.</exception>
    public IDisposable Use(DbTransaction transaction)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        return _transactions.Use(transaction);
    }

    /// <summary>Creates a session. Its owner commits it and disposes of it.</summary>
    public StoreSession<TKey> CreateSession() => new(_transactions);

    /// <inheritdoc/>
    public ValueTask OpenAsync(CancellationToken cancellationToken = default) => Provider.OpenAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<long>> AppendAsync(AppendRequest<TKey> request, CancellationToken cancellationToken = default)
    {
        TransactionManager<TKey>.ThrowIfSystemTransaction();
        return _transactions.FindWorkForSaving() is { } work
            ? work.AppendAsync(request, cancellationToken)
            : AppendDirectlyAsync(request, cancellationToken);
    }

    private async ValueTask<IReadOnlyList<long>> AppendDirectlyAsync(AppendRequest<TKey> request, CancellationToken cancellationToken)
    {
        var bytes = SaveQueue.SizeOf(request.Events);
        if (!_store.Queue.TryEnter(bytes))
        {
            await _store.Queue.WaitAsync(bytes, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            return await Provider.AppendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _store.Queue.Leave(bytes);
        }
    }

    /// <inheritdoc/>
    public ValueTask ReadStreamAsync(StreamQuery<TKey> query, EventSink<TKey> sink, CancellationToken cancellationToken = default) =>
        _transactions.FindWork() is { } work ? work.ReadStreamAsync(query, sink, cancellationToken) : Provider.ReadStreamAsync(query, sink, cancellationToken);

    /// <inheritdoc/>
    public ValueTask ReadLogAsync(LogQuery query, EventSink<TKey> sink, CancellationToken cancellationToken = default) =>
        _transactions.FindWork() is { } work ? work.ReadLogAsync(query, sink, cancellationToken) : Provider.ReadLogAsync(query, sink, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long?> GetMaxPositionAsync(CancellationToken cancellationToken = default) =>
        _transactions.FindWork() is { } work ? work.GetMaxPositionAsync(cancellationToken) : Provider.GetMaxPositionAsync(cancellationToken);

    /// <inheritdoc/>
    public AppendWatch Watch() => Provider.Watch();

    /// <inheritdoc/>
    public ValueTask EnsureSchemaAsync(CancellationToken cancellationToken = default) => Provider.EnsureSchemaAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> VerifySchemaAsync(CancellationToken cancellationToken = default) => Provider.VerifySchemaAsync(cancellationToken);

    ValueTask<RecorderTransaction<TKey>> IApplicationRecorder<TKey>.BeginAsync(
        bool readOnly, IsolationLevel isolationLevel, CancellationToken cancellationToken) =>
        Provider.BeginAsync(readOnly, isolationLevel, cancellationToken);

    RecorderTransaction<TKey> IApplicationRecorder<TKey>.Join(DbTransaction transaction) => Provider.Join(transaction);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Provider.DisposeAsync();

    private ValueTask<TResult> RunAsync<TResult>(
        Func<StoreTransaction<TKey>, ValueTask<TResult>> work, bool eventsOnly, IsolationLevel isolationLevel, int maxAttempts, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxAttempts, 1);
        var canRepeat = false;
        return _transactions.Retry.RunAsync(async (isLast, token) =>
        {
            var transaction = await BeginTransactionAsync(readOnly: false, eventsOnly, isolationLevel, token).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                try
                {
                    return await work(transaction).ConfigureAwait(false);
                }
                catch (Exception failure) when (failure is DbException or InvalidOperationException and not ObjectDisposedException && transaction.Work.IsStoreClosed)
                {
                    // A statement of the work's own.
                    throw ClosedStore.Exception(failure);
                }
                catch (Exception failure) when (!isLast && Conflicts.IsOne(failure))
                {
                    canRepeat = transaction.Work.TryForget();
                    throw;
                }
            }
        }, () => canRepeat, _transactions.FindWork() is null ? maxAttempts : 1, cancellationToken);
    }
}
