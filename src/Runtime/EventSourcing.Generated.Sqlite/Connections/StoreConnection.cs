using EventSourcing.Recording;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace EventSourcing.Sqlite;

/// <summary>
/// A connection with its prepared statements, used under <see cref="Sync"/>. All sessions of a database in memory share one connection and that
/// lock; for a file, each session has its own.
/// </summary>
internal sealed class StoreConnection
{
    private const long LargestJournal = 64 << 20;
    private const int DbConfigDefensive = 1010;
    private const int DbConfigStablePlans = 1007;
    private const int DbConfigNoCheckpointOnClose = 1006;
    private const int Enabled = 1;
    private const int PauseBeforeSwitch = 10; // milliseconds

    private readonly SqliteConnection? _connection;
    private readonly bool _ownsConnection;
    private StoreFile? _file;
    private ConnectionFiles? _files;
    private bool _isWriter;
    private bool _isReader;
    private readonly Dictionary<SqliteEventsSql, EventsStatements> _statements = new(ReferenceEqualityComparer.Instance);
    private readonly List<SqliteStatement> _prepared = [];
    private readonly Dictionary<string, SqliteStatement> _bySql = new(StringComparer.Ordinal);
    private SqliteEventsSql? _lastSql;
    private EventsStatements? _lastStatements;
    private int? _busyTimeout;
    private bool? _isFullySynchronous;

    private StoreConnection(SqliteConnection? connection, bool ownsConnection, sqlite3 handle, Lock sync)
    {
        _connection = connection;
        _ownsConnection = ownsConnection;
        Handle = handle;
        Sync = sync;
    }

    /// <summary>For tests: simulates a disk that fails at a commit. Receives the commit, returns SQLite's result.</summary>
    public Func<Func<int>, int>? CommitFault { get; set; }

    public sqlite3 Handle { get; }

    public Lock Sync { get; }

    /// <summary>The connection as a user of a transaction sees it. It exists for transactions, and in memory.</summary>
    public TransactionConnection UserConnection => (TransactionConnection)_connection!;

    /// <summary>The log of a user's statements; null if the user has no transaction of the library.</summary>
    public StatementLog? Log => (_connection as TransactionConnection)?.Log;

    public SqliteStatement Savepoint => field ??= Prepare("SAVEPOINT save");

    public SqliteStatement RollbackToSavepoint => field ??= Prepare("ROLLBACK TO save");

    public SqliteStatement ReleaseSavepoint => field ??= Prepare("RELEASE save");

    private SqliteStatement BeginStatement => field ??= Prepare("BEGIN IMMEDIATE");

    private SqliteStatement CommitStatement => field ??= Prepare("COMMIT");

    private SqliteStatement RollbackStatement => field ??= Prepare("ROLLBACK");

    public bool IsInTransaction => raw.sqlite3_get_autocommit(Handle) == 0;

    /// <summary>The number of rows that the last statement has written.</summary>
    public int Changes => raw.sqlite3_changes(Handle);

    public long LastRowId => raw.sqlite3_last_insert_rowid(Handle);

    /// <summary>Creates the ids of the saves that are written here.</summary>
    public AppendIds AppendIds { get; } = new();

    /// <summary>Opens the connection that writes.</summary>
    public static StoreConnection OpenWriter(StoreFile? file, SqliteAddress address) => Prepared(
        Open(file, address.MayCreate, address.LockTimeout, isForUser: file is null, address.Creator), file, session =>
        {
            if (session.Pragma("encoding") != "UTF-8")
            {
                throw new StoreConfigurationException("The encoding of the database is UTF-16, but UTF-8 is required.");
            }

            if (file is not null)
            {
                session.SwitchToWal(address.LockTimeout);
                session._isWriter = true;
            }

            session.Pragma($"journal_size_limit={LargestJournal}");
            session.SetSynchronous(address.IsFullySynchronous);
        });

    /// <summary>Opens a connection to a file that only reads.</summary>
    public static StoreConnection OpenReader(StoreFile file, int busyTimeout, Func<SqliteConnection>? creator) => Prepared(
        Open(file, mayCreate: false, busyTimeout, isForUser: false, creator), file, static session =>
        {
            session._isReader = true;
            session.Pragma("query_only=1");
        });

    /// <summary>Opens a connection for one store transaction on a file that is open. It doesn't wait for locks: its user does.</summary>
    public static StoreConnection OpenForTransaction(StoreFile file, bool isFullySynchronous, Func<SqliteConnection>? creator) => Prepared(
        Open(file, mayCreate: false, busyTimeout: 0, isForUser: true, creator), file, session =>
        {
            session.Pragma($"journal_size_limit={LargestJournal}");
            session.SetSynchronous(isFullySynchronous);
        });

    /// <summary>Creates a session with statements of its own on the same connection.</summary>
    public StoreConnection Share() => new(_connection, ownsConnection: false, Handle, Sync);

