#pragma warning disable RS0026 // The overloads differ in their first parameter, so that none can become ambiguous.

using System.ComponentModel;
using System.Data.Common;
using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>
/// A unit of work that its owner commits any number of times and disposes of at the end: that of a web request, for instance. It begins a
/// transaction when it is first used, and the next after each commit or rollback. Used by one operation at a time.
/// </summary>
/// <remarks>
/// The repository and the log show saves of the session inside it. Without a commit they are lost. The session holds neither a connection nor a
/// lock until one is requested by <see cref="StoreSession{TKey}.GetTransactionAsync"/> or a transaction is begun inside it.
/// </remarks>
public abstract class StoreSession : IAsyncDisposable
{
    private protected StoreSession()
    {
    }

    /// <summary>As <see cref="StoreTransaction{TKey}.AutoFlush"/>, for all transactions of the session.</summary>
    public abstract bool AutoFlush { get; set; }

    /// <summary>Whether there are saves that aren't committed.</summary>
    public abstract bool HasSaves { get; }

    /// <summary>Sets <see cref="AutoFlush"/> to false until the result is disposed of.</summary>
    public IDisposable NoAutoFlush() => new AutoFlushPause(() => AutoFlush, value => AutoFlush = value);

    /// <summary>Makes it the session of this async flow. Saves and reads of the store then take part in it.</summary>
    /// <returns>Ends the use; the session itself continues.</returns>
    public abstract IDisposable Use();

    /// <summary>Writes the saves since the last commit and commits. Does nothing if there is nothing to commit.</summary>
    /// <param name="cancellationToken">Cancels the call before the writing has begun; from then on it has no effect.</param>
    /// <returns>The number of events that were committed.</returns>
    /// <inheritdoc cref="StoreTransaction{TKey}.CommitAsync" path="/exception"/>
    public abstract ValueTask<int> CommitAsync(CancellationToken cancellationToken = default);

    /// <summary>Undoes everything since the last commit; saved events are pending again.</summary>
    public abstract ValueTask RollbackAsync();

    /// <summary>Rolls back and ends the session.</summary>
    public abstract ValueTask DisposeAsync();

    /// <summary>
    /// Writes held saves into an external transaction. Its owner then calls <see cref="Committed"/>, <see cref="RollbackAsync"/> or
    /// <see cref="RetractAsync"/>.
    /// </summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public abstract ValueTask FlushAsync(DbTransaction transaction, CancellationToken cancellationToken);

    /// <summary>Completes what <see cref="FlushAsync"/> began, after the real commit.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public abstract void Committed();

    /// <summary>
    /// Takes back what <see cref="FlushAsync"/> wrote, after it was undone: the session holds the saves, or some of them, as before.
    /// </summary>
    /// <param name="keep">How many of the first saves are still held; the events of the others are pending, and not held.</param>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public abstract ValueTask RetractAsync(int keep);

    /// <summary>The number of saves that aren't committed.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public abstract int SaveCount { get; }

    /// <summary>
    /// Runs work, and retries it after a conflict; the work is told whether this is the last attempt. Before each retry it calls
    /// <see cref="TryForget"/> and <see cref="RollbackAsync"/>.
    /// </summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public abstract ValueTask<TResult> RepeatAsync<TResult>(Func<bool, ValueTask<TResult>> work, Func<bool> canRepeat, int maxAttempts, CancellationToken cancellationToken);

    /// <summary>Whether work that failed with this may succeed when it runs again from its beginning.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static bool IsConflict(Exception failure) => Conflicts.IsOne(failure);

    /// <summary>
    /// Drops the changes of participants before a rollback, when everything since the last commit is to be run again. False if that isn't
    /// possible.
    /// </summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public abstract bool TryForget();

    /// <summary>Whether it was disposed of.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public bool IsDisposed { get; private protected set; }

    /// <summary>Called before each use, so that an owner that commits for the session can check whether its transaction still exists.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public Action? Using { get; set; }
}

