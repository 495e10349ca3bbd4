using System.Globalization;
using EventSourcing.Recording;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace EventSourcing.Sqlite;

/// <summary>
/// A transaction that its user ends: the gate of the file, its own connection (in memory: the only one), and the transaction on it. It has no
/// reference to the session of the user, so that a forgotten one can be collected.
/// </summary>
internal sealed class OpenTransaction(SqliteDatabase database, int lockTimeout, bool isReadOnly, EventStoreOptions options)
{
    private readonly Lock _sync = new();
    private readonly List<SaveWork> _saves = [];
    private bool _hasTracked;
    private StoreConnection? _session;
    private StatementLog? _log;
    private SqliteTransaction? _transaction;
    private bool _holdsGate;
    private bool _isOpen;
    private bool _hasEnded;
    private ITimer? _timer;
    private TransactionException? _overdue;
    private volatile bool _isClosed;

    /// <summary>Called once, when nothing is held any more.</summary>
    public Action<OpenTransaction>? Ended { get; set; }

    public SqliteDatabase Database => database;

    /// <summary>Whether others have to wait for its end.</summary>
    public bool HoldsGate => _holdsGate;

    /// <summary>Whether the store was closed before its end.</summary>
    public bool IsClosed => _isClosed;

    public bool IsUsable
    {
        get
        {
            lock (_sync)
            {
                return _isOpen && _session!.IsInTransaction && _log!.Failure is null;
            }
        }
    }

    public StoreConnection Session => _isOpen ? _session!
        : _isClosed ? throw ClosedStore.Exception()
        : throw _overdue ?? new TransactionException("The transaction has ended.");

    public bool IsOn(SqliteConnection connection) => _session?.IsOn(connection) ?? false;

    public TransactionConnection Connection => Session.UserConnection;

    public SqliteTransaction Transaction
    {
        get
        {
            _ = Session;
            return _transaction!;
        }
    }

    /// <summary>Takes the gate and the connection, and begins; after an exception nothing is held.</summary>
    public async ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (!isReadOnly || database.Path is null)
            {
                await database.Gate.EnterAsync(lockTimeout, isTransaction: true, cancellationToken).ConfigureAwait(false);
                _holdsGate = true;
            }

