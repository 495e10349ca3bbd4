using EventSourcing.Recording;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>How saves are inserted together.</summary>
internal enum GroupInsert
{
    /// <summary>All or none.</summary>
    All,

    /// <summary>The saves that fit the stored events. What the others met is reported.</summary>
    Fitting,

    /// <summary>As <see cref="Fitting"/>, but each save is a single event, and what the others met isn't reported: that costs less.</summary>
    Each,
}

/// <summary>Any saves: each column is an array. Npgsql sends whole arrays, so they are as long as the group.</summary>
/// <param name="connection">The connection of the writer, or of a user's transaction.</param>
/// <param name="sql">The SQL of the events table.</param>
/// <param name="positions">Keeps the positions ascending.</param>
/// <param name="insert">The form of the insert.</param>
/// <param name="form">The statements before the insert.</param>
internal sealed class GroupBatch<TKey>(NpgsqlConnection connection, PostgreSqlEventsSql sql, LogPositions positions, GroupInsert insert, AppendForm form)
    : AppendBatch<TKey>(connection, sql, positions, insert switch
    {
        GroupInsert.Each => sql.InsertEach,
        GroupInsert.Fitting => sql.InsertFitting,
        _ => sql.Insert,
    }, form)
    where TKey : notnull
{
    private readonly NpgsqlParameter<TKey[]> _ids = new() { TypedValue = [] };
    private readonly NpgsqlParameter<long[]> _versions = new() { TypedValue = [] };
    private readonly NpgsqlParameter<string[]> _topics = new() { TypedValue = [] };
    private readonly NpgsqlParameter<ReadOnlyMemory<byte>[]> _states = Arrays();
    private readonly NpgsqlParameter<ReadOnlyMemory<byte>[]> _metadata = Arrays();
    private readonly NpgsqlParameter<Guid[]> _appendIds = new() { TypedValue = [] };
    private readonly NpgsqlParameter<bool[]> _looks = new() { TypedValue = [] };

    /// <summary>How the saves are inserted.</summary>
    public GroupInsert Insert => insert;

    /// <summary>The append id of each event.</summary>
    public Guid[] AppendIds => _appendIds.TypedValue!;

    protected override NpgsqlParameter[] Parameters => [_ids, _versions, _topics, _states, _metadata, _appendIds, _looks];

    public override void Fill(List<QueuedSave<TKey>> saves, byte[] buffer)
    {
        var rows = 0;
        var hasMetadata = false;
        foreach (var save in saves)
        {
            rows += save.Events.Count;
            hasMetadata |= save.HasMetadata;
        }

        if (_versions.TypedValue!.Length != rows)
        {
            _ids.TypedValue = new TKey[rows];
            _versions.TypedValue = new long[rows];
            _topics.TypedValue = new string[rows];
            _states.TypedValue = new ReadOnlyMemory<byte>[rows];
            _appendIds.TypedValue = new Guid[rows];
            _looks.TypedValue = new bool[rows];
        }

        SetLength(_metadata, hasMetadata ? rows : 0);
        var (row, at) = (0, 0);
        foreach (var save in saves)
        {
            for (var i = 0; i < save.Events.Count; i++, row++)
            {
                var stored = save.Events[i];
                _ids.TypedValue![row] = stored.OriginatorId;
                _versions.TypedValue[row] = stored.OriginatorVersion;
                _topics.TypedValue![row] = stored.Topic;
                _states.TypedValue![row] = Copy(stored.State, buffer, ref at);
                if (hasMetadata)
                {
                    _metadata.TypedValue![row] = Copy(stored.Metadata, buffer, ref at);
                }

                _appendIds.TypedValue![row] = save.AppendId;
                _looks.TypedValue![row] = insert == GroupInsert.All ? save.Follows(i) : save.IsFirst(i);
            }
        }
    }
}
