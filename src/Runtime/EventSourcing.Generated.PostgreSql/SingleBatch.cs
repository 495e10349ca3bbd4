using Npgsql;
using NpgsqlTypes;

namespace EventSourcing.PostgreSql;

/// <summary>One event: no arrays.</summary>
internal sealed class SingleBatch<TKey> : AppendBatch<TKey>
    where TKey : notnull
{
    private readonly NpgsqlParameter<TKey> _id;
    private readonly NpgsqlParameter<long> _version;
    private readonly NpgsqlParameter<string> _topic;
    private readonly NpgsqlParameter<ReadOnlyMemory<byte>> _state;
    private readonly NpgsqlParameter<ReadOnlyMemory<byte>> _metadata;
    private readonly NpgsqlParameter<Guid> _appendId;
    private readonly NpgsqlParameter<bool> _follows;

    internal SingleBatch(NpgsqlConnection connection, PostgreSqlEventsSql sql)
        : this(
            connection, sql, new(), new(), new() { TypedValue = "" }, new() { NpgsqlDbType = NpgsqlDbType.Bytea },
            new() { NpgsqlDbType = NpgsqlDbType.Bytea }, new(), new())
    {
    }

    private SingleBatch(
        NpgsqlConnection connection, PostgreSqlEventsSql sql, NpgsqlParameter<TKey> id, NpgsqlParameter<long> version, NpgsqlParameter<string> topic,
        NpgsqlParameter<ReadOnlyMemory<byte>> state, NpgsqlParameter<ReadOnlyMemory<byte>> metadata, NpgsqlParameter<Guid> appendId, NpgsqlParameter<bool> follows)
        : base(new NpgsqlBatchCommand(sql.InsertOne) { Parameters = { id, version, topic, state, metadata, appendId, follows } }, connection, sql) =>
        (_id, _version, _topic, _state, _metadata, _appendId, _follows) = (id, version, topic, state, metadata, appendId, follows);

    internal override void Fill(List<EventsSave<TKey>> saves, byte[] buffer)
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
