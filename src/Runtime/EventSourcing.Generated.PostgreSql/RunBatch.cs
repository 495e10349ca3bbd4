using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>One save of events of one aggregate that follow each other: what they share is sent once.</summary>
internal sealed class RunBatch<TKey> : AppendBatch<TKey>
    where TKey : notnull
{
    private readonly NpgsqlParameter<TKey> _id;
    private readonly NpgsqlParameter<long> _version;
    private readonly NpgsqlParameter<string[]> _topics;
    private readonly NpgsqlParameter<ReadOnlyMemory<byte>[]> _states;
    private readonly NpgsqlParameter<ReadOnlyMemory<byte>[]> _metadata;
    private readonly NpgsqlParameter<Guid> _appendId;
    private readonly NpgsqlParameter<bool> _follows;

    internal RunBatch(NpgsqlConnection connection, PostgreSqlEventsSql sql)
        : this(connection, sql, new(), new(), new() { TypedValue = [] }, Arrays(), Arrays(), new(), new())
    {
    }

    private RunBatch(
        NpgsqlConnection connection, PostgreSqlEventsSql sql, NpgsqlParameter<TKey> id, NpgsqlParameter<long> version, NpgsqlParameter<string[]> topics,
        NpgsqlParameter<ReadOnlyMemory<byte>[]> states, NpgsqlParameter<ReadOnlyMemory<byte>[]> metadata, NpgsqlParameter<Guid> appendId, NpgsqlParameter<bool> follows)
        : base(new NpgsqlBatchCommand(sql.InsertRun) { Parameters = { id, version, topics, states, metadata, appendId, follows } }, connection, sql) =>
        (_id, _version, _topics, _states, _metadata, _appendId, _follows) = (id, version, topics, states, metadata, appendId, follows);

    internal override void Fill(List<EventsSave<TKey>> saves, byte[] buffer)
    {
        var save = saves[0];
        var rows = save.Events.Count;
        if (_topics.TypedValue!.Length != rows)
        {
            _topics.TypedValue = new string[rows];
            _states.TypedValue = new ReadOnlyMemory<byte>[rows];
        }

        _id.TypedValue = save.Events[0].OriginatorId;
        _version.TypedValue = save.Events[0].OriginatorVersion;
        _appendId.TypedValue = save.AppendId;
        _follows.TypedValue = save.Follows(0);
        SetLength(_metadata, save.HasMetadata ? rows : 0);
        var at = 0;
        for (var i = 0; i < rows; i++)
        {
            _topics.TypedValue![i] = save.Events[i].Topic;
            _states.TypedValue![i] = Copy(save.Events[i].State, buffer, ref at);
            if (save.HasMetadata)
            {
                _metadata.TypedValue![i] = Copy(save.Events[i].Metadata, buffer, ref at);
            }
        }
    }
}
