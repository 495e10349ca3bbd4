using Npgsql;
using NpgsqlTypes;

namespace Benchmarks.PostgreSql;

/// <summary>
/// Saves as fast as we can write it by hand in the order of the log: one connection, statements prepared once, and in one round
/// trip the lock that keeps the order and the insert. It does only that: no check of the previous version, no append id, no
/// cancellation, no recovery, no limit on waiting saves.
/// </summary>
internal sealed class PostgreSqlFloor : IAsyncDisposable
{
    public const string CreateTable = """
        DROP TABLE IF EXISTS floor_events;
        CREATE TABLE floor_events (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            originator_id uuid NOT NULL,
            originator_version bigint NOT NULL,
            topic text NOT NULL,
            state bytea NOT NULL);
        CREATE UNIQUE INDEX floor_events_index ON floor_events (originator_id, originator_version);
        """;

    private const int Rows = 100;

    // One statement costs less than two. It has one snapshot, but it reads nothing.
    private const string Lock = "WITH l AS MATERIALIZED (SELECT pg_advisory_xact_lock(4711))";

    private readonly NpgsqlConnection _connection;
    private readonly FloorJson _json = new();
    private readonly int[] _ends = new int[Rows];

    private readonly NpgsqlParameter<Guid> _id = new();
    private readonly NpgsqlParameter<long> _version = new();
    private readonly NpgsqlParameter<string> _topic = Text();
    private readonly NpgsqlParameter<ReadOnlyMemory<byte>> _state = new() { NpgsqlDbType = NpgsqlDbType.Bytea };
    private readonly NpgsqlCommand _insert;

    private readonly NpgsqlParameter<Guid> _idOfRows = new();
    private readonly NpgsqlParameter<long> _versionOfRows = new();
    private readonly NpgsqlParameter<ReadOnlyMemory<byte>[]> _statesOfRows = States();
    private readonly NpgsqlCommand _insertRows;

    private readonly NpgsqlParameter<Guid[]> _ids = new() { TypedValue = [] };
    private readonly NpgsqlParameter<long[]> _versions = new() { TypedValue = [] };
    private readonly NpgsqlParameter<string[]> _topics = new() { TypedValue = [] };
    private readonly NpgsqlParameter<ReadOnlyMemory<byte>[]> _states = States();
    private readonly NpgsqlCommand _insertGroup;

    private FloorQueue? _queue;

    private PostgreSqlFloor(NpgsqlConnection connection)
    {
        _connection = connection;
        _insert = new($"""
            {Lock}
            INSERT INTO floor_events (originator_id, originator_version, topic, state) SELECT $1, $2, $3, $4 FROM l RETURNING id
            """, connection) { Parameters = { _id, _version, _topic, _state } };

        // Sends the id, the first version and the topics once for all rows.
        _insertRows = new($"""
            {Lock}
            INSERT INTO floor_events (originator_id, originator_version, topic, state)
            SELECT $1, $2 + u.n - 1, CASE WHEN u.n = 1 THEN '{Topic(1)}' ELSE '{Topic(2)}' END, u.state
            FROM l, unnest($3::bytea[]) WITH ORDINALITY AS u (state, n)
            RETURNING id
            """, connection) { Parameters = { _idOfRows, _versionOfRows, _statesOfRows } };
        _insertGroup = new($"""
            {Lock}
            INSERT INTO floor_events (originator_id, originator_version, topic, state)
            SELECT u.* FROM l, unnest($1::uuid[], $2::bigint[], $3::text[], $4::bytea[]) AS u RETURNING id
            """, connection) { Parameters = { _ids, _versions, _topics, _states } };
    }

    /// <summary>Drops and creates the table.</summary>
    public static async Task<PostgreSqlFloor> OpenAsync(NpgsqlDataSource dataSource)
    {
        var connection = await dataSource.OpenConnectionAsync();
        await using (var command = new NpgsqlCommand(CreateTable, connection))
        {
            await command.ExecuteNonQueryAsync();
        }

        var floor = new PostgreSqlFloor(connection);
        foreach (var command in new[] { floor._insert, floor._insertRows, floor._insertGroup })
        {
            await command.PrepareAsync();
        }

        return floor;
    }

    /// <summary>One event in a transaction, by the only caller.</summary>
    public async Task<long> SaveAsync(Guid id, long version, FloorEvent e)
    {
        _json.WriteOne(e);
        (_id.TypedValue, _version.TypedValue, _topic.TypedValue, _state.TypedValue) = (id, version, Topic(version), _json.WrittenMemory);
        await using var reader = await _insert.ExecuteReaderAsync().ConfigureAwait(false);
        await reader.ReadAsync().ConfigureAwait(false);
        return reader.GetInt64(0);
    }

    /// <summary>A hundred events of one aggregate in a transaction, by the only caller.</summary>
    /// <returns>The position of the last.</returns>
    public async Task<long> SaveRowsAsync(Guid id, long firstVersion, FloorEvent[] events)
    {
        _json.Clear();
        for (var i = 0; i < Rows; i++)
        {
            _json.Write(events[i]);
            _ends[i] = _json.Written.Length;
        }

        (_idOfRows.TypedValue, _versionOfRows.TypedValue) = (id, firstVersion);
        if (_statesOfRows.TypedValue!.Length == 0)
        {
            _statesOfRows.TypedValue = new ReadOnlyMemory<byte>[Rows];
        }

        for (var i = 0; i < Rows; i++)
        {
            _statesOfRows.TypedValue[i] = _json.WrittenMemory[(i == 0 ? 0 : _ends[i - 1]).._ends[i]];
        }

        await using var reader = await _insertRows.ExecuteReaderAsync().ConfigureAwait(false);
        long position = 0;
        while (await reader.ReadAsync().ConfigureAwait(false))
        {
            position = reader.GetInt64(0);
        }

        return position;
    }

    /// <summary>Starts the queue that commits the saves of many callers in groups.</summary>
    public FloorQueue Group() => _queue = new FloorQueue(512, yields: true, CommitAsync).Start();

    public async ValueTask DisposeAsync()
    {
        _queue?.Dispose();
        await _connection.DisposeAsync();
    }

    private static string Topic(long version) => version == 1 ? "Account.Opened" : "Account.Changed";

    private static NpgsqlParameter<string> Text() => new() { TypedValue = "", NpgsqlDbType = NpgsqlDbType.Text };

    private static NpgsqlParameter<ReadOnlyMemory<byte>[]> States() => new() { TypedValue = [], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea };

    private async ValueTask CommitAsync(List<FloorQueue.Waiting> group, long[] positions)
    {
        Fill(group);
        await using var reader = await _insertGroup.ExecuteReaderAsync().ConfigureAwait(false);
        for (var i = 0; await reader.ReadAsync().ConfigureAwait(false); i++)
        {
            positions[i] = reader.GetInt64(0);
        }
    }

    /// <summary>Arrays are sent as a whole, so they are as long as the group.</summary>
    private void Fill(List<FloorQueue.Waiting> group)
    {
        if (_ids.TypedValue!.Length != group.Count)
        {
            (_ids.TypedValue, _versions.TypedValue) = (new Guid[group.Count], new long[group.Count]);
            (_topics.TypedValue, _states.TypedValue) = (new string[group.Count], new ReadOnlyMemory<byte>[group.Count]);
        }

        for (var i = 0; i < group.Count; i++)
        {
            _ids.TypedValue[i] = group[i].Id;
            _versions.TypedValue![i] = group[i].Version;
            _topics.TypedValue![i] = Topic(group[i].Version);
            _states.TypedValue![i] = group[i].State;
        }
    }
}
