using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>What is sent to write into a transaction of the user's, or to commit it: one round trip.</summary>
/// <remarks>
/// The writing stands between a savepoint and its release, so that what fails in it undoes nothing else. The lock of the store is taken
/// anew each time, as a savepoint that was rolled back has freed it.
/// </remarks>
internal sealed class TransactionBatch<TKey> : IAsyncDisposable
    where TKey : notnull
{
    private const string Savepoint = "SAVEPOINT eventsourcing_append";
    private const string Undo = "ROLLBACK TO SAVEPOINT eventsourcing_append";
    private const string Release = "RELEASE SAVEPOINT eventsourcing_append";

    // The limit for waiting is ours; the statements that the user sends afterwards have their own again.
    private const string KeepLockTimeout =
        "SELECT pg_catalog.set_config('eventsourcing.lock_timeout', pg_catalog.current_setting('lock_timeout'), true)";

    private const string ResetLockTimeout =
        "SELECT pg_catalog.set_config('lock_timeout', pg_catalog.current_setting('eventsourcing.lock_timeout'), true)";

    private readonly NpgsqlBatch _batch;
    private readonly int _resultsBefore;
    private readonly LogPositions? _raising;

    private TransactionBatch(NpgsqlBatch batch, int resultsBefore, LogPositions? raising) =>
        (_batch, _resultsBefore, _raising) = (batch, resultsBefore, raising);

    /// <summary>Whether the answer has come to the point from which on the server may have committed.</summary>
    public bool IsPastWriting { get; private set; }

    /// <summary>Writes, and leaves the transaction open.</summary>
    public static TransactionBatch<TKey> ToWrite(
        NpgsqlConnection connection, PostgreSqlEventsSql sql, LogPositions positions, EventsSave<TKey> save, string lockTimeout, bool notifies, int timeout)
    {
        var append = Fill(connection, sql, positions, save, lockTimeout);
        var batch = append.Enclose([KeepLockTimeout, Savepoint], [Release, ResetLockTimeout], notifies);
        batch.Timeout = timeout;
        return new(batch, append.ResultsBefore + 1, positions);
    }

    /// <summary>Writes and commits.</summary>
    public static TransactionBatch<TKey> ToCommit(
        NpgsqlConnection connection, PostgreSqlEventsSql sql, LogPositions positions, EventsSave<TKey> save, string lockTimeout)
    {
        var append = Fill(connection, sql, positions, save, lockTimeout);
        return new(append.Enclose([Savepoint], [Release, "COMMIT"], sql.NotifyInTransaction), append.ResultsBefore, positions);
    }

    /// <summary>Undoes a writing that has failed, and the savepoint with it.</summary>
    /// <returns>Whether the transaction can go on.</returns>
    public static async Task<bool> TryUndoAsync(NpgsqlConnection connection, int timeout)
    {
        var batch = new NpgsqlBatch(connection)
        {
            Timeout = timeout,
            BatchCommands = { new NpgsqlBatchCommand(Undo), new NpgsqlBatchCommand(Release) },
        };
        await using (batch.ConfigureAwait(false))
        {
            try
            {
                await batch.ExecuteNonQueryAsync().ConfigureAwait(false);
                return true;
            }
            catch (Exception exception) when (exception is NpgsqlException or IOException or TimeoutException or InvalidOperationException)
            {
                return false;
            }
        }
    }

    /// <summary>Only commits. In a transaction that has failed, the server would answer COMMIT by rolling back, and call that a success: the query fails.</summary>
    public static TransactionBatch<TKey> ToCommit(NpgsqlConnection connection) => new(
        new NpgsqlBatch(connection) { Timeout = 0, BatchCommands = { new NpgsqlBatchCommand("SELECT 1::bigint"), new NpgsqlBatchCommand("COMMIT") } }, 0, null);

    /// <summary>Sends it and reads the answer to its end.</summary>
    /// <returns>The positions.</returns>
    public async Task<long[]> ExecuteAsync()
    {
        long[] positions = [];
        var reader = await _batch.ExecuteReaderAsync().ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            if (_raising is { } raising)
            {
                await raising.SkipAsync(reader, _resultsBefore, raises: true).ConfigureAwait(false);
                await reader.ReadAsync().ConfigureAwait(false);
                positions = reader.GetFieldValue<long[]>(0);
            }

            IsPastWriting = true;
            while (await reader.NextResultAsync().ConfigureAwait(false))
            {
            }
        }

        return positions;
    }

    public ValueTask DisposeAsync() => _batch.DisposeAsync();

    private static AppendBatch<TKey> Fill(
        NpgsqlConnection connection, PostgreSqlEventsSql sql, LogPositions positions, EventsSave<TKey> save, string lockTimeout)
    {
        // Those that fail as a whole: the COMMIT is in the same batch.
        AppendBatch<TKey> batch = save.IsRun ? new RunBatch<TKey>(connection, sql, positions, AppendForm.LockAndRaise)
            : new GroupBatch<TKey>(connection, sql, positions, GroupInsert.All, AppendForm.LockAndRaise);
        batch.Begin(lockTimeout);

        // Copied, as what is given up on may still be on its way.
        batch.Fill([save], new byte[save.Bytes]);
        return batch;
    }
}
