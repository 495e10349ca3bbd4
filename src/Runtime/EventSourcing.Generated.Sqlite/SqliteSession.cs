using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace EventSourcing.Sqlite;

/// <summary>
/// A connection with its prepared statements, used under <see cref="Sync"/>. In memory, all sessions of a database are on one
/// connection and have that lock in common; of a file each has its own.
/// </summary>
internal sealed class SqliteSession
{
    private const long LargestJournal = 64 << 20;
    private const int DbConfigDefensive = 1010;

    private readonly SqliteConnection? _connection;
    private readonly Dictionary<SqliteEventsSql, EventsStatements> _statements = new(ReferenceEqualityComparer.Instance);
    private readonly SqliteStatement _begin;
    private readonly SqliteStatement _commit;
    private readonly SqliteStatement _rollback;
    private SqliteEventsSql? _lastSql;
    private EventsStatements? _lastStatements;
    private int _busyTimeout = -1;
    private bool? _isFullySynchronous;

    private SqliteSession(SqliteConnection? connection, sqlite3 handle, Lock sync)
    {
        _connection = connection;
        Handle = handle;
        Sync = sync;
        _begin = new SqliteStatement(handle, "BEGIN IMMEDIATE");
        _commit = new SqliteStatement(handle, "COMMIT");
        _rollback = new SqliteStatement(handle, "ROLLBACK");
        Savepoint = new SqliteStatement(handle, "SAVEPOINT save");
        RollbackToSavepoint = new SqliteStatement(handle, "ROLLBACK TO save");
        ReleaseSavepoint = new SqliteStatement(handle, "RELEASE save");
    }

    /// <summary>For tests: stands in for a disk that fails at a commit. Gets the commit, gives SQLite's result.</summary>
    internal Func<Func<int>, int>? CommitFault { get; set; }

    internal sqlite3 Handle { get; }

    internal Lock Sync { get; }

    internal SqliteStatement Savepoint { get; }

    internal SqliteStatement RollbackToSavepoint { get; }

    internal SqliteStatement ReleaseSavepoint { get; }

    internal bool IsInTransaction => raw.sqlite3_get_autocommit(Handle) == 0;

    internal long LastRowId => raw.sqlite3_last_insert_rowid(Handle);

    /// <summary>The connection that writes.</summary>
    internal static SqliteSession OpenWriter(string? path, SqliteAddress address)
    {
        var session = Open(path, address.MayCreate, address.BusyTimeout);
        try
        {
            if (session.Pragma("encoding") != "UTF-8")
            {
                throw new StoreConfigurationException("The database keeps its texts in UTF-16; UTF-8 is needed.");
            }

            if (path is not null)
            {
                session.SwitchToWal(address.BusyTimeout);
            }

            session.Pragma($"journal_size_limit={LargestJournal}");
            session.SetSynchronous(address.IsFullySynchronous);
            return session;
        }
        catch
        {
            session.Close();
            throw;
        }
    }

    /// <summary>A connection to a file that only reads.</summary>
    internal static SqliteSession OpenReader(string path, int busyTimeout)
    {
        var session = Open(path, mayCreate: false, busyTimeout);
        session.Pragma("query_only=1");
        return session;
    }

    /// <summary>A session with statements of its own on the same connection.</summary>
    internal SqliteSession Share() => new(null, Handle, Sync);

    internal EventsStatements For(SqliteEventsSql sql)
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

    internal void Begin() => _begin.Run();

    /// <summary>SQLite's extended result.</summary>
    internal int TryCommit() => CommitFault is { } fault ? fault(_commit.TryRun) : _commit.TryRun();

    /// <summary>Does nothing when SQLite has already rolled back by itself, as it does when the disk is full.</summary>
    internal void Rollback()
    {
        if (IsInTransaction)
        {
            _rollback.TryRun();
        }
    }

    internal void SetBusyTimeout(int milliseconds)
    {
        if (milliseconds != _busyTimeout)
        {
            SqliteErrors.Check(raw.sqlite3_busy_timeout(Handle, milliseconds), Handle);
            _busyTimeout = milliseconds;
        }
    }

    internal void SetSynchronous(bool full)
    {
        if (full == _isFullySynchronous)
        {
            return;
        }

        Pragma(full ? "synchronous=FULL" : "synchronous=NORMAL");
        if (Pragma("synchronous") != (full ? "2" : "1"))
        {
            throw new StoreConfigurationException("SQLite did not take the level of synchronous.");
        }

        _isFullySynchronous = full;
    }

    /// <summary>The first column of the pragma's first row.</summary>
    internal string? Pragma(string text)
    {
        var statement = new SqliteStatement(Handle, "PRAGMA " + text);
        try
        {
            return statement.Step() ? statement.ReadText(0) : null;
        }
        finally
        {
            statement.Close();
        }
    }

    internal void Close()
    {
        foreach (var prepared in _statements.Values)
        {
            prepared.Close();
        }

        _statements.Clear();
        _begin.Close();
        _commit.Close();
        _rollback.Close();
        Savepoint.Close();
        RollbackToSavepoint.Close();
        ReleaseSavepoint.Close();
        _connection?.Dispose();
    }

    private static SqliteSession Open(string? path, bool mayCreate, int busyTimeout)
    {
        // No pooling: a pooled connection keeps the file open, and what was set on it would reach its next user.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path ?? ":memory:",
            Mode = path is null || mayCreate ? SqliteOpenMode.ReadWriteCreate : SqliteOpenMode.ReadWrite,
            Pooling = false,
        }.ToString());
        SqliteSession? session = null;
        try
        {
            SqliteVersion.Check();
            connection.Open();
            var handle = connection.Handle!;
            // The driver's own waiting sleeps 150 ms at a time; SQLite's begins with one.
            SqliteErrors.Check(raw.sqlite3_busy_timeout(handle, busyTimeout), handle);
            SqliteErrors.Check(raw.sqlite3_db_config(handle, DbConfigDefensive, 1, out _), handle);
            session = new SqliteSession(connection, handle, new Lock()) { _busyTimeout = busyTimeout };
            session.Pragma("trusted_schema=0");
            session.Pragma("cell_size_check=1");
            if (OperatingSystem.IsMacOS())
            {
                session.Pragma("fullfsync=1");
                session.Pragma("checkpoint_fullfsync=1");
            }

            return session;
        }
        catch (Exception exception)
        {
            session?.Close();
            connection.Dispose();
            if (exception is SqliteException failure)
            {
                throw SqliteErrors.ToException(failure);
            }

            throw;
        }
    }

    /// <summary>SQLite doesn't wait for the locks of this switch by itself, and several processes may start at once.</summary>
    private void SwitchToWal(int busyTimeout)
    {
        var deadline = Environment.TickCount64 + busyTimeout;
        while (true)
        {
            try
            {
                if (Pragma("journal_mode") != "wal" && Pragma("journal_mode=WAL") != "wal")
                {
                    throw new StoreConfigurationException("SQLite can't keep a write-ahead log here; is the file on a network drive?");
                }

                return;
            }
            catch (TransientStoreException) when (Environment.TickCount64 < deadline)
            {
                Thread.Sleep(10);
            }
        }
    }
}
