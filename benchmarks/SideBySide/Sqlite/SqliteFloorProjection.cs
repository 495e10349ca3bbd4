using System.Text;
using Benchmarks.Projecting;
using Microsoft.Data.Sqlite;
using SQLitePCL;
using static SQLitePCL.raw;

namespace Benchmarks.Sqlite;

/// <summary>
/// The fastest projection that we can write by hand, with the same statements for the rows as the library: one connection, which nothing else
/// uses. It has no owner, no retries and no errors.
/// </summary>
internal sealed class SqliteFloorProjection : IFloorProjection
{
    private const int PageSize = 500;
    private const int KeyLength = 36;

    private readonly SqliteConnection _connection;
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _selectPage;
    private readonly sqlite3_stmt _selectRow;
    private readonly sqlite3_stmt _begin;
    private readonly sqlite3_stmt _advance;
    private readonly sqlite3_stmt _upsert;
    private readonly sqlite3_stmt _commit;
    private readonly List<FloorChange> _page = new(PageSize);
    private readonly FloorViews _views = new();

    public SqliteFloorProjection(string file)
    {
        _connection = SqliteFloor.Connect(file, "FULL");
        _database = _connection.Handle!;
        SqliteFloor.Execute(_connection, """
            CREATE TABLE IF NOT EXISTS floor_changes (account_id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;
            CREATE TABLE IF NOT EXISTS floor_projections (name TEXT NOT NULL PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;
            INSERT INTO floor_projections (name, position) VALUES ('changes', 0);
            """);
        _selectPage = Prepare($"SELECT id, originator_id, topic, state FROM floor_events WHERE id > ?1 ORDER BY id LIMIT {PageSize}");
        _selectRow = Prepare("SELECT name, count FROM floor_changes WHERE account_id = ?1");
        _begin = Prepare("BEGIN IMMEDIATE");
        _advance = Prepare("UPDATE floor_projections SET position = ?1 WHERE name = 'changes' AND position = ?2");
        _upsert = Prepare("""
            INSERT INTO floor_changes (account_id, name, count) VALUES (?1, ?2, ?3)
            ON CONFLICT (account_id) DO UPDATE SET name = excluded.name, count = excluded.count
            """);
        _commit = Prepare("COMMIT");
    }

    public Task ClearAsync()
    {
        SqliteFloor.Execute(_connection, "DELETE FROM floor_changes; UPDATE floor_projections SET position = 0");
        return Task.CompletedTask;
    }

    public Task CatchUpAsync()
    {
        for (var position = 0L; ReadPage(position) > 0; position = _page[^1].Position)
        {
            _views.Begin(_page);
            foreach (var key in _views.Keys.ToList())
            {
                ReadRow(key);
            }

            _views.Fold(_page);
            Write(position, _page[^1].Position);
        }

        return Task.CompletedTask;
    }

    public Task RebuildAsync()
    {
        _views.Begin([]);
        var end = 0L;
        for (; ReadPage(end) > 0; end = _page[^1].Position)
        {
            _views.Continue(_page);
            _views.Fold(_page);
        }

        Write(0, end);
        return Task.CompletedTask;
    }

    public Task<long> CountAsync()
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT sum(count + 1) FROM floor_changes";
        return Task.FromResult((long)command.ExecuteScalar()!);
    }

    public ValueTask DisposeAsync()
    {
        foreach (var statement in new[] { _selectPage, _selectRow, _begin, _advance, _upsert, _commit })
        {
            statement.Dispose();
        }

        _connection.Dispose();
        return default;
    }

    private sqlite3_stmt Prepare(string sql) => SqliteFloor.Prepare(_database, sql);

    private int ReadPage(long after)
    {
        _page.Clear();
        sqlite3_bind_int64(_selectPage, 1, after);
        while (sqlite3_step(_selectPage) == SQLITE_ROW)
        {
            _page.Add(new(
                sqlite3_column_int64(_selectPage, 0),
                new Guid(sqlite3_column_blob(_selectPage, 1), bigEndian: true),
                FloorTopics.IsOpened(sqlite3_column_blob(_selectPage, 2)),
                FloorJson.Read(sqlite3_column_blob(_selectPage, 3))));
        }

        sqlite3_reset(_selectPage);
        return _page.Count;
    }

    private void ReadRow(Guid key)
    {
        Bind(_selectRow, key);
        if (sqlite3_step(_selectRow) == SQLITE_ROW)
        {
            _views.Add(new(key, sqlite3_column_text(_selectRow, 0).utf8_to_string(), sqlite3_column_int(_selectRow, 1)));
        }

        sqlite3_reset(_selectRow);
    }

    private void Write(long before, long position)
    {
        Run(_begin);
        sqlite3_bind_int64(_advance, 1, position);
        sqlite3_bind_int64(_advance, 2, before);
        Run(_advance);
        SqliteFloor.Check(sqlite3_changes(_database), 1);
        Span<byte> name = stackalloc byte[64];
        foreach (var row in _views.Changed)
        {
            Bind(_upsert, row!.AccountId);
            sqlite3_bind_text(_upsert, 2, name[..Encoding.UTF8.GetBytes(row.Name, name)]);
            sqlite3_bind_int(_upsert, 3, row.Count);
            Run(_upsert);
        }

        Run(_commit);
    }

    // In upper case, as Microsoft.Data.Sqlite does.
    private static void Bind(sqlite3_stmt statement, Guid key)
    {
        Span<byte> text = stackalloc byte[KeyLength];
        key.TryFormat(text, out _);
        foreach (ref var letter in text)
        {
            letter = letter >= 'a' ? (byte)(letter - 'a' + 'A') : letter;
        }

        sqlite3_bind_text(statement, 1, text);
    }

    private static void Run(sqlite3_stmt statement)
    {
        SqliteFloor.Check(sqlite3_step(statement), SQLITE_DONE);
        sqlite3_reset(statement);
    }
}