/// <inheritdoc/>
/// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
public sealed class StoreSession<TKey> : StoreSession, IHasTransaction, IWorkSource<TKey>
    where TKey : notnull
{
    private readonly Lock _sync = new();
    private TransactionManager<TKey>? _manager;
    private UnitOfWork<TKey>? _work;
    private bool? _autoFlush;
    private DbTransaction? _flushedInto;

    object? IHasTransaction.Transaction => _work?.Transaction;

    UnitOfWork<TKey> IWorkSource<TKey>.GetWork(TransactionManager<TKey> manager) => GetWork(manager);

    /// <summary>Creates a session that belongs to the first store that uses it.</summary>
    public StoreSession()
    {
    }

    internal StoreSession(TransactionManager<TKey> manager) => _manager = manager;

    /// <inheritdoc/>
    public override bool AutoFlush
    {
        get => _work?.AutoFlush ?? _autoFlush ?? _manager?.Options.AutoFlush ?? true;
        set
        {
            _autoFlush = value;
            if (_work is { } work)
            {
                work.AutoFlush = value;
            }
        }
    }

    /// <inheritdoc/>
    public override bool HasSaves => SaveCount > 0;

    /// <inheritdoc/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public override int SaveCount => _work?.SaveCount ?? 0;

    /// <inheritdoc/>
    public override IDisposable Use()
    {
        ThrowIfDisposed();
        return Manager.Use(this);
    }

    /// <summary>Saves an aggregate in this session.</summary>
    /// <param name="aggregate">The aggregate.</param>
    /// <param name="cancellationToken">Cancels the call. Nothing is saved then.</param>
    /// <returns>The events; their positions are null until the commit.</returns>
    /// <exception cref="ConcurrencyException">Another object of the same aggregate was saved in this session.</exception>
    public ValueTask<IReadOnlyList<RecordedEvent<TKey>>> SaveAsync(IAggregate<TKey> aggregate, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        return SaveAsync([aggregate], cancellationToken);
    }

    /// <summary>Saves aggregates in this session.</summary>
    /// <param name="aggregates">The aggregates.</param>
    /// <param name="cancellationToken">Cancels the call. Nothing is saved then.</param>
    /// <returns>The events; their positions are null until the commit.</returns>
    /// <exception cref="ConcurrencyException">Another object of the same aggregate was saved in this session.</exception>
    public ValueTask<IReadOnlyList<RecordedEvent<TKey>>> SaveAsync(IReadOnlyCollection<IAggregate<TKey>> aggregates, CancellationToken cancellationToken = default) =>
        GetWork(Manager).SaveAsync(aggregates, null, cancellationToken);

    /// <summary>Drops the held events of an aggregate, so that the rest can be committed. They are pending again.</summary>
    /// <param name="aggregate">The aggregate: events of other objects with its id are dropped, too.</param>
    /// <exception cref="TransactionException">Some of its events were written already.</exception>
    public void Discard(IAggregate<TKey> aggregate)
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        _work?.Discard(aggregate.Key);
    }

    /// <summary>Returns the current transaction, with a connection; begins it if there is none.</summary>
    /// <param name="cancellationToken">Cancels the call. The session then holds no connection.</param>
    /// <returns>The transaction. The session commits it: its own CommitAsync does nothing, and neither does disposing of it.</returns>
    /// <exception cref="TransactionException">Another transaction prevents it.</exception>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    public async ValueTask<StoreTransaction<TKey>> GetTransactionAsync(CancellationToken cancellationToken = default)
    {
        var work = GetWork(Manager);
        await Manager.ConnectAsync(work, System.Data.IsolationLevel.Unspecified, cancellationToken).ConfigureAwait(false);
        return new StoreTransaction<TKey>(work, null, () => work, mustCommit: false);
    }

    /// <inheritdoc/>
    public override async ValueTask<int> CommitAsync(CancellationToken cancellationToken = default) =>
        (await CommitWithEventsAsync(cancellationToken).ConfigureAwait(false)).Count;

    /// <summary>As <see cref="CommitAsync"/>, but returns the events with their positions.</summary>
    public async ValueTask<IReadOnlyList<RecordedEvent<TKey>>> CommitWithEventsAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        if (_work is not { } work)
        {
            return [];
        }

        var recordings = await work.CommitAsync(cancellationToken).ConfigureAwait(false);
        await EndAsync(work).ConfigureAwait(false);
        return recordings;
    }

    /// <inheritdoc/>
    public override async ValueTask RollbackAsync()
    {
        if (_work is { } work)
        {
            await EndAsync(work).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return RollbackAsync();
    }

    /// <inheritdoc/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public override async ValueTask FlushAsync(DbTransaction transaction, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        ThrowIfDisposed();
        if (_work is not { } work)
        {
            return;
        }
        // Another transaction than the last time, which has failed. Drivers reuse their objects, so this isn't always detected here.
        if (_flushedInto != transaction)
        {
            if (_flushedInto is not null)
            {
                await RetractAsync(int.MaxValue).ConfigureAwait(false);
            }

            if (!await work.ReplaceTransactionAsync(() => new(Manager.Join(transaction))).ConfigureAwait(false))
            {
                throw new TransactionException("The session has begun a transaction on its own connection, so it can't be written into another transaction.");
            }

            _flushedInto = transaction;
        }

        await work.FlushAsync(cancellationToken, isLast: true).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public override void Committed()
    {
        if (_work is not { } work)
        {
            return;
        }

        work.Complete();
        work.Transaction.Committed();
        (_work, _flushedInto) = (null, null);
        // Releases the external transaction: there is nothing to wait for.
        work.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public override async ValueTask RetractAsync(int keep)
    {
        if (_work is not { } work)
        {
            return;
        }

        if (keep == 0)
        {
            await EndAsync(work).ConfigureAwait(false);
        }
        else
        {
            await work.RetractAsync(keep, _flushedInto is null ? null : Manager.CreateDeferred()).ConfigureAwait(false);
        }

        _flushedInto = null;
    }

    /// <inheritdoc/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public override ValueTask<TResult> RepeatAsync<TResult>(Func<bool, ValueTask<TResult>> work, Func<bool> canRepeat, int maxAttempts, CancellationToken cancellationToken) =>
        Manager.Retry.RunAsync((isLast, _) => work(isLast), canRepeat, maxAttempts, cancellationToken);

    /// <inheritdoc/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public override bool TryForget() => _work?.TryForget() ?? true;

    /// <summary>Returns the current unit of work, or a new one.</summary>
    internal UnitOfWork<TKey> GetWork(TransactionManager<TKey> manager)
    {
        ThrowIfDisposed();
        Using?.Invoke();
        lock (_sync)
        {
            if ((_manager ??= manager) != manager)
            {
                throw new TransactionException("The session belongs to another store. Each store needs sessions of its own.");
            }

            return _work ??= manager.CreateWork(_autoFlush);
        }
    }

    private TransactionManager<TKey> Manager => _manager ?? throw new TransactionException("The session isn't used by a store yet. Create it with CreateSession of the application.");

    private void ThrowIfDisposed()
    {
        if (IsDisposed)
        {
            throw new TransactionException("The session has ended. Work that continues after it must not run in an async flow that was started inside it: start the flow outside, or with ExecutionContext.SuppressFlow().");
        }
    }

    private async ValueTask EndAsync(UnitOfWork<TKey> work)
    {
        (_work, _flushedInto) = (null, null);
        await work.DisposeAsync().ConfigureAwait(false);
    }
}
