using EventSourcing.Recording;
using Npgsql;
using NpgsqlTypes;

namespace EventSourcing.PostgreSql;

/// <summary>One event: no arrays.</summary>
internal sealed class SingleBatch<TKey>(NpgsqlConnection connection, PostgreSqlEventsSql sql, LogPositions positions, AppendForm form)
    : AppendBatch<TKey>(connection, sql, positions, sql.InsertOne, form)
    where TKey : notnull
{
    private readonly NpgsqlParameter<TKey> _id = new();
    private readonly NpgsqlParameter<long> _version = new();
    private readonly NpgsqlParameter<string> _topic = new() { TypedValue = "" };
    private readonly NpgsqlParameter<ReadOnlyMemory<byte>> _state = new() { NpgsqlDbType = NpgsqlDbType.Bytea };
    private readonly NpgsqlParameter<ReadOnlyMemory<byte>> _metadata = new() { NpgsqlDbType = NpgsqlDbType.Bytea };
    private readonly NpgsqlParameter<Guid> _appendId = new();
    private readonly NpgsqlParameter<bool> _follows = new();

    protected override NpgsqlParameter[] Parameters => [_id, _version, _topic, _state, _metadata, _appendId, _follows];

    public override void Fill(List<QueuedSave<TKey>> saves, byte[] buffer)
    {
        var (save, at) = (saves[0], 0);
        var stored = save.Events[0];
        _id.TypedValue = stored.OriginatorId;
        _version.TypedValue = stored.OriginatorVersion;
        _topic.TypedValue = stored.Topic;
        _state.TypedValue = Copy(stored.State, buffer, ref at);
        _metadata.TypedValue = Copy(stored.Metadata, buffer, ref at);
        _appendId.TypedValue = save.AppendId;
        _follows.TypedValue = save.Follows(0);
    }
}
