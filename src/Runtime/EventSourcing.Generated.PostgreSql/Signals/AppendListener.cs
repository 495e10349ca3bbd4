using EventSourcing.Recording;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>
/// Listens to the notifications of other processes about appends, tracked positions and steps, on one connection of its own: while a
/// subscription watches, and while callers wait for positions. A lost connection is opened again; meanwhile both poll.
/// </summary>
internal sealed class AppendListener : IAsyncDisposable
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    // A connection whose other end is gone is silent, so it is checked now and then.
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(30);

    // Waits are short and often follow each other, so the connection is kept for the next one.
    private static readonly TimeSpan LongestUnused = TimeSpan.FromMinutes(1);

    private readonly Lock _sync = new();
    private readonly ConnectionSource? _connections;
    private readonly PostgreSqlEventsSql _sql;
    private readonly PostgreSqlTrackingSql _tracking;
    private readonly TimeProvider _time;
    private ITimer? _unused;
    private bool _isSubscribed;
    private bool _isAwaited;
    private bool _isKept;
    private bool _isClosed;
    private CancellationTokenSource? _stopping;
    private bool _isPooled;
    private Task _running = Task.CompletedTask;

    public AppendListener(ConnectionSource? connections, PostgreSqlEventsSql sql, PostgreSqlTrackingSql tracking, TimeProvider time)
    {
        (_connections, _sql, _tracking, _time) = (connections, sql, tracking, time);
        Appended = new AppendSignal(OnSubscribed);
        Tracked = new AppendSignal(OnAwaited);
    }

    /// <summary>Tells subscriptions of appends.</summary>
    public AppendSignal Appended { get; }

    /// <summary>Tells callers that wait of tracked positions and steps.</summary>
    public AppendSignal Tracked { get; }

    public async ValueTask DisposeAsync()
    {
        lock (_sync)
        {
            _isClosed = true;
            _unused?.Dispose();
            Stop();
        }

        await _running.ConfigureAwait(false);
        Appended.Set();
        Tracked.Set();
    }

    private void OnSubscribed(bool isWatched)
    {
        lock (_sync)
        {
            _isSubscribed = isWatched;
            Update();
        }
    }

    private void OnAwaited(bool isWatched)
    {
        lock (_sync)
        {
            if (_connections is null || _isClosed)
            {
                return;
            }

            _isAwaited = isWatched;
            _isKept |= isWatched;
            _unused ??= Background.Start(() => _time.CreateTimer(_ => OnUnused(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
            _unused.Change(isWatched ? Timeout.InfiniteTimeSpan : LongestUnused, Timeout.InfiniteTimeSpan);
            Update();
        }
    }

    private void OnUnused()
    {
        lock (_sync)
        {
            // The next wait may have begun meanwhile.
            _isKept = _isAwaited;
            Update();
        }
    }

    /// <summary>Starts or stops the listening. The caller holds the lock.</summary>
    private void Update()
    {
        if (_connections is null || _isClosed || (_stopping is not null) == (_isSubscribed || _isKept))
        {
            return;
        }

        if (_stopping is not null)
        {
            Stop();
            return;
        }

        var stopping = _stopping = new CancellationTokenSource();
        var before = _running;
        _running = Background.Start(() => Task.Run(() => RunAsync(before, stopping.Token), CancellationToken.None));
    }

    private void Stop()
    {
        if (_stopping is not null)
        {
            DriverWork.Cancel(_running, _stopping);
        }

        _stopping = null;
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

            connection.Notification += (_, notification) => (notification.Channel == _tracking.Channel ? Tracked : Appended).Set();
            await ExecuteAsync(connection, $"{_sql.Listen}; {_tracking.Listen}", stopping).ConfigureAwait(false);
            onListening();

            // What was written before this connection listened is looked for now.
            Appended.Set();
            Tracked.Set();
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
