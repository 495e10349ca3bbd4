using EventSourcing.Recording;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>The batch that writes into a transaction of the user's, or commits it: one round trip.</summary>
/// <remarks>
/// The write is between a savepoint and its release, so that a failure in it undoes nothing else. The lock of the store is taken again each
/// time, because a rollback to a savepoint has released it.
/// </remarks>
internal sealed class TransactionBatch<TKey> : IAsyncDisposable
    where TKey : notnull
{
    private const string Savepoint = "SAVEPOINT eventsourcing_append";
    private const string Undo = "ROLLBACK TO SAVEPOINT eventsourcing_append";
    private const string Release = "RELEASE SAVEPOINT eventsourcing_append";

    // The limit of the wait is the library's; later statements of the user have their own again.
    private const string KeepLockTimeout =
        "SELECT pg_catalog.set_config('eventsourcing.lock_timeout', pg_catalog.current_setting('lock_timeout'), true)";

    private const string ResetLockTimeout =
        "SELECT pg_catalog.set_config('lock_timeout', pg_catalog.current_setting('eventsourcing.lock_timeout'), true)";

    private readonly NpgsqlBatch _batch;
    private readonly int _resultsBefore;
    private readonly LogPositions? _raising;

    private TransactionBatch(NpgsqlBatch batch, int resultsBefore, LogPositions? raising) =>
        (_batch, _resultsBefore, _raising) = (batch, resultsBefore, raising);

    /// <summary>Whether the answer has reached the point after which the server may have committed.</summary>
    public bool IsPastWriting { get; private set; }

    /// <summary>Writes, and leaves the transaction open.</summary>
    /// <param name="connection">The connection of the transaction.</param>
    /// <param name="sql">The SQL of the events table.</param>
    /// <param name="positions">Keeps the positions ascending.</param>
    /// <param name="tracking">The statements that track positions; empty for none.</param>
    /// <param name="save">The events; null for none.</param>
    /// <param name="lockTimeout">How long to wait for the lock of the store, in milliseconds.</param>
    /// <param name="notifies">Whether NOTIFY is always included.</param>
    /// <param name="timeout">How long the write may take, in seconds.</param>
    /// <param name="continues">Whether <see cref="ToEnd"/> follows, so that the savepoint stays.</param>
    public static TransactionBatch<TKey> ToWrite(
        NpgsqlConnection connection, PostgreSqlEventsSql sql, LogPositions positions, IReadOnlyList<NpgsqlBatchCommand> tracking, QueuedSave<TKey>? save,
        string lockTimeout, bool notifies, int timeout, bool continues)
    {
        var batch = Create(connection, sql, positions, [new(KeepLockTimeout), new(Savepoint), .. tracking], save, continues ? [] : [Release, ResetLockTimeout], lockTimeout, notifies);
        batch._batch.Timeout = timeout;
        return batch;
    }

    /// <summary>Writes the rest of what <see cref="ToWrite"/> has begun, and leaves the transaction open.</summary>
    public static TransactionBatch<TKey> ToEnd(NpgsqlConnection connection, IEnumerable<NpgsqlBatchCommand> statements, int timeout)
    {
        var batch = new NpgsqlBatch(connection) { Timeout = timeout };
        foreach (var statement in statements.Append(new(Release)).Append(new(ResetLockTimeout)))
        {
            batch.BatchCommands.Add(statement);
        }

        return new(batch, 0, null);
    }

    /// <summary>Writes and commits. The parameters are those of <see cref="ToWrite"/>.</summary>
    public static TransactionBatch<TKey> ToCommit(
        NpgsqlConnection connection, PostgreSqlEventsSql sql, LogPositions positions, IReadOnlyList<NpgsqlBatchCommand> tracking, QueuedSave<TKey>? save,
        string lockTimeout) =>
        Create(connection, sql, positions, [new(Savepoint), .. tracking], save, [Release, "COMMIT"], lockTimeout, sql.NotifyInTransaction);

    /// <summary>Undoes a failed write, with its savepoint.</summary>
    /// <returns>Whether the transaction can continue.</returns>
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
            catch (Exception exception) when (PostgreSqlErrors.IsOfOpenConnection(exception))
            {
                return false;
            }
        }
    }

    /// <summary>
    /// Only commits. In a failed transaction, the server would answer COMMIT by rolling back, and report success: so the query fails.
    /// </summary>
    public static TransactionBatch<TKey> ToCommit(NpgsqlConnection connection) => new(
        new NpgsqlBatch(connection) { Timeout = 0, BatchCommands = { new NpgsqlBatchCommand("SELECT 1::bigint"), new NpgsqlBatchCommand("COMMIT") } }, 0, null);

    /// <summary>Sends the batch and reads the answer to its end.</summary>
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

    /// <summary>
    /// Creates a batch whose statements before the save return a row, except for those that only change the transaction or a table. A runner that
    /// comes second waits for the first one before it takes the lock of the store.
    /// </summary>
    private static TransactionBatch<TKey> Create(
        NpgsqlConnection connection, PostgreSqlEventsSql sql, LogPositions positions, NpgsqlBatchCommand[] before, QueuedSave<TKey>? save, string[] after,
        string lockTimeout, bool notifies)
    {
        if (save is not null)
        {
            var append = Fill(connection, sql, positions, save, lockTimeout);
            return new(append.Enclose(before, after.Select(static text => new NpgsqlBatchCommand(text)), notifies), append.ResultsBefore + before.Count(HasResult), positions);
        }

        var batch = new NpgsqlBatch(connection) { Timeout = 0 };
        foreach (var command in before.Concat(after.Select(text => new NpgsqlBatchCommand(text))))
        {
            batch.BatchCommands.Add(command);
        }

        return new(batch, 0, null);
    }

    private static bool HasResult(NpgsqlBatchCommand command) =>
        command.CommandText.StartsWith("SELECT", StringComparison.Ordinal) || command.CommandText.StartsWith("WITH", StringComparison.Ordinal);

    private static AppendBatch<TKey> Fill(
        NpgsqlConnection connection, PostgreSqlEventsSql sql, LogPositions positions, QueuedSave<TKey> save, string lockTimeout)
    {
        // A form that fails as a whole: the COMMIT is in the same batch.
        AppendBatch<TKey> batch = save.IsRun ? new RunBatch<TKey>(connection, sql, positions, AppendForm.LockAndRaise)
            : new GroupBatch<TKey>(connection, sql, positions, GroupInsert.All, AppendForm.LockAndRaise);
        batch.Begin(lockTimeout);

        // Copied, because an abandoned batch may still be under way.
        batch.Fill([save], new byte[save.Bytes]);
        return batch;
    }
}
