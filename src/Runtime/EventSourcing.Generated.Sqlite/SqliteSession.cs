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

    private readonly SqliteConnection? connection;
    private readonly Dictionary<SqliteEventsSql, EventsStatements> statements = new(ReferenceEqualityComparer.Instance);
    private readonly SqliteStatement begin;
    private readonly SqliteStatement commit;
    private readonly SqliteStatement rollback;
    private SqliteEventsSql? lastSql;
    private EventsStatements? lastStatements;
    private int busyTimeout = -1;
    private bool? isFullySynchronous;

    private SqliteSession(SqliteConnection? connection, sqlite3 handle, Lock sync)
    {
        this.connection = connection;
        Handle = handle;
        Sync = sync;
        begin = new SqliteStatement(handle, "BEGIN IMMEDIATE");
        commit = new SqliteStatement(handle, "COMMIT");
        rollback = new SqliteStatement(handle, "ROLLBACK");
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
        if (ReferenceEquals(sql, lastSql))
        {
            return lastStatements!;
        }

        if (!statements.TryGetValue(sql, out var prepared))
        {
            statements.Add(sql, prepared = new EventsStatements(Handle, sql));
        }

        lastSql = sql;
        return lastStatements = prepared;
    }

    internal void Begin() => begin.Run();

    /// <summary>SQLite's extended result.</summary>
    internal int TryCommit() => CommitFault is { } fault ? fault(commit.TryRun) : commit.TryRun();

    /// <summary>Does nothing when SQLite has already rolled back by itself, as it does when the disk is full.</summary>
    internal void Rollback()
    {
        if (IsInTransaction)
        {
            rollback.TryRun();
        }
    }

    internal void SetBusyTimeout(int milliseconds)
    {
        if (milliseconds != busyTimeout)
        {
            SqliteErrors.Check(raw.sqlite3_busy_timeout(Handle, milliseconds), Handle);
            busyTimeout = milliseconds;
        }
    }

    internal void SetSynchronous(bool full)
    {
        if (full == isFullySynchronous)
        {
            return;
        }

        Pragma(full ? "synchronous=FULL" : "synchronous=NORMAL");
        if (Pragma("synchronous") != (full ? "2" : "1"))
        {
            throw new StoreConfigurationException("SQLite did not take the level of synchronous.");
        }

        isFullySynchronous = full;
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
        foreach (var prepared in statements.Values)
        {
            prepared.Close();
        }

        statements.Clear();
        begin.Close();
        commit.Close();
        rollback.Close();
        Savepoint.Close();
        RollbackToSavepoint.Close();
        ReleaseSavepoint.Close();
        connection?.Dispose();
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
        try
        {
            SqliteVersion.Check();
            connection.Open();
            var handle = connection.Handle!;
            // The driver's own waiting sleeps 150 ms at a time; SQLite's begins with one.
            SqliteErrors.Check(raw.sqlite3_busy_timeout(handle, busyTimeout), handle);
            SqliteErrors.Check(raw.sqlite3_db_config(handle, DbConfigDefensive, 1, out _), handle);
            var session = new SqliteSession(connection, handle, new Lock()) { busyTimeout = busyTimeout };
            session.Pragma("trusted_schema=0");
            session.Pragma("cell_size_check=1");
            if (OperatingSystem.IsMacOS())
            {
                session.Pragma("fullfsync=1");
                session.Pragma("checkpoint_fullfsync=1");
            }

            return session;
        }
        catch (SqliteException exception)
        {
            connection.Dispose();
            throw SqliteErrors.ToException(exception);
        }
        catch
        {
            connection.Dispose();
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
