using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>Runs queries on the connections of the readers, with the library's exceptions.</summary>
/// <param name="connections">Where the connections come from.</param>
/// <param name="limit">For how long a caller waits for something to come.</param>
/// <param name="time">Measures it.</param>
internal sealed class ReaderQuery(PostgreSqlConnections connections, TimeSpan limit, TimeProvider time)
{
    private const int MaxAttempts = 5;

    // In seconds. Only for what can't be cancelled: that the driver gives up by itself costs it a thread of the pool.
    private readonly int _driversLimit = limit > TimeSpan.Zero && limit < TimeSpan.FromDays(1) ? (int)Math.Ceiling(limit.TotalSeconds) + 15 : 0;

    /// <summary>
    /// Runs a query; once more, on another connection, when it failed before its first row: the connections of a pool may have been
    /// lost long ago.
    /// </summary>
    /// <param name="sql">Its text.</param>
    /// <param name="parameters">In their order.</param>
    /// <param name="run">Runs the command; tells the reading of each row.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="TransientStoreException">Nothing came for too long, among others.</exception>
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
                    // What ended this one has most likely ended the idle ones, too.
                    connections.Reader.Clear(connection);
                    throw;
                }
                finally
                {
                    // They belong to no command any more, and so may serve the next.
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
