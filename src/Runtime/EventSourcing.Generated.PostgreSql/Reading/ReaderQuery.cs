using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>Runs queries on the connections of the readers, with the library's exceptions.</summary>
/// <param name="connections">The source of the connections.</param>
/// <param name="limit">How long a caller waits for a sign of the server.</param>
/// <param name="time">Measures the limit.</param>
internal sealed class ReaderQuery(PostgreSqlConnections connections, TimeSpan limit, TimeProvider time)
{
    private const int MaxAttempts = 5;

    // In seconds. Only for work that can't be cancelled: a timeout of the driver itself blocks a thread of the pool.
    private readonly int _driversLimit = limit > TimeSpan.Zero && limit < TimeSpan.FromDays(1) ? (int)Math.Ceiling(limit.TotalSeconds) + 15 : 0;

    /// <summary>
    /// Runs a query; once more, on another connection, if it failed before its first row: the connections of a pool may have been lost long ago.
    /// </summary>
    /// <param name="sql">The text of the query.</param>
    /// <param name="parameters">The parameters, in their order.</param>
    /// <param name="run">Runs the command; reports each row to the <see cref="Reading"/>.</param>
    /// <param name="cancellationToken">Cancels the read. No row reaches the caller any more.</param>
    /// <exception cref="TransientStoreException">The server sent nothing for too long, among other reasons.</exception>
    public async ValueTask<TResult> RunAsync<TResult>(
        string sql, NpgsqlParameter[] parameters, Func<NpgsqlCommand, Reading, CancellationToken, Task<TResult>> run, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (reading, cancellation) = (new Reading(time), new CancellationTokenSource());
        var work = RepeatAsync(sql, parameters, run, reading, cancellation.Token);
        while (!work.IsCompleted)
        {
            var remaining = limit == Timeout.InfiniteTimeSpan ? limit : limit - reading.Silence;
            if (cancellationToken.IsCancellationRequested || (remaining <= TimeSpan.Zero && limit != Timeout.InfiniteTimeSpan))
            {
                reading.GiveUp();
                DriverWork.Cancel(work, cancellation);
                cancellationToken.ThrowIfCancellationRequested();
                throw PostgreSqlErrors.Silent();
            }

            await ((Task)work).WaitAsync(remaining, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        cancellation.Dispose();
        return await work.ConfigureAwait(false);
    }

    private async Task<TResult> RepeatAsync<TResult>(
        string sql, NpgsqlParameter[] parameters, Func<NpgsqlCommand, Reading, CancellationToken, Task<TResult>> run, Reading reading,
        CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await RunOnceAsync(sql, parameters, run, reading, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is NpgsqlException or IOException or TimeoutException)
            {
                if (reading.HasRows || attempt == MaxAttempts || !PostgreSqlErrors.IsTransient(exception))
                {
                    throw PostgreSqlErrors.ToReadException(exception);
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(attempt * Random.Shared.Next(2, 20)), time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<TResult> RunOnceAsync<TResult>(
        string sql, NpgsqlParameter[] parameters, Func<NpgsqlCommand, Reading, CancellationToken, Task<TResult>> run, Reading reading,
        CancellationToken cancellationToken)
    {
        var connection = await connections.Reader.OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var command = new NpgsqlCommand(sql, connection) { CommandTimeout = _driversLimit };
            await using (command.ConfigureAwait(false))
            {
                command.Parameters.AddRange(parameters);
                try
                {
                    if (connections.CanPrepare)
                    {
                        await command.PrepareAsync(cancellationToken).ConfigureAwait(false);
                    }

                    return await run(command, reading, cancellationToken).ConfigureAwait(false);
                }
                catch (NpgsqlException exception) when (PostgreSqlErrors.IsConnectionLost(exception))
                {
                    // The cause has most likely ended the idle connections, too.
                    connections.Reader.Clear(connection);
                    throw;
                }
                finally
                {
                    // They belong to no command any more, so the next command may use them.
                    command.Parameters.Clear();
                }
            }
        }
        finally
        {
            await connections.Reader.CloseAsync(connection).ConfigureAwait(false);
        }
    }
}
