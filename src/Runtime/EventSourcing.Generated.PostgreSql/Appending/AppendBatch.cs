using EventSourcing.Recording;
using Npgsql;
using NpgsqlTypes;

namespace EventSourcing.PostgreSql;

/// <summary>The statements before the insert, by the number of their results.</summary>
internal enum AppendForm
{
    /// <summary>Nothing: the insert takes the lock itself, and inserts nothing if the lock isn't free.</summary>
    InsertOnly,

    /// <summary>The lock.</summary>
    Lock,

    /// <summary>The lock, and a check of the sequence, which is raised if it is behind.</summary>
    LockAndRaise,
}

/// <summary>
/// A batch that appends: the lock, perhaps a check of the sequence, one form of the insert, and perhaps NOTIFY. Its parameters are created once
/// and filled again for each transaction. If no other process writes, the insert takes the lock itself.
/// </summary>
/// <param name="connection">The connection of the writer, or of a user's transaction.</param>
/// <param name="sql">The SQL of the events table.</param>
/// <param name="positions">Keeps the positions ascending.</param>
/// <param name="insert">The form of the insert.</param>
/// <param name="form">The statements before the insert.</param>
internal abstract class AppendBatch<TKey>(NpgsqlConnection connection, PostgreSqlEventsSql sql, LogPositions positions, string insert, AppendForm form)
    where TKey : notnull
{
    private readonly NpgsqlParameter<string> _lockTimeout = new() { TypedValue = "", NpgsqlDbType = NpgsqlDbType.Text };
    private readonly NpgsqlParameter<long> _last = positions.Parameter();
    private readonly NpgsqlParameter<long> _least = positions.Parameter();
    private NpgsqlBatch? _batch;

    public NpgsqlBatch Batch => _batch ??= Create();

    /// <summary>Whether nothing is inserted if the lock isn't free.</summary>
    public bool IsOnlyInsert => form == AppendForm.InsertOnly;

    /// <summary>Whether a sequence that is behind is raised; otherwise the insert then fails.</summary>
    public bool Raises => form == AppendForm.LockAndRaise;

    /// <summary>The number of results before the positions.</summary>
    public int ResultsBefore => (int)form;

    /// <summary>Whether its statements are prepared on the server.</summary>
    public bool IsPrepared { get; set; }

    /// <summary>Returns the batch inside a transaction that continues, or ends with it. Fill it before.</summary>
    /// <param name="before">The statements before the lock.</param>
    /// <param name="after">The statements after the insert.</param>
    /// <param name="notifies">Whether NOTIFY is always included.</param>
    public NpgsqlBatch Enclose(IEnumerable<NpgsqlBatchCommand> before, IEnumerable<NpgsqlBatchCommand> after, bool notifies)
    {
        var batch = new NpgsqlBatch(connection) { Timeout = 0 };
        foreach (var command in before)
        {
            batch.BatchCommands.Add(command);
        }

        AddTo(batch, notifies);
        foreach (var command in after)
        {
            batch.BatchCommands.Add(command);
        }

        return batch;
    }

    /// <summary>Fills the parameters of the statements before the insert.</summary>
    /// <param name="lockTimeout">How long to wait for the lock of the store, in milliseconds.</param>
    public void Begin(string lockTimeout) => (_lockTimeout.TypedValue, _last.TypedValue, _least.TypedValue) = (lockTimeout, positions.Last, positions.Last);

    /// <summary>The parameters of the insert, in their order, without the last one, which all forms have.</summary>
    protected abstract NpgsqlParameter[] Parameters { get; }

    /// <summary>Fills the parameters of the insert.</summary>
    /// <param name="saves">The saves, which must fit this form.</param>
    /// <param name="buffer">Large enough for all states and metadata: the bytes that are sent must not be the caller's.</param>
    public abstract void Fill(List<QueuedSave<TKey>> saves, byte[] buffer);

    /// <summary>Copies bytes into the buffer.</summary>
    protected static ReadOnlyMemory<byte> Copy(ReadOnlyMemory<byte> bytes, byte[] buffer, ref int at)
    {
        bytes.CopyTo(buffer.AsMemory(at));
        var copy = new ReadOnlyMemory<byte>(buffer, at, bytes.Length);
        at += bytes.Length;
        return copy;
    }

    protected static NpgsqlParameter<ReadOnlyMemory<byte>[]> Arrays() => new() { TypedValue = [], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea };

    /// <summary>Sets the length of an array. The server fills a shorter array with nulls, so a column without values need not be sent.</summary>
    protected static void SetLength(NpgsqlParameter<ReadOnlyMemory<byte>[]> parameter, int length)
    {
        if (parameter.TypedValue!.Length != length)
        {
            parameter.TypedValue = length == 0 ? [] : new ReadOnlyMemory<byte>[length];
        }
    }

    private NpgsqlBatch Create()
    {
        // No timeout: a cancelled commit may still have happened, and Npgsql times out by cancelling.
        var batch = new NpgsqlBatch(connection) { Timeout = 0 };
        AddTo(batch, sql.NotifyInTransaction);
        return batch;
    }

    private void AddTo(NpgsqlBatch batch, bool notifies)
    {
        var command = new NpgsqlBatchCommand(insert);
        command.Parameters.AddRange(Parameters);
        command.Parameters.Add(_last);
        if (form != AppendForm.InsertOnly)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql.Lock) { Parameters = { _lockTimeout } });
        }

        if (Raises)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(positions.Raise) { Parameters = { _least } });
        }

        batch.BatchCommands.Add(command);
        if (notifies)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql.Notify));
        }
    }
}
