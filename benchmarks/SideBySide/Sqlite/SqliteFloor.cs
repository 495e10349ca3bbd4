using Microsoft.Data.Sqlite;
using SQLitePCL;
using static SQLitePCL.raw;

namespace Benchmarks.Sqlite;

/// <summary>
/// The fastest save that we can write by hand: one connection, statements prepared once, values bound without ADO.NET. It does
/// only that: no append id, no cancellation, no recovery, no limit on waiting saves.
/// </summary>
internal sealed class SqliteFloor : IDisposable
{
    private const int Rows = 100;

    private readonly SqliteConnection _connection;
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _insert;
    private readonly sqlite3_stmt _insertRows;
    private readonly sqlite3_stmt _begin;
    private readonly sqlite3_stmt _commit;
    private readonly FloorJson _json = new();
    private readonly int[] _ends = new int[Rows];
    private FloorQueue? _queue;

    public SqliteFloor(string file, string synchronous)
    {
        _connection = Connect(file, synchronous);
        _database = _connection.Handle!;
        _insert = Prepare(_database, "INSERT INTO floor_events (originator_id, originator_version, topic, state) VALUES (?1, ?2, ?3, ?4)");

        // Binds the id, the first version and the topics once for all rows.
        var rows = string.Join(", ", Enumerable.Range(0, Rows).Select(i => $"(?1, ?2 + {i}, ?{(i == 0 ? 3 : 4)}, ?{5 + i})"));
        _insertRows = Prepare(_database, $"INSERT INTO floor_events (originator_id, originator_version, topic, state) VALUES {rows}");
        _begin = Prepare(_database, "BEGIN IMMEDIATE");
        _commit = Prepare(_database, "COMMIT");
    }

    public static SqliteConnection Connect(string file, string synchronous)
    {
        var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        Execute(connection, $"PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous}; PRAGMA busy_timeout=5000");
        Execute(connection, """
            CREATE TABLE IF NOT EXISTS floor_events (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                originator_id BLOB NOT NULL,
                originator_version INTEGER NOT NULL,
                topic TEXT NOT NULL,
                state BLOB NOT NULL);
            CREATE UNIQUE INDEX IF NOT EXISTS floor_events_index ON floor_events (originator_id, originator_version);
            """);
        return connection;
    }

    public static sqlite3_stmt Prepare(sqlite3 database, string sql)
    {
        Check(sqlite3_prepare_v3(database, sql, SQLITE_PREPARE_PERSISTENT, out var statement), SQLITE_OK);
        return statement;
    }

    public static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public static void Check(int code, int expected)
    {
        if (code != expected)
        {
            throw new InvalidOperationException($"SQLite said {code}.");
        }
    }

    /// <summary>One event, in its own transaction, on the caller's thread.</summary>
    public long Save(Guid id, long version, FloorEvent e) => Insert(id, version, _json.WriteOne(e));

    /// <summary>A hundred events of one aggregate, in one statement.</summary>
    /// <returns>The position of the last.</returns>
    public long SaveRows(Guid id, long firstVersion, ReadOnlySpan<FloorEvent> events)
    {
        _json.Clear();
        for (var i = 0; i < Rows; i++)
        {
            _json.Write(events[i]);
            _ends[i] = _json.Written.Length;
        }

        Span<byte> key = stackalloc byte[16];
        id.TryWriteBytes(key, bigEndian: true, out _);
        sqlite3_bind_blob(_insertRows, 1, key);
        sqlite3_bind_int64(_insertRows, 2, firstVersion);
        sqlite3_bind_text(_insertRows, 3, FloorTopics.Opened);
        sqlite3_bind_text(_insertRows, 4, FloorTopics.Changed);
        var states = _json.Written;
        var start = 0;
        for (var i = 0; i < Rows; i++)
        {
            sqlite3_bind_blob(_insertRows, 5 + i, states[start.._ends[i]]);
            start = _ends[i];
        }

        Check(sqlite3_step(_insertRows), SQLITE_DONE);
        sqlite3_reset(_insertRows);
        return sqlite3_last_insert_rowid(_database);
    }

    /// <summary>Starts the queue that commits the saves of many callers in groups.</summary>
    public FloorQueue Group() => _queue = new FloorQueue(1024, yields: false, Commit).Start();

    public void Dispose()
    {
        _queue?.Dispose();
        foreach (var statement in new[] { _insert, _insertRows, _begin, _commit })
        {
            statement.Dispose();
        }

        _connection.Dispose();
    }

    private ValueTask Commit(List<FloorQueue.Waiting> group, long[] positions)
    {
        if (group.Count > 1)
        {
            Run(_begin);
        }

        for (var i = 0; i < group.Count; i++)
        {
            positions[i] = Insert(group[i].Id, group[i].Version, group[i].State.Span);
        }

        if (group.Count > 1)
        {
            Run(_commit);
        }

        return default;
    }

    private long Insert(Guid id, long version, ReadOnlySpan<byte> state)
    {
        Span<byte> key = stackalloc byte[16];
        id.TryWriteBytes(key, bigEndian: true, out _);
        sqlite3_bind_blob(_insert, 1, key);
        sqlite3_bind_int64(_insert, 2, version);
        sqlite3_bind_text(_insert, 3, version == 1 ? FloorTopics.Opened : FloorTopics.Changed);
        sqlite3_bind_blob(_insert, 4, state);
        Check(sqlite3_step(_insert), SQLITE_DONE);
        sqlite3_reset(_insert);
        return sqlite3_last_insert_rowid(_database);
    }

    private static void Run(sqlite3_stmt statement)
    {
        Check(sqlite3_step(statement), SQLITE_DONE);
        sqlite3_reset(statement);
    }
}