    /// <summary>Creates a session on a connection of another owner, which doesn't use it meanwhile.</summary>
    public static StoreConnection On(SqliteConnection connection) => new(connection, ownsConnection: false, connection.Handle!, new Lock());

    public EventsStatements For(SqliteEventsSql sql)
    {
        if (ReferenceEquals(sql, _lastSql))
        {
            return _lastStatements!;
        }

        if (!_statements.TryGetValue(sql, out var prepared))
        {
            _statements.Add(sql, prepared = new EventsStatements(Handle, sql));
        }

        _lastSql = sql;
        return _lastStatements = prepared;
    }

    public void Begin() => BeginStatement.Run();

    /// <summary>As <see cref="Begin"/>, but returns SQLite's extended result.</summary>
    public int TryBegin() => BeginStatement.TryRun();

    /// <summary>Commits, and returns SQLite's extended result.</summary>
    public int TryCommit() => CommitFault is { } fault ? fault(CommitStatement.TryRun) : CommitStatement.TryRun();

    /// <summary>Runs a statement once, and returns SQLite's extended result. Only the first row is read.</summary>
    public int TryRun(string sql)
    {
        var statement = new SqliteStatement(Handle, sql);
        try
        {
            return statement.TryRun();
        }
        finally
        {
            statement.Close();
        }
    }

    /// <summary>Runs a statement that is prepared for this call.</summary>
    public void RunOnce(string sql) => Query(sql, static statement =>
    {
        statement.Run();
        return true;
    });

    /// <summary>Runs work in a transaction, which it commits.</summary>
    /// <param name="work">The work. If it fails, the transaction is rolled back.</param>
    public TResult InTransaction<TResult>(Func<TResult> work)
    {
        Begin();
        try
        {
            var result = work();
            SqliteErrors.Check(TryCommit(), Handle);
            FindReplaced(isAfterCommit: true);
            return result;
        }
        catch
        {
            Rollback();
            throw;
        }
    }

    /// <summary>Runs a query that is prepared for this call.</summary>
    /// <param name="sql">One statement.</param>
    /// <param name="read">Binds the values, and reads the result.</param>
    /// <param name="table">The table that it needs, for messages.</param>
    public TResult Query<TResult>(string sql, Func<SqliteStatement, TResult> read, string? table = null)
    {
        var statement = new SqliteStatement(Handle, sql, table);
        try
        {
            return read(statement);
        }
        finally
        {
            statement.Close();
        }
    }

    /// <summary>Returns a statement that is prepared once, and kept until the connection is closed.</summary>
    public SqliteStatement Prepared(string sql)
    {
        if (!_bySql.TryGetValue(sql, out var statement))
        {
            _bySql.Add(sql, statement = Prepare(sql));
        }

        return statement;
    }

    /// <summary>Rolls back. Does nothing when SQLite has already rolled back by itself, as it does when the disk is full.</summary>
    public void Rollback()
    {
        if (IsInTransaction)
        {
            RollbackStatement.TryRun();
        }
    }

    /// <summary>Checks the files; null as long as they are those that were opened.</summary>
    public StoreFileReplacedException? FindReplaced(bool isAfterCommit = false)
    {
        var replaced = _files?.Find(isAfterCommit);
        if (replaced is null && !_isReader && _files is { Open.IsKnown: true } files)
        {
            _file!.Repair.Look(this, files.Open);
        }

        return replaced;
    }

    /// <summary>Moves the log into the database as far as possible, unless a transaction is open. A failure is not reported.</summary>
    public void TryCheckpoint()
    {
        try
        {
            if (!IsInTransaction)
            {
                TryRun("PRAGMA wal_checkpoint(PASSIVE)");
            }
        }
        catch (StoreException)
        {
            // The next look tries again.
        }
    }

    /// <summary>Writes the commits in the log again, after a commit that failed in the file system. Holds the write lock.</summary>
    /// <returns>False if the log can't be written.</returns>
    public bool TryRepeatCommits() => _files is not { Open.IsKnown: true } files || _file!.Repair.TryRepeatCommits(files.Open);

    /// <summary>Throws if a file was replaced. Called before a write, and before it is reported that something doesn't exist.</summary>
    public void ThrowIfReplaced()
    {
        if (FindReplaced() is { } replaced)
        {
            throw replaced;
        }
    }

    public bool IsOn(SqliteConnection connection) => _connection == connection;

    public void SetBusyTimeout(int milliseconds)
    {
        if (milliseconds != _busyTimeout)
        {
            SqliteErrors.Check(raw.sqlite3_busy_timeout(Handle, milliseconds), Handle);
            _busyTimeout = milliseconds;
        }
    }

    public void SetSynchronous(bool full)
    {
        if (full == _isFullySynchronous)
        {
            return;
        }

        Pragma(full ? "synchronous=FULL" : "synchronous=NORMAL");
        if (Pragma("synchronous") != (full ? "2" : "1"))
        {
            throw new StoreConfigurationException("SQLite did not accept the level of synchronous.");
        }

        _isFullySynchronous = full;
    }

