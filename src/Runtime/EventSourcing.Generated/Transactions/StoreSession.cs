#pragma warning disable RS0026 // The overloads differ in their first parameter, so that none can become ambiguous.

using System.ComponentModel;
using System.Data.Common;
using EventSourcing.CompilerServices;

namespace EventSourcing;

/// <summary>
/// Work that its owner commits when it likes, as often as it likes, and removes at the end: what a web request does, for instance.
/// It begins a transaction when it is first used, and the next after each commit or rollback. Used by one operation at a time.
/// </summary>
/// <remarks>
/// What is saved in a session is seen by repository and log inside it, and lost without a commit. It holds neither a
/// connection nor a lock until one is asked for by <see cref="StoreSession{TKey}.GetTransactionAsync"/> or a transaction is begun inside it.
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

    /// <summary>Makes it the session of this async flow, in which the store's saves and reads then take part.</summary>
    /// <returns>Ends that; the session itself goes on.</returns>
    public abstract IDisposable Use();

    /// <summary>Writes what was saved since the last commit and commits. Without anything to commit, nothing happens.</summary>
    /// <param name="cancellationToken">Gives up, as long as the writing hasn't begun.</param>
    /// <returns>How many events were committed.</returns>
    /// <inheritdoc cref="StoreTransaction{TKey}.CommitAsync" path="/exception"/>
    public abstract ValueTask<int> CommitAsync(CancellationToken cancellationToken = default);

    /// <summary>Undoes everything since the last commit; saved events are pending again.</summary>
    public abstract ValueTask RollbackAsync();

    /// <summary>Rolls back and ends the session.</summary>
    public abstract ValueTask DisposeAsync();

    /// <summary>
    /// Writes what is held into a transaction of another owner, which then calls <see cref="Committed"/>, <see cref="RollbackAsync"/>
    /// or <see cref="RetractAsync"/>.
    /// </summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public abstract ValueTask FlushAsync(DbTransaction transaction, CancellationToken cancellationToken);

    /// <summary>Ends what <see cref="FlushAsync"/> began, after the real commit.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public abstract void Committed();

    /// <summary>What <see cref="FlushAsync"/> wrote was undone: the session holds it as before, or some of it.</summary>
    /// <param name="keep">How many of the first saves are still held; the events of the others are pending, and not held.</param>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public abstract ValueTask RetractAsync(int keep);

    /// <summary>How many saves aren't committed.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public abstract int SaveCount { get; }

    /// <summary>
    /// Runs work again while it ends in a conflict; it is told whether this is the last attempt. After a conflict before that it calls <see cref="TryForget"/> and <see cref="RollbackAsync"/>.
    /// </summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public abstract ValueTask<TResult> RepeatAsync<TResult>(Func<bool, ValueTask<TResult>> work, Func<bool> canRepeat, int maxAttempts, CancellationToken cancellationToken);

    /// <summary>Whether work that failed with this may succeed when it is run again from its beginning.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static bool IsConflict(Exception failure) => Conflicts.IsOne(failure);

    /// <summary>To be called before a rollback, when everything since the last commit is to be run again. False when that can't be done.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public abstract bool TryForget();

    /// <summary>Whether it was disposed of.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public bool IsDisposed { get; private protected set; }

    /// <summary>Called before each use, so that the owner that commits for the session can check whether its transaction is still there.</summary>
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

    /// <summary>Makes a session that belongs to the store that uses it first.</summary>
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
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The events; their positions are null until the commit.</returns>
    /// <exception cref="ConcurrencyException">Another object of the same aggregate was saved in this session.</exception>
    public ValueTask<IReadOnlyList<RecordedEvent<TKey>>> SaveAsync(IAggregate<TKey> aggregate, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        return SaveAsync([aggregate], cancellationToken);
    }

    /// <summary>Saves aggregates in this session.</summary>
    /// <param name="aggregates">The aggregates.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The events; their positions are null until the commit.</returns>
    /// <exception cref="ConcurrencyException">Another object of the same aggregate was saved in this session.</exception>
    public ValueTask<IReadOnlyList<RecordedEvent<TKey>>> SaveAsync(IReadOnlyCollection<IAggregate<TKey>> aggregates, CancellationToken cancellationToken = default) =>
        GetWork(Manager).SaveAsync(aggregates, null, cancellationToken);

    /// <summary>Drops what is held of an aggregate, so that the rest can be committed. Its events are pending again.</summary>
    /// <param name="aggregate">The aggregate: events of other objects with its id are dropped, too.</param>
    /// <exception cref="TransactionException">Some of its events were written already.</exception>
    public void Discard(IAggregate<TKey> aggregate)
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        _work?.Discard(aggregate.Key);
    }

    /// <summary>The transaction that is under way, with a connection: begun now, if there is none.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>It is the session that commits it: its own CommitAsync does nothing, and neither does disposing of it.</returns>
    /// <exception cref="TransactionException">Another transaction is in the way.</exception>
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

    /// <summary>As <see cref="CommitAsync"/>, with the events and their positions.</summary>
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
        // Another transaction than the last time, which has failed. As drivers use their objects again, this isn't always seen here.
        if (_flushedInto != transaction)
        {
            if (_flushedInto is not null)
            {
                await RetractAsync(int.MaxValue).ConfigureAwait(false);
            }

            if (!await work.ReplaceTransactionAsync(() => new(Manager.Join(transaction))).ConfigureAwait(false))
            {
                throw new TransactionException("The session has begun a transaction with a connection of its own, and so can't be written into another one.");
            }

            _flushedInto = transaction;
        }

        await work.FlushAsync(cancellationToken).ConfigureAwait(false);
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
        // Lets go of the other owner's transaction: there is nothing to wait for.
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

    /// <summary>The unit of work that is under way, or a new one.</summary>
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

    private TransactionManager<TKey> Manager => _manager ?? throw new TransactionException("The session isn't used by a store yet. Make it by CreateSession of the application.");

    private void ThrowIfDisposed()
    {
        if (IsDisposed)
        {
            throw new TransactionException("The session has ended. What is done after it must not run in a flow that was begun inside it: begin it outside, or with ExecutionContext.SuppressFlow().");
        }
    }

    private async ValueTask EndAsync(UnitOfWork<TKey> work)
    {
        (_work, _flushedInto) = (null, null);
        await work.DisposeAsync().ConfigureAwait(false);
    }
}
