using Npgsql;

namespace Benchmarks.PostgreSql;

/// <summary>The fastest reader that we can write by hand: through one buffer, without a string or an array for each row.</summary>
internal sealed class PostgreSqlFloorReader : IAsyncDisposable
{
    public const int PageSize = 1000;

    // Topic and state of a row are no longer than this.
    private readonly byte[] _topic = new byte[64];
    private readonly byte[] _state = new byte[4096];
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlParameter<Guid> _id = new();
    private readonly NpgsqlParameter<long> _after = new();
    private readonly NpgsqlCommand _selectAggregate;
    private readonly NpgsqlCommand _selectPage;
    private readonly List<FloorRecording> _page = new(PageSize);

    private PostgreSqlFloorReader(NpgsqlConnection connection)
    {
        _connection = connection;
        _selectAggregate = new("SELECT originator_version, topic, state FROM floor_events WHERE originator_id = $1 ORDER BY originator_version", connection)
        {
            Parameters = { _id },
        };
        _selectPage = new($"SELECT id, originator_id, originator_version, topic, state FROM floor_events WHERE id > $1 ORDER BY id LIMIT {PageSize}", connection)
        {
            Parameters = { _after },
        };
    }

    public static async Task<PostgreSqlFloorReader> OpenAsync(NpgsqlDataSource dataSource)
    {
        var reader = new PostgreSqlFloorReader(await dataSource.OpenConnectionAsync());
        await reader._selectAggregate.PrepareAsync();
        await reader._selectPage.PrepareAsync();
        return reader;
    }

    /// <summary>An aggregate, of all its events.</summary>
    public async Task<FloorAccount> LoadAsync(Guid id)
    {
        var account = new FloorAccount(id);
        _id.TypedValue = id;
        await using var reader = await _selectAggregate.ExecuteReaderAsync().ConfigureAwait(false);
        while (await reader.ReadAsync().ConfigureAwait(false))
        {
            var version = reader.GetInt64(0);
            account.Apply(Topic(reader, 1), FloorJson.Read(State(reader, 2)), version);
        }

        return account;
    }

    /// <summary>The next page of the log. The list is the same each time.</summary>
    public async Task<List<FloorRecording>> ReadPageAsync(long after)
    {
        _page.Clear();
        _after.TypedValue = after;
        await using var reader = await _selectPage.ExecuteReaderAsync().ConfigureAwait(false);
        while (await reader.ReadAsync().ConfigureAwait(false))
        {
            _page.Add(new(reader.GetInt64(0), reader.GetGuid(1), reader.GetInt64(2), FloorTopics.Name(Topic(reader, 3)), FloorJson.Read(State(reader, 4))));
        }

        return _page;
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private ReadOnlySpan<byte> Topic(NpgsqlDataReader reader, int column) => _topic.AsSpan(0, (int)reader.GetBytes(column, 0, _topic, 0, _topic.Length));

    private ReadOnlySpan<byte> State(NpgsqlDataReader reader, int column) => _state.AsSpan(0, (int)reader.GetBytes(column, 0, _state, 0, _state.Length));
}