            await LockWait.RunAsync(TryBegin, lockTimeout, cancellationToken).ConfigureAwait(false);
            lock (_sync)
            {
                ClosedStore.ThrowIf(_hasEnded);
                cancellationToken.ThrowIfCancellationRequested();
                _isOpen = true;
                StartTimer();
            }
        }
        catch
        {
            lock (_sync)
            {
                LetGo();
            }

            throw;
        }
    }

    /// <summary>Reads inside the transaction.</summary>
    public TResult Read<TResult>(Func<StoreConnection, TResult> read)
    {
        lock (_sync)
        {
            var session = Session;
            lock (session.Sync)
            {
                ThrowIfUnusable(session);
                try
                {
                    return read(session);
                }
                catch (StoreException exception)
                {
                    _log!.Fail(exception);
                    throw;
                }
            }
        }
    }

    /// <summary>Writes what a request has, all of it or nothing.</summary>
    /// <param name="tables">The tables besides that of the events.</param>
    /// <param name="request">The tracked positions and steps of projections to write.</param>
    /// <param name="save">The events; null for none.</param>
    /// <exception cref="ConcurrencyException">The transaction is unchanged.</exception>
    /// <exception cref="AlreadyTrackedException">The transaction is unchanged.</exception>
    /// <exception cref="ProjectionFencedException">The transaction is unchanged.</exception>
    public void Write<TKey>(OtherTables tables, AppendRequest<TKey> request, SaveWork? save)
        where TKey : notnull
    {
        lock (_sync)
        {
            var session = Session;
            lock (session.Sync)
            {
                ThrowIfUnusable(session);
                SavepointWrite.Run(session, tables, request, save, _log);
                _log!.NoteWrite();
                _hasTracked |= request.Trackings.Count + request.Projections.Count > 0 || request.Inline is not null;
                if (save is not null)
                {
                    _saves.Add(save);
                }
            }
        }
    }

    /// <summary>
    /// Throws if earlier writes were undone by a rollback to a savepoint, or by a ROLLBACK followed by another BEGIN. Not every text that does so
    /// is recognized, so the database is asked for a row of each save; each was written as a whole.
    /// </summary>
    /// <param name="undone">Creates the exception, after which the transaction can only be rolled back.</param>
    public void ThrowIfUndone(Func<TransactionException> undone) => Read(session =>
    {
        if (_saves.TrueForAll(save => save.IsFirstStored(session)))
        {
            return true;
        }

        var failure = undone();
        _log!.Fail(failure);
        throw failure;
    });

    /// <summary>Commits, and releases what others wait for.</summary>
    public void Commit()
    {
        lock (_sync)
        {
            var session = Session;
            StoreException failure;
            lock (session.Sync)
            {
                ThrowIfUnusable(session);
                session.ThrowIfReplaced();
                _log!.BeginCommit();
                var result = session.TryCommit();
                if (result == raw.SQLITE_OK)
                {
                    var replaced = isReadOnly ? null : session.FindReplaced(isAfterCommit: true);
                    EndCommitted();
                    if (replaced is not null)
                    {
                        throw InDoubt(replaced);
                    }

                    return;
                }

                if ((result & 0xFF) == raw.SQLITE_BUSY)
                {
                    // The write lock was held all the time.
                    _log.EndCommit();
                    throw SavepointWrite.StillRunning(session);
                }

                failure = SqliteErrors.ToException(result, session.Handle);
                if (!SqliteErrors.IsInDoubt(result))
                {
                    LetGo();
                    throw (result & 0xFF) == raw.SQLITE_CONSTRAINT
                        ? new StoreException("The commit violated a constraint, and the whole transaction was rolled back.", failure.InnerException)
                        : failure;
                }
            }

            Resolve(failure);
        }
    }

    /// <summary>Rolls back uncommitted work and releases everything. Throws nothing, and may be called again, by any thread.</summary>
    public void End()
    {
        lock (_sync)
        {
            _hasEnded = true;

            // A transaction that is just beginning checks this itself.
            if (_isOpen)
            {
                LetGo();
            }
        }
    }

    /// <summary>Ends it because the store is closed, which the owner of the transaction is told.</summary>
    public void Close()
    {
        lock (_sync)
        {
            _isClosed = _isOpen;
            End();
        }
    }

    /// <summary>Starts the timer of TransactionTimeout.</summary>
    private void StartTimer()
    {
        if (_holdsGate && options.TransactionTimeout != Timeout.InfiniteTimeSpan)
        {
            // Without the caller's execution context, which would keep a forgotten transaction from being collected.
            using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
            {
                _timer = options.TimeProvider.CreateTimer(
                    static transaction => ((OpenTransaction)transaction!).EndOverdue(), this, options.TransactionTimeout, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>
    /// Lets others continue. The connection stays open, because its user may be in the middle of a statement, which then fails; each further
    /// statement is refused.
    /// </summary>
    private void EndOverdue()
    {
        lock (_sync)
        {
            if (!_isOpen)
            {
                return;
            }

            _overdue = new TransactionException(string.Create(
                CultureInfo.InvariantCulture,
                $"The transaction was rolled back: it held the database for longer than EventStoreOptions.TransactionTimeout ({options.TransactionTimeout.TotalSeconds:0.###} s), and other writers have to wait for it. Do slow work, such as reading a request, before you begin the transaction."));
            if (database.Path is null)
            {
                // The next transaction is on the same connection.
                LetGo();
                return;
            }

            _log!.Refusal = _overdue;
            _session!.Rollback();
            ExitGate();
        }
    }

    private bool TryBegin()
    {
        lock (_sync)
        {
            ClosedStore.ThrowIf(_hasEnded);
            _session ??= database.OpenForTransaction();
            lock (_session.Sync)
            {
                if (isReadOnly)
                {
                    _session.Pragma("query_only=1");
                }

                var result = isReadOnly ? BeginReading(_session) : _session.TryBegin();
                if (LockWait.IsBusy(result))
                {
                    return false;
                }

                SqliteErrors.Check(result, _session.Handle);
                _session.ThrowIfReplaced();
                var connection = _session.UserConnection;
                _log = connection.Log = new StatementLog(_session.Handle);
                _transaction = connection.Adopt(deferred: isReadOnly);
                return true;
            }
        }
    }

    /// <summary>Begins a transaction whose reads are all as of this moment.</summary>
    private static int BeginReading(StoreConnection session)
    {
        var result = session.TryRun("BEGIN");
        if (result == raw.SQLITE_OK)
        {
            result = session.TryRun("SELECT 1 FROM sqlite_schema LIMIT 1");
            if (result != raw.SQLITE_OK)
            {
                session.Rollback();
            }
        }

        return result;
    }

    private void ThrowIfUnusable(StoreConnection session)
    {
        if (_overdue is not null)
        {
            throw _overdue;
        }

        if (!session.IsInTransaction)
        {
            throw new TransactionException("The transaction was rolled back or committed, by SQLite itself or by a statement.", _log!.Failure);
        }

        if (_log!.Failure is { } failure)
        {
            throw new TransactionException("A SQL statement in the transaction has failed.", failure);
        }
    }

    private void EndCommitted()
    {
        // The gate is left before the connection is closed, because closing takes longer.
        Leave();
        LetGo();
        NoteCommit();
    }

    private void NoteCommit()
    {
        database.NoteCommit();
        if (_hasTracked)
        {
            database.Tracked.Set();
        }
    }

    /// <summary>Handles a commit that may have reached the disk: a new connection finds the outcome, and makes it durable.</summary>
    private void Resolve(StoreException failure)
    {
        var isStored = (bool?)null;
        try
        {
            LetGo(keepsGate: true);
            var session = database.OpenForTransaction();
            try
            {
                session.SetBusyTimeout(lockTimeout);
                isStored = LostCommit.Resolve(session, _saves);
            }
            finally
            {
                session.Close();
            }
        }
        catch (StoreException)
        {
            // The outcome stays unknown.
        }
        finally
        {
            Leave();
        }

        NoteCommit();
        if (isStored is not true)
        {
            throw isStored is false
                ? new TransientStoreException("The file system failed at the commit. Nothing of the transaction was written.", failure)
                : InDoubt(failure);
        }
    }

    private InDoubtException InDoubt(StoreException failure) => new(_saves.Count > 0 ? _saves[^1].AppendId : Guid.Empty, failure);

    private void LetGo(bool keepsGate = false)
    {
        _timer?.Dispose();
        _isOpen = false;
        if (_session is { } session)
        {
            _session = null;
            lock (session.Sync)
            {
                _log?.End();
                session.Rollback();
                if (session.UserConnection is { } connection)
                {
                    connection.Log = null;
                    if (_transaction is not null)
                    {
                        connection.Complete(_transaction);
                    }
                }

                if (isReadOnly && database.Path is null)
                {
                    session.Pragma("query_only=0");
                }

                session.Close();
            }
        }

        if (!keepsGate)
        {
            Leave();
        }
    }

    private void ExitGate()
    {
        if (_holdsGate)
        {
            _holdsGate = false;
            database.Gate.Exit();
        }
    }

    private void Leave()
    {
        ExitGate();
        if (!_isOpen)
        {
            (var ended, Ended) = (Ended, null);
            ended?.Invoke(this);
        }
    }
}