    /// <summary>Returns the first column of the pragma's last row. The pragma is run to its end, where writing its change may fail.</summary>
    public string? Pragma(string text) => Query("PRAGMA " + text, static statement =>
    {
        var value = (string?)null;
        while (statement.Step())
        {
            value = statement.ReadText(0);
        }

        return value;
    });

    public void Close()
    {
        if (FindReplaced() is not null)
        {
            LeaveFiles();
        }

        if (_isWriter)
        {
            _file?.Closing();
        }

        _files?.Close();
        _files = null;
        foreach (var prepared in _statements.Values)
        {
            prepared.Close();
        }

        _prepared.ForEach(static statement => statement.Close());
        if (_ownsConnection)
        {
            (_connection as TransactionConnection)?.AllowToClose();
            _connection?.Dispose();
        }
    }

    private SqliteStatement Prepare(string sql)
    {
        var statement = new SqliteStatement(Handle, sql);
        _prepared.Add(statement);
        return statement;
    }

    private static StoreConnection Prepared(StoreConnection session, StoreFile? file, Action<StoreConnection> prepare)
    {
        try
        {
            prepare(session);
            session.NoteFiles(file);
            return session;
        }
        catch
        {
            session.Close();
            throw;
        }
    }

    /// <summary>Notes the files, with which later findings are compared. The connection has read before.</summary>
    private void NoteFiles(StoreFile? file)
    {
        if (file is not null)
        {
            Pragma("schema_version");
            _file = file;
            _files = file.Opened(Handle, _isWriter);
        }
    }

    /// <summary>Prevents SQLite from moving a log into a file that it doesn't belong to, and from deleting one that isn't ours.</summary>
    private void LeaveFiles()
    {
        try
        {
            Rollback();
            if (_isWriter)
            {
                _files!.Rescue(this);
            }
        }
        catch (StoreException)
        {
            // Stops at the first failure.
        }

        raw.sqlite3_db_config(Handle, DbConfigNoCheckpointOnClose, Enabled, out _);
    }

    private static StoreConnection Open(StoreFile? file, bool mayCreate, int busyTimeout, bool isForUser, Func<SqliteConnection>? creator)
    {
        file?.ThrowIfAnother();
        var path = file?.Path;
        var created = creator is null ? null : CreatedConnection.Create(creator, path);
        // No pooling: a pooled connection keeps the file open, and its settings would reach its next user.
        var connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = path ?? ":memory:",
            Mode = mayCreate ? SqliteOpenMode.ReadWriteCreate : SqliteOpenMode.ReadWrite,
            Pooling = false,
        }.ToString();
        var connection = isForUser ? new TransactionConnection(connectionString) { Created = created } : created ?? new SqliteConnection(connectionString);
        StoreConnection? session = null;
        try
        {
            SqliteVersion.Check();
            if (created is not null)
            {
                CreatedConnection.Open(created, path);
            }
            else
            {
                connection.Open();
            }

            var handle = connection.Handle!;
            // The driver's own wait sleeps 150 ms at a time; SQLite's begins with one.
            SqliteErrors.Check(raw.sqlite3_busy_timeout(handle, busyTimeout), handle);
            SqliteErrors.Check(raw.sqlite3_db_config(handle, DbConfigDefensive, Enabled, out _), handle);
            if (!isForUser)
            {
                // Otherwise SQLite compiles a statement again each time that a value is bound that may matter to its plan, such as that of LIMIT.
                SqliteErrors.Check(raw.sqlite3_db_config(handle, DbConfigStablePlans, Enabled, out _), handle);
            }

            session = new StoreConnection(connection, ownsConnection: true, handle, new Lock()) { _busyTimeout = busyTimeout };
            session.Pragma("trusted_schema=0");
            session.Pragma("cell_size_check=1");
            // For systems on which a sync is incomplete without it, such as macOS; elsewhere it has no effect.
            session.Pragma("fullfsync=1");
            session.Pragma("checkpoint_fullfsync=1");
            return session;
        }
        catch (Exception exception)
        {
            session?.Close();
            (connection as TransactionConnection)?.AllowToClose();
            connection.Dispose();
            if (exception is SqliteException failure)
            {
                throw SqliteErrors.ToException(failure);
            }

            throw;
        }
    }

    /// <summary>Switches to WAL. SQLite doesn't wait for the locks of this switch by itself, and several processes may start at once.</summary>
    private void SwitchToWal(int busyTimeout)
    {
        var deadline = Environment.TickCount64 + busyTimeout;
        while (true)
        {
            try
            {
                if (Pragma("journal_mode=WAL") != "wal")
                {
                    throw new StoreConfigurationException("SQLite can't use a write-ahead log here. The file may be on a network drive.");
                }

                return;
            }
            catch (TransientStoreException) when (Environment.TickCount64 < deadline)
            {
                Thread.Sleep(PauseBeforeSwitch);
            }
        }
    }
}
