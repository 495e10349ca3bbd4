using System.Data;
using System.Data.Common;
using EventSourcing.Recording;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>Begins transactions of the user's, on connections of their own, and joins external ones.</summary>
internal sealed class TransactionFactory<TKey>
    where TKey : notnull
{
    private const int MaxAttempts = 5;

    // A backend that has ended since is not in the view.
    private const string Terminate =
        "SELECT pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity AS a WHERE a.pid = ANY ($1) AND a.usename = session_user";

    private static readonly TimeSpan LongestClosing = TimeSpan.FromSeconds(5);

    private readonly PostgreSqlConnections _connections;
    private readonly OpenTransactions<OpenTransaction> _open = new();

    public TransactionFactory(
        PostgreSqlConnections connections, PostgreSqlEventsSql sql, LogPositions positions, OtherTables others, SaveTimes times,
        Func<CancellationToken, ValueTask> open, Action onAppended, Action onTracked)
    {
        (_connections, Sql, Positions, Others, Times) = (connections, sql, positions, others, times);
        (OpenAsync, OnAppended, OnTracked) = (open, onAppended, onTracked);
        CommitLockTimeout = PostgreSqlAddress.ToLockTimeout(times.CommitLockTimeout);
        WriteLockTimeout = PostgreSqlAddress.ToLockTimeout(times.LockTimeout);
        WriteTimeout = (int)Math.Ceiling(SaveTimes.Min(connections.Address.LockTimeout + TimeSpan.FromSeconds(5), times.SaveTimeout).TotalSeconds);
        Outcome = new TransactionOutcome<TKey>(connections, sql, times.Time, CommitLockTimeout);
    }

    public PostgreSqlEventsSql Sql { get; }

    public LogPositions Positions { get; }

    /// <summary>The tables that transactions write to besides that of the events.</summary>
    public OtherTables Others { get; }

    public TrackingTable Tracking => Others.Tracking;

    public bool IsPooledByServer => _connections.IsPooledByServer;

    public SaveTimes Times { get; }

    /// <summary>How long a commit waits for the lock of the store, in milliseconds.</summary>
    public string CommitLockTimeout { get; }

    /// <summary>
    /// As <see cref="CommitLockTimeout"/>, for a commit that waits for several locks: together no longer than for one, so that the server stops waiting
    /// before the wait for its answer ends.
    /// </summary>
    public string CommitLockTimeoutOf(int locks) =>
        locks <= 1 ? CommitLockTimeout : PostgreSqlAddress.ToLockTimeout(Times.CommitLockTimeout / locks);

    /// <summary>How long a write without a commit waits for the lock of the store, in milliseconds.</summary>
    public string WriteLockTimeout { get; }

    /// <summary>How long a write without a commit may take, in seconds. It may be cancelled, because it decides nothing.</summary>
    public int WriteTimeout { get; }

    /// <summary>How long a read on a connection of the library may take, in seconds; 0 for no limit.</summary>
    public int ReadTimeout => Times.ReadTimeout == Timeout.InfiniteTimeSpan ? 0 : (int)Math.Ceiling(Times.ReadTimeout.TotalSeconds);

    public TransactionOutcome<TKey> Outcome { get; }

    public Func<CancellationToken, ValueTask> OpenAsync { get; }

    public Action OnAppended { get; }

    public Action OnTracked { get; }

    /// <summary>
    /// Rolls back the open transactions, except those that are being committed, and lets no other begin. The wait is limited, because the server
    /// may not answer.
    /// </summary>
    public async Task CloseAsync()
    {
        var (open, _) = await _open.CloseAsync().ConfigureAwait(false);
        List<Task> closing = [];
        List<OpenTransaction> inUse = [];
        foreach (var transaction in open)
        {
            // Otherwise it is being committed.
            if (_open.Leave(transaction))
            {
                switch (transaction.TryClose())
                {
                    case true:
                        closing.Add(CloseAsync(transaction.Connection));
                        break;
                    case false:
                        inUse.Add(transaction);
                        closing.Add(transaction.Ended);
                        break;
                }
            }
        }

        if (inUse.Count > 0 && !IsPooledByServer)
        {
            await TerminateAsync([.. inUse.Select(static transaction => transaction.ProcessId)]).ConfigureAwait(false);
        }

        await Task.WhenAll(closing).WaitAsync(LongestClosing, Times.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>
    /// Makes the server end transactions whose connections are in use. Their statements fail, and their owners return the connections. If the
    /// server can't be asked, the transactions end when their owners continue.
    /// </summary>
    private async Task TerminateAsync(int[] processIds)
    {
        try
        {
            await DriverWork.RunAsync(
                async cancellationToken =>
                {
                    var connection = await _connections.Reader.OpenAsync(cancellationToken).ConfigureAwait(false);
                    try
                    {
                        var command = new NpgsqlCommand(Terminate, connection) { Parameters = { new NpgsqlParameter<int[]> { TypedValue = processIds } } };
                        await using (command.ConfigureAwait(false))
                        {
                            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
                        }
                    }
                    finally
                    {
                        await _connections.Reader.CloseAsync(connection).ConfigureAwait(false);
                    }
                },
                LongestClosing, Times.Time, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or CreatorFailure
            || PostgreSqlErrors.IsOfConnection(exception) || PostgreSqlErrors.IsOfOpenConnection(exception))
        {
            // The server is not available, or the pool has no other connection.
        }
    }

    public async ValueTask<RecorderTransaction<TKey>> BeginAsync(bool readOnly, IsolationLevel isolationLevel, CancellationToken cancellationToken)
    {
        if (isolationLevel == IsolationLevel.Unspecified)
        {
            isolationLevel = readOnly ? IsolationLevel.RepeatableRead : IsolationLevel.ReadCommitted;
        }
        else if (isolationLevel == IsolationLevel.Chaos)
        {
            throw new TransactionException("PostgreSQL has no isolation level Chaos.");
        }

        // The wait for a server that doesn't answer must not be longer than that of a save or a read.
        var (limit, option) = readOnly ? (Times.ReadTimeout, nameof(EventStoreOptions.ReadTimeout)) : (Times.SaveTimeout, nameof(EventStoreOptions.SaveTimeout));
        Task<PostgreSqlTransaction<TKey>>? beginning = null;
        try
        {
            return await DriverWork.RunAsync(
                token => beginning = BeginAnewAsync(readOnly, isolationLevel, token), limit, Times.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException && beginning is not null)
        {
            _ = ConnectionSource.DropWhenOpenedAsync(beginning);
            if (exception is not TimeoutException)
            {
                throw;
            }

            throw PostgreSqlErrors.Silent(option, exception);
        }
    }

    private async Task<PostgreSqlTransaction<TKey>> BeginAnewAsync(bool readOnly, IsolationLevel isolationLevel, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            NpgsqlConnection? connection = null;
            try
            {
                connection = await _connections.Transactions.OpenAsync(cancellationToken).ConfigureAwait(false);
                return await BeginAsync(connection, readOnly, isolationLevel, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                var mayBeOld = connection?.FullState == ConnectionState.Broken;
                if (mayBeOld)
                {
                    _connections.Transactions.Clear(connection!);
                }

                if (connection is not null)
                {
                    await CloseAsync(connection).ConfigureAwait(false);
                }

                if (!PostgreSqlErrors.IsOfConnection(exception))
                {
                    throw;
                }

                if (!mayBeOld || attempt == MaxAttempts)
                {
                    throw PostgreSqlErrors.ToReadException(exception);
                }
            }
        }
    }

    /// <exception cref="TransactionException">It is of another provider or on another database, or it has ended.</exception>
    public PostgreSqlTransaction<TKey> Use(DbTransaction transaction)
    {
        if (transaction is not NpgsqlTransaction ours)
        {
            throw new TransactionException($"The store uses PostgreSQL and can't take part in a {transaction.GetType().Name}: pass the NpgsqlTransaction.");
        }

        try
        {
            if (ours.Connection is { FullState: var state } connection && (state & ConnectionState.Open) != 0)
            {
                var isolationLevel = ours.IsolationLevel;
                return IsOfDatabase(connection)
                    ? new PostgreSqlTransaction<TKey>(this, connection, ours, isolationLevel)
                    : throw new TransactionException("The transaction uses another database than the store: the host, port or name differs.");
            }
        }
        catch (InvalidOperationException)
        {
            // Npgsql throws this for a transaction that has ended.
        }

        throw new TransactionException("The transaction has ended, or its connection is lost.");
    }

    /// <summary>Prevents the pool from returning this connection again, or any that is idle now.</summary>
    public void Clear(NpgsqlConnection connection) => _connections.Transactions.Clear(connection);

    /// <summary>Returns the connection of a transaction that has ended. Throws nothing.</summary>
    public Task ReturnAsync(OpenTransaction transaction)
    {
        if (transaction.IsClosed)
        {
            // The server may be ending it: no other caller may get it from the pool.
            Clear(transaction.Connection);
        }

        return CloseAsync(transaction.Connection);
    }

    /// <summary>Returns a connection, which rolls back its open transaction. Throws nothing.</summary>
    public Task CloseAsync(NpgsqlConnection connection) => ConnectionSource.QuietlyAsync(_connections.Transactions.CloseAsync(connection));

    /// <summary>Excludes a transaction from the rollback when the store is closed: from here on it ends by itself.</summary>
    /// <returns>False if the store is closed and has taken the transaction to roll it back.</returns>
    public bool Leave(OpenTransaction transaction) => _open.Leave(transaction);

    /// <summary>Includes a transaction again, whose commit has failed and which continues.</summary>
    /// <exception cref="ObjectDisposedException">The store is closed.</exception>
    public void Enter(OpenTransaction transaction) => _open.Enter(transaction);

    private async Task<PostgreSqlTransaction<TKey>> BeginAsync(
        NpgsqlConnection connection, bool readOnly, IsolationLevel isolationLevel, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(isolationLevel, cancellationToken).ConfigureAwait(false);
        var batch = new NpgsqlBatch(connection);
        await using (batch.ConfigureAwait(false))
        {
            // Npgsql sends BEGIN with the first command. So this one finds out whether the connection is alive, before the user does. Unlike SELECT,
            // SHOW leaves the moment of the snapshot to the user.
            string[] texts = readOnly ? ["SET TRANSACTION READ ONLY", "SELECT 1"] : ["SHOW transaction_isolation"];
            foreach (var text in texts)
            {
                batch.BatchCommands.Add(new NpgsqlBatchCommand(text));
            }

            await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }

        var open = new OpenTransaction(connection, transaction => Leave(transaction));
        Enter(open);
        return new PostgreSqlTransaction<TKey>(this, connection, transaction, isolationLevel, open);
    }

    /// <summary>Compares what is known of both; behind a pgbouncer, or with several servers, only the name of the database is known.</summary>
    private bool IsOfDatabase(NpgsqlConnection connection)
    {
        if (_connections.Target is not { } store)
        {
            return true;
        }

        if ((store.Database ?? store.Username) is { } database && database != connection.Database)
        {
            return false;
        }

        if (IsPooledByServer || store.Host is not { } host || host.Contains(',', StringComparison.Ordinal) || connection.Host is not { } theirs)
        {
            return true;
        }

        return IsSameHost(host, theirs) && store.Port == connection.Port;
    }

    private static bool IsSameHost(string one, string other) =>
        string.Equals(one, other, StringComparison.OrdinalIgnoreCase) || (IsThisMachine(one) && IsThisMachine(other));

    private static bool IsThisMachine(string host) =>
        host is "localhost" or "127.0.0.1" or "::1" || host.StartsWith('/') || string.Equals(host, Environment.MachineName, StringComparison.OrdinalIgnoreCase);
}
