#pragma warning disable RS0026 // The overloads differ in their first parameter, so that none can become ambiguous.

using System.ComponentModel;
using System.Data;
using System.Data.Common;
using EventSourcing.CompilerServices;

namespace EventSourcing;

/// <summary>
/// The recorder of an application: that of its provider, with transactions around it. What is called inside a transaction of this
/// store, in the same async flow, takes part in it. Thread safe.
/// </summary>
/// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
public sealed class ApplicationRecorder<TKey> : IApplicationRecorder<TKey>
    where TKey : notnull
{
    private readonly EventStore<TKey> _store;
    private readonly Func<object?>? _scopedSession;

    internal ApplicationRecorder(EventStore<TKey> store, IApplicationRecorder<TKey> provider, EventStoreOptions options, Func<object?>? scopedSession) =>
        (_store, Provider, Options, _scopedSession, Queue) = (store, provider, options, scopedSession, new SaveQueue(options.MaxQueuedBytes, options.WaitWhenQueueIsFull));

    /// <summary>The recorder of the provider, which knows nothing of the transactions of a flow.</summary>
    public IApplicationRecorder<TKey> Provider { get; }

    /// <summary>
    /// When the opening created the events table: the events tables that the database had already. A table is named after the class of the
    /// application, unless <c>TablePrefix</c> says another name. So one of them may be that of the application before its class was
    /// renamed. Otherwise none.
    /// </summary>
    public IReadOnlyList<string> OtherTables => Provider.OtherTables;

    internal EventStoreOptions Options { get; }

    /// <summary>The saves outside of transactions that are under way.</summary>
    internal SaveQueue Queue { get; }

    /// <summary>Runs something in a transaction: committed when it returns, rolled back when it throws.</summary>
    /// <param name="work">Everything that belongs together. Saves and reads of the store inside take part.</param>
    /// <param name="eventsOnly">As for <see cref="BeginTransactionAsync"/>.</param>
    /// <param name="isolationLevel">As for <see cref="BeginTransactionAsync"/>.</param>
    /// <param name="maxAttempts">
    /// How often the work may run: after a <see cref="ConcurrencyException"/>, a serialization failure (40001) or a deadlock (40P01) it is
    /// rolled back and run again from its beginning, in a new transaction. So it loads inside what it changes, and makes its Entity Framework
    /// contexts inside or hands over ones that track nothing yet; with others it isn't repeated. Inside another transaction, the outer one's
    /// maximum counts.
    /// </param>
    /// <param name="cancellationToken">Gives up, at the begin and before the commit has begun.</param>
    /// <returns>The events that were saved, with their positions.</returns>
    /// <inheritdoc cref="StoreTransaction{TKey}.CommitAsync" path="/exception"/>
    public ValueTask<IReadOnlyList<Recording<TKey>>> InTransactionAsync(
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

    /// <summary>Begins a transaction, which from here on is that of the calling async flow; or joins the one that it has.</summary>
    /// <param name="commit">
    /// False for only reading, all of it as of one moment; then it can't be committed, and a committing one can't be begun inside.
    /// </param>
    /// <param name="eventsOnly">
    /// True for saves alone: it holds neither connection nor lock before the commit, and so makes no other writer wait.
    /// </param>
    /// <param name="isolationLevel">What the database is asked for; unspecified for its usual one. SQLite's are all serializable.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The transaction, to be disposed of: <c>await using var transaction = await school.Recorder.BeginTransactionAsync();</c></returns>
    /// <exception cref="TransactionException">
    /// A committing one inside one that isn't; a transaction of another store holds the same SQLite file; a System.Transactions
    /// transaction is current; or the application has a scoped session, but its adapter has none here. One that it has is joined.
    /// </exception>
    /// <exception cref="StoreException">The database refused or failed; a transient one when another writer holds a SQLite file too long.</exception>
    public ValueTask<StoreTransaction<TKey>> BeginTransactionAsync(
        bool commit = true, bool eventsOnly = false, IsolationLevel isolationLevel = IsolationLevel.Unspecified,
        CancellationToken cancellationToken = default)
    {
        // Not an async method: what is set in one doesn't reach the caller's flow.
        ThrowIfSystemTransaction();
        if (Current is { } outer)
        {
            return JoinAsync(outer, commit, eventsOnly, isolationLevel, cancellationToken);
        }

        return BeginAsync(new AmbientScope(this).Enter(), commit, eventsOnly, isolationLevel, cancellationToken);
    }

    /// <summary>Makes a transaction that you began, and will end, the one of this async flow.</summary>
    /// <param name="transaction">Of the store's database: raw, or what Dapper or Entity Framework use.</param>
    /// <returns>Ends that; the transaction itself goes on.</returns>
    /// <remarks>
    /// Saves are written into it at once, without retries, and count as saved; after a rollback, load the aggregates anew. From the
    /// first save to the end of the transaction other writers of the store wait, until their timeouts. Subscriptions see the events
    /// when it is committed.
    /// </remarks>
    /// <exception cref="TransactionException">It is another provider's, on another database, or has ended.</exception>
    public IDisposable Use(DbTransaction transaction)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        return new AmbientScope(this) { Work = CreateWork(transaction) }.Enter();
    }

    /// <summary>Makes a session, for an owner who commits and removes.</summary>
    public StoreSession<TKey> CreateSession() => new(_store);

    /// <inheritdoc/>
    public ValueTask OpenAsync(CancellationToken cancellationToken = default) => Provider.OpenAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<long>> InsertEventsAsync(
        IReadOnlyList<StoredEvent<TKey>> events, bool contiguous = false, CancellationToken cancellationToken = default)
    {
        ThrowIfSystemTransaction();
        return CurrentForSaving is { } work
            ? work.InsertAsync(events, contiguous, cancellationToken)
            : InsertDirectlyAsync(events, contiguous, cancellationToken);
    }

    private async ValueTask<IReadOnlyList<long>> InsertDirectlyAsync(IReadOnlyList<StoredEvent<TKey>> events, bool contiguous, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(events);
        var bytes = SaveQueue.SizeOf(events);
        if (!Queue.TryEnter(bytes))
        {
            await Queue.WaitAsync(bytes, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            return await Provider.InsertEventsAsync(events, contiguous, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Queue.Leave(bytes);
        }
    }

    /// <inheritdoc/>
    public ValueTask ReadEventsAsync(
        TKey originatorId, EventSink<TKey> sink, long? after = null, long? upTo = null, bool descending = false, int? limit = null,
        CancellationToken cancellationToken = default) =>
        Current is { } work
            ? work.ReadEventsAsync(originatorId, sink, after, upTo, descending, limit, cancellationToken)
            : Provider.ReadEventsAsync(originatorId, sink, after, upTo, descending, limit, cancellationToken);

    /// <inheritdoc/>
    public ValueTask ReadNotificationsAsync(
        EventSink<TKey> sink, int limit, long? start = null, long? stop = null, IReadOnlyCollection<string>? topics = null,
        bool inclusiveOfStart = true, CancellationToken cancellationToken = default) =>
        Current is { } work
            ? work.ReadNotificationsAsync(sink, limit, start, stop, topics, inclusiveOfStart, cancellationToken)
            : Provider.ReadNotificationsAsync(sink, limit, start, stop, topics, inclusiveOfStart, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long?> GetMaxPositionAsync(CancellationToken cancellationToken = default) =>
        Current is { } work ? work.GetMaxPositionAsync(cancellationToken) : Provider.GetMaxPositionAsync(cancellationToken);

    /// <inheritdoc/>
    public AppendWatch Watch() => Provider.Watch();

    /// <inheritdoc/>
    public ValueTask EnsureSchemaAsync(CancellationToken cancellationToken = default) => Provider.EnsureSchemaAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> VerifySchemaAsync(CancellationToken cancellationToken = default) => Provider.VerifySchemaAsync(cancellationToken);

    /// <inheritdoc/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public ValueTask<TransactionSession<TKey>> BeginSessionAsync(bool readOnly, IsolationLevel isolationLevel, CancellationToken cancellationToken) =>
        Provider.BeginSessionAsync(readOnly, isolationLevel, cancellationToken);

    /// <inheritdoc/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public TransactionSession<TKey> UseSession(DbTransaction transaction) => Provider.UseSession(transaction);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Provider.DisposeAsync();

    /// <summary>The unit of work of this flow; null for none.</summary>
    /// <exception cref="TransactionException">The flow's transaction has ended, or isn't begun yet.</exception>
    internal UnitOfWork<TKey>? Current
    {
        get
        {
            if (AmbientScope.Find(this) is { } scope)
            {
                var work = scope.Work switch
                {
                    UnitOfWork<TKey> ofTransaction => ofTransaction,
                    StoreSession<TKey> session => session.GetWork(_store),
                    _ => throw new TransactionException("The transaction isn't begun yet: await BeginTransactionAsync first."),
                };
                work.ThrowIfUnusable();
                return work;
            }

            return _scopedSession?.Invoke() switch
            {
                null => null,
                StoreSession<TKey> session => session.GetWork(_store),
                DbTransaction transaction => CreateWork(transaction),
                var other => throw new TransactionException($"The adapter of the scoped session gave a {other.GetType().Name}."),
            };
        }
    }

    /// <summary>As <see cref="Current"/>; where the application has a scoped session, there must be one.</summary>
    internal UnitOfWork<TKey>? CurrentForSaving
    {
        get
        {
            var current = Current;
            return current is not null || _scopedSession is null ? current : throw new TransactionException(
                "The application has a scoped session, but its adapter has none here. Begin one before saving; the library never commits by itself then.");
        }
    }

    /// <summary>A System.Transactions transaction can't hold a save: the writer that commits it is another thread, with other connections.</summary>
    internal static void ThrowIfSystemTransaction()
    {
        if (System.Transactions.Transaction.Current is not null)
        {
            throw new TransactionException(
                "A TransactionScope (System.Transactions) can't contain saves. Use BeginTransactionAsync of the recorder, or hand over an ADO.NET transaction; to save apart from it, use TransactionScopeOption.Suppress.");
        }
    }

    /// <summary>A unit of work without a connection yet.</summary>
    internal UnitOfWork<TKey> CreateWork(bool? autoFlush) => new(CreateDeferred(), WorkKind.Writing, autoFlush ?? Options.AutoFlush, _store);

    /// <summary>A unit of work in a transaction of the user's own.</summary>
    internal UnitOfWork<TKey> CreateWork(DbTransaction transaction) => new(Provider.UseSession(transaction), WorkKind.Foreign, Options.AutoFlush, _store);

    /// <summary>Gives a unit of work a connection, unless it has one.</summary>
    internal async ValueTask ConnectAsync(UnitOfWork<TKey> work, IsolationLevel isolationLevel, CancellationToken cancellationToken)
    {
        if (await work.ReplaceSessionAsync(() => Provider.BeginSessionAsync(readOnly: false, isolationLevel, cancellationToken)).ConfigureAwait(false))
        {
            work.IsolationLevel = isolationLevel;
        }
    }

    /// <summary>A session without a connection.</summary>
    internal DeferredSession<TKey> CreateDeferred() => new(
        Provider, "The transaction has no connection, as it is one of events only; and it can't write before the commit.");

    private ValueTask<TResult> RunAsync<TResult>(
        Func<StoreTransaction<TKey>, ValueTask<TResult>> work, bool eventsOnly, IsolationLevel isolationLevel, int maxAttempts, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxAttempts, 1);
        var canRepeat = false;
        return _store.RepeatAsync(async (isLast, token) =>
        {
            var transaction = await BeginTransactionAsync(true, eventsOnly, isolationLevel, token).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                try
                {
                    return await work(transaction).ConfigureAwait(false);
                }
                catch (Exception failure) when (!isLast && Conflicts.IsOne(failure))
                {
                    canRepeat = transaction.Work.TryForget();
                    throw;
                }
            }
        }, () => canRepeat, Current is null ? maxAttempts : 1, cancellationToken);
    }

    private async ValueTask<StoreTransaction<TKey>> BeginAsync(
        AmbientScope scope, bool commit, bool eventsOnly, IsolationLevel isolationLevel, CancellationToken cancellationToken)
    {
        try
        {
            if (_scopedSession is not null)
            {
                throw new TransactionException("The application has a scoped session: its owner begins and commits.");
            }

            await Provider.OpenAsync(cancellationToken).ConfigureAwait(false);
            var session = eventsOnly ? CreateDeferred() : await Provider.BeginSessionAsync(!commit, isolationLevel, cancellationToken).ConfigureAwait(false);
            var work = new UnitOfWork<TKey>(session, commit ? WorkKind.Writing : WorkKind.Reading, Options.AutoFlush, _store) { IsolationLevel = isolationLevel };
            scope.Work = work;
            return new StoreTransaction<TKey>(work, scope, () => Current, commit);
        }
        catch
        {
            scope.HasFailed = true;
            throw;
        }
    }

    private async ValueTask<StoreTransaction<TKey>> JoinAsync(
        UnitOfWork<TKey> outer, bool commit, bool eventsOnly, IsolationLevel isolationLevel, CancellationToken cancellationToken)
    {
        if (commit && outer.Kind == WorkKind.Reading)
        {
            throw new TransactionException("A transaction with commit: false is under way; one that commits can't be begun inside it.");
        }

        if (!eventsOnly && commit && AmbientScope.Find(this)?.Work is StoreSession<TKey>)
        {
            await ConnectAsync(outer, isolationLevel, cancellationToken).ConfigureAwait(false);
        }

        if (isolationLevel != IsolationLevel.Unspecified && isolationLevel != outer.IsolationLevel)
        {
            throw new TransactionException($"A transaction is under way that was begun with the isolation level {outer.IsolationLevel}; one with {isolationLevel} can't be begun inside it. Name the level where the outer one is begun.");
        }

        return new StoreTransaction<TKey>(outer, null, () => Current, commit);
    }
}
