using System.Data;
using System.Data.Common;
using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>Gives a unit of work on request: a session, whose unit of work begins with its first use.</summary>
internal interface IWorkSource<TKey>
    where TKey : notnull
{
    /// <summary>Returns the current unit of work, or a new one.</summary>
    /// <exception cref="TransactionException">The session has ended, or belongs to another store.</exception>
    UnitOfWork<TKey> GetWork(TransactionManager<TKey> manager);
}

/// <summary>Begins the units of work of one store and finds the one of an async flow. Thread safe.</summary>
/// <param name="store">The store.</param>
/// <param name="scopedSession">Returns the current session, if the application has a scoped one.</param>
internal sealed class TransactionManager<TKey>(StoreContext<TKey> store, Func<object?>? scopedSession)
    where TKey : notnull
{
    public EventStoreOptions Options => store.Options;

    /// <summary>Retries work of this store after conflicts.</summary>
    public ConflictRetry<TKey> Retry { get; } = new(store.Options);

    /// <summary>
    /// Refuses a System.Transactions transaction. It can't contain a save: the writer that commits it is another thread, with other
    /// connections.
    /// </summary>
    public static void ThrowIfSystemTransaction()
    {
        if (System.Transactions.Transaction.Current is not null)
        {
            throw new TransactionException(
                "A TransactionScope (System.Transactions) can't contain saves. Use BeginTransactionAsync of the recorder, or pass an ADO.NET transaction. To save outside the scope, use TransactionScopeOption.Suppress.");
        }
    }

    /// <summary>Finds the unit of work of this flow; null for none. That of a session begins if needed.</summary>
    /// <exception cref="TransactionException">The flow's transaction has ended, or isn't begun yet.</exception>
    public UnitOfWork<TKey>? FindWork()
    {
        if (AmbientScope.Find(this) is { } scope)
        {
            var work = scope.Work switch
            {
                UnitOfWork<TKey> ofTransaction => ofTransaction,
                IWorkSource<TKey> session => session.GetWork(this),
                _ => throw new TransactionException("The transaction hasn't begun yet: await BeginTransactionAsync first."),
            };
            work.ThrowIfUnusable();
            return work;
        }

        return scopedSession?.Invoke() switch
        {
            null => null,
            IWorkSource<TKey> session => session.GetWork(this),
            DbTransaction transaction => CreateWork(transaction),
            var other => throw new TransactionException($"The adapter of the scoped session returned a {other.GetType().Name}, which the store doesn't support."),
        };
    }

    /// <summary>As <see cref="FindWork"/>; if the application has a scoped session, there must be one.</summary>
    public UnitOfWork<TKey>? FindWorkForSaving() => FindWork() is { } work ? work : scopedSession is null ? null : throw new TransactionException(
        "The application uses scoped sessions, but its adapter has no session here. Begin a session before saving; with scoped sessions, the library never commits by itself.");

    /// <inheritdoc cref="ApplicationRecorder{TKey}.BeginTransactionAsync"/>
    public ValueTask<StoreTransaction<TKey>> BeginAsync(
        bool readOnly, bool eventsOnly, IsolationLevel isolationLevel, CancellationToken cancellationToken)
    {
        // Not an async method: a value set in one doesn't reach the caller's flow.
        ThrowIfSystemTransaction();
        return FindWork() is { } outer
            ? JoinAsync(outer, readOnly, eventsOnly, isolationLevel, cancellationToken)
            : scopedSession is null
                ? BeginAsync(new AmbientScope(this).Enter(), readOnly, eventsOnly, isolationLevel, cancellationToken)
                : throw new TransactionException("The application uses a scoped session: the owner of the session begins and commits its transaction.");
    }

    /// <summary>Makes an external transaction the one of this flow, until the result is disposed of.</summary>
    public IDisposable Use(DbTransaction transaction) => new AmbientScope(this) { Work = CreateWork(transaction) }.Enter();

    /// <summary>Makes a session the one of this flow, until the result is disposed of.</summary>
    public IDisposable Use(IWorkSource<TKey> session) => new AmbientScope(this) { Work = session }.Enter();

    /// <summary>Creates a unit of work without a connection.</summary>
    public UnitOfWork<TKey> CreateWork(bool? autoFlush) => new(store, CreateDeferred(), WorkKind.Writing, autoFlush ?? Options.AutoFlush);

    /// <summary>Creates a unit of work in an external transaction.</summary>
    public UnitOfWork<TKey> CreateWork(DbTransaction transaction) => new(store, Join(transaction), WorkKind.External, Options.AutoFlush);

    /// <summary>Joins an external transaction.</summary>
    public RecorderTransaction<TKey> Join(DbTransaction transaction) => store.Provider.Join(transaction);

    /// <summary>Creates a transaction without a connection.</summary>
    public DeferredTransaction<TKey> CreateDeferred() => new(
        store.Provider, "The transaction has no connection, because it contains only events, and it can't write before the commit.");

    /// <summary>Gives a unit of work a connection, unless it has one.</summary>
    public async ValueTask ConnectAsync(UnitOfWork<TKey> work, IsolationLevel isolationLevel, CancellationToken cancellationToken)
    {
        if (await work.ReplaceTransactionAsync(() => store.Provider.BeginAsync(readOnly: false, isolationLevel, cancellationToken)).ConfigureAwait(false))
        {
            work.IsolationLevel = isolationLevel;
        }
    }

    /// <summary>Begins a transaction for handlers of a projection, also where the application has a scoped session. The flow has none.</summary>
    public ValueTask<StoreTransaction<TKey>> BeginForProjectionAsync(CancellationToken cancellationToken) =>
        BeginAsync(new AmbientScope(this).Enter(), readOnly: false, eventsOnly: false, IsolationLevel.Unspecified, cancellationToken);

    private async ValueTask<StoreTransaction<TKey>> BeginAsync(
        AmbientScope scope, bool readOnly, bool eventsOnly, IsolationLevel isolationLevel, CancellationToken cancellationToken)
    {
        try
        {
            await store.Provider.OpenAsync(cancellationToken).ConfigureAwait(false);
            var session = eventsOnly ? CreateDeferred() : await store.Provider.BeginAsync(readOnly, isolationLevel, cancellationToken).ConfigureAwait(false);
            var work = new UnitOfWork<TKey>(store, session, readOnly ? WorkKind.Reading : WorkKind.Writing, Options.AutoFlush) { IsolationLevel = isolationLevel };
            scope.Work = work;
            return new StoreTransaction<TKey>(work, scope, FindWork, mustCommit: !readOnly);
        }
        catch
        {
            scope.HasFailed = true;
            throw;
        }
    }

    private async ValueTask<StoreTransaction<TKey>> JoinAsync(
        UnitOfWork<TKey> outer, bool readOnly, bool eventsOnly, IsolationLevel isolationLevel, CancellationToken cancellationToken)
    {
        if (!readOnly && outer.Kind == WorkKind.Reading)
        {
            throw new TransactionException("A read-only transaction is active; a transaction that commits can't be begun inside it.");
        }

        if (!eventsOnly && !readOnly && AmbientScope.Find(this)?.Work is IWorkSource<TKey>)
        {
            await ConnectAsync(outer, isolationLevel, cancellationToken).ConfigureAwait(false);
        }

        if (isolationLevel != IsolationLevel.Unspecified && isolationLevel != outer.IsolationLevel)
        {
            throw new TransactionException($"The active transaction was begun with the isolation level {outer.IsolationLevel}; a transaction with {isolationLevel} can't be begun inside it. Specify the level for the outer transaction.");
        }

        return new StoreTransaction<TKey>(outer, null, FindWork, mustCommit: !readOnly);
    }
}
