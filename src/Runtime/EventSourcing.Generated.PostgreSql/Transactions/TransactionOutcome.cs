using EventSourcing.Recording;
using Npgsql;
using NpgsqlTypes;

namespace EventSourcing.PostgreSql;

/// <summary>Finds out, outside a transaction, the outcome of its events and their conflicts.</summary>
internal sealed class TransactionOutcome<TKey>(PostgreSqlConnections connections, PostgreSqlEventsSql sql, TimeProvider time, string lockTimeout)
    where TKey : notnull
{
    // A backend leaves this view when its transaction has ended, and not before.
    private const string CountBackends = "SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity WHERE pid = $1";

    // The transaction holds its locks meanwhile. The lookup may wait for a transaction that waits for these locks.
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(2);

    /// <summary>Finds out which of the versions of a save that was undone is taken, and by how much.</summary>
    /// <param name="save">The save.</param>
    /// <param name="hasSnapshot">Whether the transaction doesn't see what others commit meanwhile.</param>
    /// <param name="lookInside">Looks up what only the transaction itself sees; null when it can't be used any more.</param>
    /// <param name="reason">Why it was undone; null when its own versions contradict each other.</param>
    /// <returns>The exception for the caller.</returns>
    public async Task<Exception> FindConflictAsync(
        QueuedSave<TKey> save, bool hasSnapshot, Func<QueuedSave<TKey>, Task<Exception?>> lookInside, Exception? reason)
    {
        var outside = hasSnapshot ? await LookAsync(save).ConfigureAwait(false) : null;
        var conflict = Later(await lookInside(save).ConfigureAwait(false), outside?.Error);
        if (conflict is null && outside is null && !hasSnapshot)
        {
            // The level may have been set by a statement of the user's, or the connection may be lost.
            outside = await LookAsync(save).ConfigureAwait(false);
            conflict = outside?.Error;
        }

        if (conflict is not null)
        {
            return conflict;
        }

        // A serialization failure may be about tables of the user's.
        return reason is null || (outside is null && reason is not PostgresException { SqlState: PostgresErrorCodes.SerializationFailure })
            ? new ConcurrencyException(save.Events[0].OriginatorId, save.Events[0].OriginatorVersion - 1, null)
            : PostgreSqlErrors.ToException(reason);
    }

    /// <summary>Finds out whether a save was committed, if the connection was lost in the commit.</summary>
    /// <param name="save">The save; its deadline ends the search.</param>
    /// <param name="processId">The backend that had the transaction.</param>
    /// <param name="reason">What happened to the connection.</param>
    /// <returns>The positions of the committed save.</returns>
    /// <exception cref="TransientStoreException">It was rolled back.</exception>
    /// <exception cref="InDoubtException">The outcome could not be found out in time.</exception>
    public async Task<long[]> FindAsync(QueuedSave<TKey> save, int processId, Exception reason)
    {
        var last = reason;
        while (time.GetElapsedTime(time.GetTimestamp(), save.Deadline) is var remaining && remaining > TimeSpan.Zero)
        {
            try
            {
                // Behind a pgbouncer the number isn't the server's. The pgbouncer ends a transaction whose client is lost.
                var look = await LookAsync(save, lockTimeout, connections.IsPooledByServer ? null : processId, remaining).ConfigureAwait(false);
                switch (look?.Look.State)
                {
                    case SaveState.Stored:
                        return look.Value.Look.Positions!;
                    case SaveState.Conflicting:
                    case SaveState.Free when look.Value.HasEnded:
                        throw new TransientStoreException("The connection was lost before the commit; the transaction was rolled back.", reason);
                }
            }
            catch (Exception exception) when (IsExpected(exception))
            {
                last = (exception as CreatorFailure)?.Original ?? exception;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(5, 100)), time).ConfigureAwait(false);
        }

        throw new InDoubtException(save.AppendId, last);
    }

    /// <summary>Returns the result of the lookup that has seen more.</summary>
    private static Exception? Later(Exception? one, Exception? other) =>
        other is null || (one as ConcurrencyException)?.ActualVersion > (other as ConcurrencyException)?.ActualVersion ? one : other;

    private static bool IsExpected(Exception exception) => exception is NpgsqlException or TimeoutException or IOException or InvalidOperationException
        or OperationCanceledException or System.Net.Sockets.SocketException or CreatorFailure;

    /// <summary>Looks up the versions that others have stored; null if that can't be found out soon.</summary>
    private async Task<SaveLook?> LookAsync(QueuedSave<TKey> save)
    {
        try
        {
            return await LookAsync(save, null, null, LongestLook).ConfigureAwait(false) is { } look ? look.Look : null;
        }
        catch (Exception exception) when (IsExpected(exception))
        {
            return null;
        }
    }

    private async Task<(SaveLook Look, bool HasEnded)?> LookAsync(
        QueuedSave<TKey> save, string? lockTimeoutOfLook, int? processId, TimeSpan limit)
    {
        // A timeout of the driver itself would block a thread of the pool.
        var driversLimit = (int)Math.Ceiling(limit.TotalSeconds) + 15;
        return await DriverWork.RunAsync(
            token => LookOnceAsync(save, lockTimeoutOfLook, processId, driversLimit, token), limit, time, CancellationToken.None).ConfigureAwait(false);
    }

    private async Task<(SaveLook Look, bool HasEnded)?> LookOnceAsync(
        QueuedSave<TKey> save, string? lockTimeoutOfLook, int? processId, int timeout, CancellationToken cancellationToken)
    {
        var connection = await connections.Reader.OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Queried before the lookup: a transaction that has ended by now can't write anything afterwards.
            var hasEnded = processId is null || await CountAsync(connection, processId.Value, cancellationToken).ConfigureAwait(false) == 0;
            var look = (await StoredVersions.ReadAsync(connection, sql, [save], lockTimeoutOfLook, timeout).ConfigureAwait(false))[0];
            return (look, hasEnded);
        }
        catch (NpgsqlException exception) when (PostgreSqlErrors.IsConnectionLost(exception))
        {
            connections.Reader.Clear(connection);
            throw;
        }
        finally
        {
            await connections.Reader.CloseAsync(connection).ConfigureAwait(false);
        }
    }

    private static async Task<long> CountAsync(NpgsqlConnection connection, int processId, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(CountBackends, connection)
        {
            Parameters = { new NpgsqlParameter<int> { TypedValue = processId, NpgsqlDbType = NpgsqlDbType.Integer } },
        };
        await using (command.ConfigureAwait(false))
        {
            return (long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        }
    }
}
