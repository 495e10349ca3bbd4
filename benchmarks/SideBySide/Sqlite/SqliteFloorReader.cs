using Microsoft.Data.Sqlite;
using SQLitePCL;
using static SQLitePCL.raw;

namespace Benchmarks.Sqlite;

/// <summary>The fastest reader that we can write by hand: from SQLite's own memory, without a copy.</summary>
internal sealed class SqliteFloorReader : IDisposable
{
    public const int PageSize = 1000;

    private readonly SqliteConnection _connection;
    private readonly sqlite3_stmt _selectAggregate;
    private readonly sqlite3_stmt _selectPage;
    private readonly List<FloorRecording> _page = new(PageSize);

    public SqliteFloorReader(string file)
    {
        _connection = SqliteFloor.Connect(file, "FULL");
        _selectAggregate = SqliteFloor.Prepare(
            _connection.Handle!, "SELECT originator_version, topic, state FROM floor_events WHERE originator_id = ?1 ORDER BY originator_version");
        _selectPage = SqliteFloor.Prepare(
            _connection.Handle!, "SELECT id, originator_id, originator_version, topic, state FROM floor_events WHERE id > ?1 ORDER BY id LIMIT 1000");
    }

    /// <summary>An aggregate, of all its events.</summary>
    public FloorAccount Load(Guid id)
    {
        Span<byte> key = stackalloc byte[16];
        id.TryWriteBytes(key, bigEndian: true, out _);
        sqlite3_bind_blob(_selectAggregate, 1, key);
        var account = new FloorAccount(id);
        int code;
        while ((code = sqlite3_step(_selectAggregate)) == SQLITE_ROW)
        {
            account.Apply(
                sqlite3_column_blob(_selectAggregate, 1), FloorJson.Read(sqlite3_column_blob(_selectAggregate, 2)), sqlite3_column_int64(_selectAggregate, 0));
        }

        SqliteFloor.Check(code, SQLITE_DONE);
        sqlite3_reset(_selectAggregate);
        return account;
    }

    /// <summary>The next page of the log. The list is the same each time.</summary>
    public List<FloorRecording> ReadPage(long after)
    {
        _page.Clear();
        sqlite3_bind_int64(_selectPage, 1, after);
        int code;
        while ((code = sqlite3_step(_selectPage)) == SQLITE_ROW)
        {
            _page.Add(new(
                sqlite3_column_int64(_selectPage, 0),
                new Guid(sqlite3_column_blob(_selectPage, 1), bigEndian: true),
                sqlite3_column_int64(_selectPage, 2),
                FloorTopics.Name(sqlite3_column_blob(_selectPage, 3)),
                FloorJson.Read(sqlite3_column_blob(_selectPage, 4))));
        }

        SqliteFloor.Check(code, SQLITE_DONE);
        sqlite3_reset(_selectPage);
        return _page;
    }

    public void Dispose()
    {
        _selectAggregate.Dispose();
        _selectPage.Dispose();
        _connection.Dispose();
    }
}
