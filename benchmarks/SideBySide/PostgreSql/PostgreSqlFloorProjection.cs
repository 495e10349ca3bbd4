using Benchmarks.Projecting;
using Npgsql;

namespace Benchmarks.PostgreSql;

/// <summary>
/// The fastest projection that we can write by hand: one connection, statements prepared once, and three round trips for a page. It has no owner,
/// no retries and no errors.
/// </summary>
internal sealed class PostgreSqlFloorProjection : IFloorProjection
{
    private const int PageSize = 500;

    private const string CreateTables = """
        DROP TABLE IF EXISTS floor_changes, floor_projections;
        CREATE TABLE floor_changes (account_id uuid NOT NULL PRIMARY KEY, name text NOT NULL, count integer NOT NULL);
        CREATE TABLE floor_projections (name text NOT NULL PRIMARY KEY, position bigint NOT NULL);
        INSERT INTO floor_projections (name, position) VALUES ('changes', 0);
        """;

    // The position and the rows, in one statement.
    private const string Write = """
        WITH advanced AS (UPDATE floor_projections SET position = $4 WHERE name = 'changes' AND position = $5 RETURNING 1)
        INSERT INTO floor_changes (account_id, name, count)
        SELECT u.* FROM advanced, unnest($1::uuid[], $2::text[], $3::integer[]) AS u
        ON CONFLICT (account_id) DO UPDATE SET name = excluded.name, count = excluded.count
        """;

    private readonly byte[] _topic = new byte[64];
    private readonly byte[] _state = new byte[4096];
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlParameter<long> _after = new();
    private readonly NpgsqlParameter<Guid[]> _keys = new() { TypedValue = [] };
    private readonly NpgsqlParameter<Guid[]> _ids = new() { TypedValue = [] };
    private readonly NpgsqlParameter<string[]> _names = new() { TypedValue = [] };
    private readonly NpgsqlParameter<int[]> _counts = new() { TypedValue = [] };
    private readonly NpgsqlParameter<long> _position = new();
    private readonly NpgsqlParameter<long> _before = new();
    private readonly NpgsqlCommand _selectPage;
    private readonly NpgsqlCommand _selectRows;
    private readonly NpgsqlCommand _write;
    private readonly List<FloorChange> _page = new(PageSize);
    private readonly FloorViews _views = new();

    private PostgreSqlFloorProjection(NpgsqlConnection connection)
    {
        _connection = connection;
        _selectPage = new($"SELECT id, originator_id, topic, state FROM floor_events WHERE id > $1 ORDER BY id LIMIT {PageSize}", connection) { Parameters = { _after } };
        _selectRows = new("SELECT account_id, name, count FROM floor_changes WHERE account_id = ANY ($1)", connection) { Parameters = { _keys } };
        _write = new(Write, connection) { Parameters = { _ids, _names, _counts, _position, _before } };
    }

    /// <summary>Drops and creates the tables of the view.</summary>
    public static async Task<PostgreSqlFloorProjection> OpenAsync(NpgsqlDataSource dataSource)
    {
        var projection = new PostgreSqlFloorProjection(await dataSource.OpenConnectionAsync());
        await projection.ExecuteAsync(CreateTables);
        foreach (var command in new[] { projection._selectPage, projection._selectRows, projection._write })
        {
            await command.PrepareAsync();
        }

        return projection;
    }

    public Task ClearAsync() => ExecuteAsync("TRUNCATE floor_changes; UPDATE floor_projections SET position = 0");

    public async Task CatchUpAsync()
    {
        for (var position = 0L; await ReadPageAsync(position).ConfigureAwait(false) > 0; position = _page[^1].Position)
        {
            _views.Begin(_page);
            await ReadRowsAsync().ConfigureAwait(false);
            _views.Fold(_page);
            await WriteAsync(position).ConfigureAwait(false);
        }
    }

    public async Task RebuildAsync()
    {
        _views.Begin([]);
        var end = 0L;
        for (; await ReadPageAsync(end).ConfigureAwait(false) > 0; end = _page[^1].Position)
        {
            _views.Continue(_page);
            _views.Fold(_page);
        }

        await using var transaction = await _connection.BeginTransactionAsync();
        await using (var copy = await _connection.BeginBinaryImportAsync("COPY floor_changes (account_id, name, count) FROM STDIN (FORMAT BINARY)"))
        {
            foreach (var row in _views.Changed)
            {
                await copy.StartRowAsync().ConfigureAwait(false);
                await copy.WriteAsync(row!.AccountId).ConfigureAwait(false);
                await copy.WriteAsync(row.Name).ConfigureAwait(false);
                await copy.WriteAsync(row.Count).ConfigureAwait(false);
            }

            await copy.CompleteAsync();
        }

        await ExecuteAsync(FormattableString.Invariant($"UPDATE floor_projections SET position = {end}"));
        await transaction.CommitAsync();
    }

    public async Task<long> CountAsync()
    {
        await using var command = new NpgsqlCommand("SELECT sum(count + 1) FROM floor_changes", _connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async Task ExecuteAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<int> ReadPageAsync(long after)
    {
        _page.Clear();
        _after.TypedValue = after;
        await using var reader = await _selectPage.ExecuteReaderAsync().ConfigureAwait(false);
        while (await reader.ReadAsync().ConfigureAwait(false))
        {
            _page.Add(new(reader.GetInt64(0), reader.GetGuid(1), IsOpened(reader), ReadEvent(reader)));
        }

        return _page.Count;
    }

    private bool IsOpened(NpgsqlDataReader reader) => FloorTopics.IsOpened(_topic.AsSpan(0, (int)reader.GetBytes(2, 0, _topic, 0, _topic.Length)));

    private FloorEvent ReadEvent(NpgsqlDataReader reader) => FloorJson.Read(_state.AsSpan(0, (int)reader.GetBytes(3, 0, _state, 0, _state.Length)));

    private async Task ReadRowsAsync()
    {
        _keys.TypedValue = [.. _views.Keys];
        await using var reader = await _selectRows.ExecuteReaderAsync().ConfigureAwait(false);
        while (await reader.ReadAsync().ConfigureAwait(false))
        {
            _views.Add(new(reader.GetGuid(0), reader.GetString(1), reader.GetInt32(2)));
        }
    }

    private async Task WriteAsync(long before)
    {
        var (ids, names, counts) = (new Guid[_views.Count], new string[_views.Count], new int[_views.Count]);
        var i = 0;
        foreach (var row in _views.Changed)
        {
            (ids[i], names[i], counts[i]) = row!;
            i++;
        }

        (_ids.TypedValue, _names.TypedValue, _counts.TypedValue) = (ids, names, counts);
        (_position.TypedValue, _before.TypedValue) = (_page[^1].Position, before);
        if (await _write.ExecuteNonQueryAsync().ConfigureAwait(false) != ids.Length)
        {
            throw new InvalidOperationException("Another runner has written.");
        }
    }
}
