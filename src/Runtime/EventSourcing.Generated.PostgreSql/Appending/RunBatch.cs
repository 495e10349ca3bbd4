using EventSourcing.Recording;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>One save of consecutive events of one aggregate: shared values are sent once.</summary>
internal sealed class RunBatch<TKey>(NpgsqlConnection connection, PostgreSqlEventsSql sql, LogPositions positions, AppendForm form)
    : AppendBatch<TKey>(connection, sql, positions, sql.InsertRun, form)
    where TKey : notnull
{
    private readonly NpgsqlParameter<TKey> _id = new();
    private readonly NpgsqlParameter<long> _version = new();
    private readonly NpgsqlParameter<string[]> _topics = new() { TypedValue = [] };
    private readonly NpgsqlParameter<ReadOnlyMemory<byte>[]> _states = Arrays();
    private readonly NpgsqlParameter<ReadOnlyMemory<byte>[]> _metadata = Arrays();
    private readonly NpgsqlParameter<Guid> _appendId = new();
    private readonly NpgsqlParameter<bool> _follows = new();

    protected override NpgsqlParameter[] Parameters => [_id, _version, _topics, _states, _metadata, _appendId, _follows];

    public override void Fill(List<QueuedSave<TKey>> saves, byte[] buffer)
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
