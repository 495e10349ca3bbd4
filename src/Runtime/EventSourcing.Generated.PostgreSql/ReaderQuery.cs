using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>Runs queries on the connections of the readers, with the library's exceptions.</summary>
internal sealed class ReaderQuery(PostgreSqlConnections connections, TimeProvider time)
{
    private const int MaxAttempts = 5;

    /// <summary>
    /// Runs a query; once more, on another connection, when it failed before its first row: the connections of a pool may have been
    /// lost long ago.
    /// </summary>
    /// <param name="sql">Its text.</param>
    /// <param name="parameters">In their order.</param>
    /// <param name="run">Runs the command; tells by the action that a row has come.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal async ValueTask<TResult> RunAsync<TResult>(
        string sql, NpgsqlParameter[] parameters, Func<NpgsqlCommand, Action, CancellationToken, Task<TResult>> run, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var hasRows = false;
            try
            {
                return await RunOnceAsync(sql, parameters, command => run(command, () => hasRows = true, cancellationToken), cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is NpgsqlException or IOException or TimeoutException)
            {
                if (hasRows || attempt == MaxAttempts || !PostgreSqlErrors.IsTransient(exception))
                {
                    throw PostgreSqlErrors.ToReadException(exception);
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(attempt * Random.Shared.Next(2, 20)), time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<TResult> RunOnceAsync<TResult>(
        string sql, NpgsqlParameter[] parameters, Func<NpgsqlCommand, Task<TResult>> run, CancellationToken cancellationToken)
    {
        var connection = await connections.Reader.OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var command = new NpgsqlCommand(sql, connection);
            await using (command.ConfigureAwait(false))
            {
                command.Parameters.AddRange(parameters);
                try
                {
                    if (connections.CanPrepare)
                    {
                        await command.PrepareAsync(cancellationToken).ConfigureAwait(false);
                    }

                    return await run(command).ConfigureAwait(false);
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
