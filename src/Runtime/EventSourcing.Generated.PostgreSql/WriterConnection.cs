using Npgsql;
using NpgsqlTypes;

namespace EventSourcing.PostgreSql;

/// <summary>
/// The connection that appends, with its one batch: lock, insert, and perhaps NOTIFY. What it sends is copied into memory of its
/// own: a batch that is given up on may still be on its way when the caller has long reused its buffers.
/// </summary>
internal sealed class WriterConnection<TKey> : IAsyncDisposable
    where TKey : notnull
{
    private const int LargestKeptBuffer = 1 << 20;

    private readonly NpgsqlConnection _connection;
    private readonly PostgreSqlEventsSql _sql;
    private readonly NpgsqlBatch _batch;
    private readonly NpgsqlParameter<string> _lockTimeout = new() { TypedValue = "", NpgsqlDbType = NpgsqlDbType.Text };
    private readonly NpgsqlParameter<TKey[]> _ids = new() { TypedValue = [] };
    private readonly NpgsqlParameter<long[]> _versions = new() { TypedValue = [] };
    private readonly NpgsqlParameter<string[]> _topics = new() { TypedValue = [] };
    private readonly NpgsqlParameter<ReadOnlyMemory<byte>[]> _states = new() { TypedValue = [], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea };
    private readonly NpgsqlParameter<ReadOnlyMemory<byte>[]> _metadata = new() { TypedValue = [], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea };
    private readonly NpgsqlParameter<Guid[]> _appendIds = new() { TypedValue = [] };
    private readonly NpgsqlParameter<bool[]> _follows = new() { TypedValue = [] };
    private byte[] _buffer = [];

    private WriterConnection(NpgsqlConnection connection, PostgreSqlEventsSql sql)
    {
        (_connection, _sql) = (connection, sql);
        _connection.Notice += OnNotice;

        // No timeout: a commit that is cancelled may have happened all the same, and Npgsql times out by cancelling.
        _batch = new NpgsqlBatch(connection)
        {
            Timeout = 0,
            BatchCommands =
            {
                new NpgsqlBatchCommand(sql.Lock) { Parameters = { _lockTimeout } },
                new NpgsqlBatchCommand(sql.Insert)
                {
                    Parameters = { _ids, _versions, _topics, _states, _metadata, _appendIds, _follows },
                },
            },
        };
        if (sql.NotifyInTransaction)
        {
            _batch.BatchCommands.Add(new NpgsqlBatchCommand(sql.Notify));
        }
    }

    /// <summary>
    /// Whether the server gave up waiting for its standby in the last batch: committed there, but on no other server yet.
    /// </summary>
    internal bool IsUnreplicated { get; private set; }

    internal static async Task<WriterConnection<TKey>> OpenAsync(PostgreSqlConnections connections, PostgreSqlEventsSql sql, string lockTimeout, CancellationToken cancellationToken)
    {
        var connection = connections.Writer.CreateConnection();
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            var writer = new WriterConnection<TKey>(connection, sql);
            if (connections.CanPrepare)
            {
                await writer.PrepareAsync(lockTimeout, cancellationToken).ConfigureAwait(false);
            }

            return writer;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Fills the batch. To be called before each <see cref="ExecuteAsync"/>.</summary>
    internal void Fill(List<EventsSave<TKey>> saves, string lockTimeout)
    {
        var (rows, bytes) = (0, 0);
        foreach (var save in saves)
        {
            rows += save.Events.Count;
            for (var i = 0; i < save.Events.Count; i++)
            {
                bytes += save.Events[i].State.Length + save.Events[i].Metadata.Length;
            }
        }

        if (_buffer.Length < bytes || (_buffer.Length > LargestKeptBuffer && bytes <= LargestKeptBuffer))
        {
            _buffer = new byte[Math.Max(bytes, 4096)];
        }

        if (_versions.TypedValue!.Length != rows)
        {
            // Npgsql sends arrays as a whole, so they are as long as the group.
            _ids.TypedValue = new TKey[rows];
            _versions.TypedValue = new long[rows];
            _topics.TypedValue = new string[rows];
            _states.TypedValue = new ReadOnlyMemory<byte>[rows];
            _metadata.TypedValue = new ReadOnlyMemory<byte>[rows];
            _appendIds.TypedValue = new Guid[rows];
            _follows.TypedValue = new bool[rows];
        }

        _lockTimeout.TypedValue = lockTimeout;
        var (row, at) = (0, 0);
        foreach (var save in saves)
        {
            for (var i = 0; i < save.Events.Count; i++, row++)
            {
                var stored = save.Events[i];
                _ids.TypedValue![row] = stored.OriginatorId;
                _versions.TypedValue[row] = stored.OriginatorVersion;
                _topics.TypedValue![row] = stored.Topic;
                _states.TypedValue![row] = Copy(stored.State, ref at);
                _metadata.TypedValue![row] = Copy(stored.Metadata, ref at);
                _appendIds.TypedValue![row] = save.AppendId;
                _follows.TypedValue![row] = save.Follows(i);
            }
        }
    }

    /// <summary>Sends the batch, which is one transaction, and reads the answer to its end: then it is committed.</summary>
    /// <param name="positions">Filled with the positions; as many arrays as saves.</param>
    internal async Task ExecuteAsync(long[][] positions)
    {
        IsUnreplicated = false;
        var reader = await _batch.ExecuteReaderAsync().ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            await reader.NextResultAsync().ConfigureAwait(false);
            foreach (var ofSave in positions)
            {
                for (var i = 0; i < ofSave.Length; i++)
                {
                    if (!await reader.ReadAsync().ConfigureAwait(false))
                    {
                        throw new StoreException("The events table took fewer events than it was given: a trigger or rule of the database withholds them.");
                    }

                    ofSave[i] = reader.GetInt64(0);
                }
            }

            // An error at the commit itself comes after the last row.
            while (await reader.NextResultAsync().ConfigureAwait(false))
            {
            }
        }
    }

    /// <summary>Looks what is stored where saves want to be.</summary>
    internal Task<List<(SaveState State, long[]? Positions, Exception? Error)>> LookAsync(List<EventsSave<TKey>> saves, string? lockTimeout) =>
        StoredVersions.ReadAsync(_connection, _sql, saves, lockTimeout);

    public async ValueTask DisposeAsync()
    {
        _connection.Notice -= OnNotice;
        await _batch.DisposeAsync().ConfigureAwait(false);
        await _connection.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Preparing an INSERT locks its table, so it waits for other locks, and must not do so for ever.</summary>
    private async Task PrepareAsync(string lockTimeout, CancellationToken cancellationToken)
    {
        var transaction = await _connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            var limit = new NpgsqlCommand("SELECT pg_catalog.set_config('lock_timeout', $1, true)", _connection)
            {
                Parameters = { new NpgsqlParameter<string> { TypedValue = lockTimeout } },
            };
            await using (limit.ConfigureAwait(false))
            {
                await limit.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }

            await _batch.PrepareAsync(cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private ReadOnlyMemory<byte> Copy(ReadOnlyMemory<byte> bytes, ref int at)
    {
        bytes.CopyTo(_buffer.AsMemory(at));
        var copy = new ReadOnlyMemory<byte>(_buffer, at, bytes.Length);
        at += bytes.Length;
        return copy;
    }

    // The text of a notice is in the server's language; the name of the routine that warns isn't.
    private void OnNotice(object sender, NpgsqlNoticeEventArgs e) =>
        IsUnreplicated |= e.Notice.Routine == "SyncRepWaitForLSN" && e.Notice.InvariantSeverity == "WARNING";
}
