using System.ComponentModel;
using System.Data.Common;
using EventSourcing.CompilerServices;
using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>
/// A transaction around saves, reads and statements of your own: all of it is committed together, or nothing. Begun by
/// <see cref="ApplicationRecorder{TKey}.BeginTransactionAsync"/>; dispose of it at the end. Used by one operation at a time.
/// </summary>
/// <remarks>
/// Until the commit, saves are held: the repository and the log of the store show them inside the transaction, and they are written in one
/// batch when it is committed. So other writers don't wait for the lock of the store, however long the transaction takes. On SQLite only one
/// connection can write, so other writers wait all the same, unless the transaction is one of events only.
/// </remarks>
/// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
public sealed class StoreTransaction<TKey> : IAsyncDisposable
    where TKey : notnull
{
    private readonly AmbientScope? _scope;
    private readonly Func<UnitOfWork<TKey>?> _ambient;
    private readonly bool _mustCommit;
    private bool _wasHandedOver;
    private bool _isCommitted;
    private bool _isDisposed;

    /// <param name="work">The unit of work behind it.</param>
    /// <param name="scope">The scope that ends with it; null if it has joined an outer transaction.</param>
    /// <param name="ambient">Returns the unit of work of the calling flow.</param>
    /// <param name="mustCommit">Whether an end without a commit undoes something.</param>
    internal StoreTransaction(UnitOfWork<TKey> work, AmbientScope? scope, Func<UnitOfWork<TKey>?> ambient, bool mustCommit)
    {
        (Work, _scope, _ambient, _mustCommit) = (work, scope, ambient, mustCommit);
        if (IsInner)
        {
            work.BeginInner();
        }
    }

    /// <summary>The open connection, for ADO.NET, Dapper and the like.</summary>
    /// <exception cref="TransactionException">There is none: in memory, and in transactions of events only.</exception>
    public DbConnection Connection => Transaction.Connection;

    /// <summary>The transaction on <see cref="Connection"/>. Don't commit it yourself: call <see cref="CommitAsync"/>.</summary>
    /// <exception cref="TransactionException">There is none: in memory, and in transactions of events only.</exception>
    public DbTransaction DbTransaction => Transaction.DbTransaction;

    /// <summary>
    /// Whether pending changes of Entity Framework contexts on this transaction are written before a read. The initial value is
    /// <see cref="EventStoreOptions.AutoFlush"/>. At the commit they are always written.
    /// </summary>
    public bool AutoFlush
    {
        get => Work.AutoFlush;
        set => Work.AutoFlush = value;
    }

    internal UnitOfWork<TKey> Work { get; }

    // A transaction that undoes something if it isn't committed.
    private bool IsInner => _scope is null && _mustCommit;

    private RecorderTransaction<TKey> Transaction
    {
        get
        {
            Work.ThrowIfUnusable();
            return Work.Transaction;
        }
    }

    /// <summary>Sets <see cref="AutoFlush"/> to false until the result is disposed of.</summary>
    public IDisposable NoAutoFlush() => new AutoFlushPause(() => Work.AutoFlush, value => Work.AutoFlush = value);

    /// <summary>Writes held saves at once. From here on, other writers of the store wait until the transaction has ended.</summary>
    /// <param name="cancellationToken">Cancels the call before the writing has begun; from then on it has no effect.</param>
    /// <returns>The events that were written, with their positions, which are final once the transaction is committed.</returns>
    /// <exception cref="ConcurrencyException">Another save of an aggregate came first. The transaction is unchanged.</exception>
    /// <exception cref="ProjectionException">An inline view can't process an event. The transaction is unchanged.</exception>
    /// <exception cref="TransactionException">The transaction has ended, has failed, or is one of events only.</exception>
    /// <exception cref="StoreException">The database refused or failed; a transient exception if another writer held the store too long.</exception>
    public ValueTask<IReadOnlyList<RecordedEvent<TKey>>> FlushAsync(CancellationToken cancellationToken = default) => Work.FlushAsync(cancellationToken);

    /// <summary>Writes held saves and commits. A transaction that has joined an outer one leaves the commit to the outer one.</summary>
    /// <param name="cancellationToken">Cancels the call before the writing has begun; from then on it has no effect.</param>
    /// <returns>The events that were saved, with their positions; none from an inner transaction.</returns>
    /// <exception cref="ConcurrencyException">
    /// Another save of an aggregate came first. Nothing is committed, and the transaction is unchanged: <see cref="Discard"/> the aggregate and
    /// commit again, or dispose of the transaction.
    /// </exception>
    /// <exception cref="ProjectionException">An inline view can't process an event. As after a conflict, nothing is committed, and the transaction is unchanged.</exception>
    /// <exception cref="TransactionException">
    /// The transaction has ended or failed, an inner one was not committed, or it isn't the transaction of this flow and no save was handed to it.
    /// </exception>
    /// <exception cref="InDoubtException">The connection was lost while the server committed.</exception>
    /// <exception cref="StoreException">The database refused or failed, and nothing is committed.</exception>
    public async ValueTask<IReadOnlyList<RecordedEvent<TKey>>> CommitAsync(CancellationToken cancellationToken = default)
    {
        Work.ThrowIfUnusable();
        if (!_wasHandedOver && _ambient() != Work)
        {
            throw new TransactionException(
                "The transaction isn't the current one of this async flow, so saves that don't specify it aren't part of it. It isn't committed. A transaction that an async method begins and returns doesn't become the current one of the caller: begin it in the caller, or pass it to each SaveAsync.");
        }

        if (_scope is not null)
        {
            return await Work.CommitAsync(cancellationToken).ConfigureAwait(false);
        }

        if (IsInner && !_isCommitted && !_isDisposed)
        {
            Work.EndInner();
        }

        _isCommitted = true;
        return [];
    }

    /// <summary>Drops the held events of an aggregate, so that the rest can be committed. They are pending again.</summary>
    /// <param name="aggregate">The aggregate: events of other objects with its id are dropped, too.</param>
    /// <exception cref="TransactionException">Some of its events were written by <see cref="FlushAsync"/>.</exception>
    public void Discard(IAggregate<TKey> aggregate)
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        Work.Discard(aggregate.Key);
    }

    /// <summary>Adds a participant with changes of its own, which is disposed of with the transaction.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public void Enlist(ITransactionParticipant participant) => Work.Enlist(participant);

    /// <summary>Finds the participant for which the condition holds; null if there is none.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public T? FindParticipant<T>(Func<T, bool> predicate)
        where T : class, ITransactionParticipant => Work.FindParticipant(predicate);

    /// <summary>
    /// Rolls back uncommitted work; saved events are pending again. After an inner transaction that was not committed, the outer one can only be
    /// rolled back.
    /// </summary>
    public ValueTask DisposeAsync()
    {
        // Not an async method: a value set in one doesn't reach the caller's flow.
        if (_isDisposed)
        {
            return default;
        }

        _isDisposed = true;
        if (_scope is not null)
        {
            _scope.Dispose();
            return Work.DisposeAsync();
        }

        if (!_isCommitted && IsInner)
        {
            Work.EndInner();
            Work.Doom(new TransactionException("An inner transaction was disposed of without being committed."));
        }

        return default;
    }

    /// <summary>Returns the same transaction for code that must not end it: its commit and its disposal do nothing.</summary>
    internal StoreTransaction<TKey> WithoutEnd() => new(Work, null, _ambient, mustCommit: false);

    /// <summary>Notes that saves were handed to it by name, so that it needn't be that of the flow.</summary>
    internal void WasHandedOver() => _wasHandedOver = true;
}
