using System.Threading.Channels;
using Npgsql;
using NpgsqlTypes;

namespace Benchmarks.PostgreSql;

/// <summary>
/// What a careful person writes by hand for the same order of events: one connection, prepared statements, one round trip, the
/// advisory lock. It does only that: no check that the version before is there, no append id, no cancellation, no recovery.
/// </summary>
internal sealed class Floor(NpgsqlDataSource dataSource) : IAsyncDisposable
{
    private const string Lock = "SELECT pg_advisory_xact_lock(4711)";
    private const string InsertOne = "INSERT INTO floor_events (originator_id, originator_version, topic, state) VALUES ($1, $2, $3, $4) RETURNING id";
    private const string InsertMany = """
        INSERT INTO floor_events (originator_id, originator_version, topic, state)
        SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::bytea[]) RETURNING id
        """;

    private readonly Channel<Waiting> _queue = Channel.CreateUnbounded<Waiting>(new() { SingleReader = true });
    private readonly NpgsqlParameter<Guid> _id = new();
    private readonly NpgsqlParameter<long> _version = new();
    private readonly NpgsqlParameter<string> _topic = new() { TypedValue = "" };
    private readonly NpgsqlParameter<byte[]> _state = new() { TypedValue = [] };
    private readonly NpgsqlParameter<Guid[]> _ids = new() { TypedValue = [] };
    private readonly NpgsqlParameter<long[]> _versions = new() { TypedValue = [] };
    private readonly NpgsqlParameter<string[]> _topics = new() { TypedValue = [] };
    private readonly NpgsqlParameter<byte[][]> _states = new() { TypedValue = [], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea };
    private NpgsqlConnection _connection = null!;
    private NpgsqlBatch _one = null!;
    private NpgsqlBatch _many = null!;

    public async Task OpenAsync()
    {
        _connection = await dataSource.OpenConnectionAsync();
        await using (var command = new NpgsqlCommand("""
            DROP TABLE IF EXISTS floor_events;
            CREATE TABLE floor_events (
                id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                originator_id uuid NOT NULL,
                originator_version bigint NOT NULL,
                topic text NOT NULL,
                state bytea NOT NULL);
            CREATE UNIQUE INDEX ON floor_events (originator_id, originator_version);
            """, _connection))
            await command.ExecuteNonQueryAsync();
        _one = await PrepareAsync(InsertOne, _id, _version, _topic, _state);
        _many = await PrepareAsync(InsertMany, _ids, _versions, _topics, _states);
    }

    /// <summary>One event in one transaction, by the only caller.</summary>
    public async Task SaveOneAsync(Guid id, long version, string topic, byte[] state)
    {
        (_id.TypedValue, _version.TypedValue, _topic.TypedValue, _state.TypedValue) = (id, version, topic, state);
        await using var reader = await _one.ExecuteReaderAsync();
        await reader.NextResultAsync();
        await reader.ReadAsync();
        _ = reader.GetInt64(0);
    }

    /// <summary>Many events in one transaction, by the only caller.</summary>
    public async Task SaveManyAsync(Guid[] ids, long[] versions, string[] topics, byte[][] states)
    {
        (_ids.TypedValue, _versions.TypedValue, _topics.TypedValue, _states.TypedValue) = (ids, versions, topics, states);
        await using var reader = await _many.ExecuteReaderAsync();
        await reader.NextResultAsync();
        for (var i = 0; await reader.ReadAsync(); i++)
            _ = reader.GetInt64(0);
    }

    /// <summary>One event, in a transaction with those of other callers.</summary>
    public Task<long> SaveInGroupAsync(Guid id, long version, string topic, byte[] state)
    {
        var waiting = new Waiting(id, version, topic, state);
        _queue.Writer.TryWrite(waiting);
        return waiting.Position.Task;
    }

    /// <summary>Commits groups until the queue is completed.</summary>
    public async Task RunGroupsAsync()
    {
        var group = new List<Waiting>();
        while (await _queue.Reader.WaitToReadAsync())
        {
            group.Clear();
            while (group.Count < 512 && _queue.Reader.TryRead(out var waiting))
                group.Add(waiting);
            _ids.TypedValue = [.. group.Select(w => w.Id)];
            _versions.TypedValue = [.. group.Select(w => w.Version)];
            _topics.TypedValue = [.. group.Select(w => w.Topic)];
            _states.TypedValue = [.. group.Select(w => w.State)];
            var positions = new long[group.Count];
            await using (var reader = await _many.ExecuteReaderAsync())
            {
                await reader.NextResultAsync();
                for (var i = 0; await reader.ReadAsync(); i++)
                    positions[i] = reader.GetInt64(0);
            }

            for (var i = 0; i < positions.Length; i++)
                group[i].Position.SetResult(positions[i]);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _connection.DisposeAsync();
    }

    private async Task<NpgsqlBatch> PrepareAsync(string insert, params NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlBatchCommand(insert);
        command.Parameters.AddRange(parameters);
        var batch = new NpgsqlBatch(_connection) { BatchCommands = { new NpgsqlBatchCommand(Lock), command } };
        await batch.PrepareAsync();
        return batch;
    }

    private sealed record Waiting(Guid Id, long Version, string Topic, byte[] State)
    {
        public TaskCompletionSource<long> Position { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
