using EventSourcing.Recording;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>
/// Listens to the notifications of other processes about their appends, on a connection of its own and only while a subscription watches. A
/// lost connection is opened again; meanwhile subscriptions poll.
/// </summary>
internal sealed class AppendListener : IAsyncDisposable
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    // A connection whose other end is gone is silent, so it is checked now and then.
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(30);

    private readonly Lock _sync = new();
    private readonly ConnectionSource? _connections;
    private readonly PostgreSqlEventsSql _sql;
    private readonly TimeProvider _time;
    private CancellationTokenSource? _stopping;
    private bool _isPooled;
    private Task _running = Task.CompletedTask;

    public AppendListener(ConnectionSource? connections, PostgreSqlEventsSql sql, TimeProvider time)
    {
        (_connections, _sql, _time) = (connections, sql, time);
        Signal = new AppendSignal(OnWatched);
    }

    public AppendSignal Signal { get; }

    public async ValueTask DisposeAsync()
    {
        OnWatched(false);
        await _running.ConfigureAwait(false);
        Signal.Set();
    }

    private void OnWatched(bool isWatched)
    {
        if (_connections is null)
        {
            return;
        }

        lock (_sync)
        {
            if (_stopping is not null)
            {
                DriverWork.Cancel(_running, _stopping);
            }

            _stopping = null;
            if (isWatched)
            {
                var stopping = _stopping = new CancellationTokenSource();
                var before = _running;
                _running = Background.Start(() => Task.Run(() => RunAsync(before, stopping.Token), CancellationToken.None));
            }
        }
    }

    private async Task RunAsync(Task before, CancellationToken stopping)
    {
        await before.ConfigureAwait(false);
        var pause = ShortestPause;
        while (!stopping.IsCancellationRequested && !_isPooled)
        {
            try
            {
                await ListenAsync(() => pause = ShortestPause, stopping).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                // Whatever the failure is: hints aren't worth an error, and no caller could handle it.
            }

            await Task.Delay(pause * (0.5 + Random.Shared.NextDouble()), _time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private async Task ListenAsync(Action onListening, CancellationToken stopping)
    {
        var connection = await _connections!.OpenAsync(stopping).ConfigureAwait(false);
        try
        {
            if (await IsPooledAsync(connection, stopping).ConfigureAwait(false))
            {
                _isPooled = true;
                return;
            }

            connection.Notification += (_, _) => Signal.Set();
            await ExecuteAsync(connection, _sql.Listen, stopping).ConfigureAwait(false);
            onListening();

            // Events that were appended before this connection listened are looked for now.
            Signal.Set();
            while (true)
            {
                if (!await connection.WaitAsync(LongestSilence, stopping).ConfigureAwait(false))
                {
                    await ExecuteAsync(connection, "SELECT 1", stopping).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            await _connections.CloseAsync(connection).ConfigureAwait(false);
        }
    }

    /// <summary>Whether a pgbouncer shares the session: a LISTEN there applies to the connection of all its clients.</summary>
    private static async Task<bool> IsPooledAsync(NpgsqlConnection connection, CancellationToken stopping)
    {
        var command = new NpgsqlCommand("SELECT pg_catalog.pg_backend_pid()", connection) { CommandTimeout = 10 };
        await using (command.ConfigureAwait(false))
        {
            return (int)(await command.ExecuteScalarAsync(stopping).ConfigureAwait(false))! != connection.ProcessID;
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken stopping)
    {
        var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 10 };
        await using (command.ConfigureAwait(false))
        {
            await command.ExecuteNonQueryAsync(stopping).ConfigureAwait(false);
        }
    }
}
