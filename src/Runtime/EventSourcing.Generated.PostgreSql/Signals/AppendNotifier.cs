using EventSourcing.Recording;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>
/// Notifies the listeners of other processes of appends, tracked positions and steps: after the commit, in a transaction of its own, and with
/// pauses, which are longer on a busier server. No writer waits for it or fails with it.
/// </summary>
/// <remarks>
/// PostgreSQL serializes the commits of all transactions of a cluster that contain a NOTIFY, and fails them when the queue of notifications is
/// full (PostgreSQL source, PreCommit_Notify). That is why it isn't in the transaction that writes.
/// </remarks>
internal sealed class AppendNotifier(ConnectionSource connections, PostgreSqlEventsSql sql, PostgreSqlTrackingSql tracking, TimeProvider time) : IAsyncDisposable
{
    // A notification takes at most a quarter of the time, because others can't send theirs meanwhile.
    private const int PauseFactor = 3;

    // A notification needs not survive a crash: without this the commit would wait for the disk, and appends for the commit.
    private const string DontFlush = "SELECT pg_catalog.set_config('synchronous_commit', 'off', true)";

    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestSending = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stopping = new();
    private int _state;
    private int _notices;
    private Task _running = Task.CompletedTask;

    private const int Idle = 0;
    private const int Running = 1;
    private const int AskedAgain = 2;

    /// <summary>Sends a notification soon. Returns at once.</summary>
    public void Request(Notice notice)
    {
        // First, so that the task, if it is running, finds it after it has changed its state.
        Interlocked.Or(ref _notices, (int)notice);
        if (Volatile.Read(ref _state) == AskedAgain || Interlocked.Exchange(ref _state, AskedAgain) != Idle)
        {
            return;
        }

        _running = Background.Start(() => Task.Run(RunAsync, CancellationToken.None));
    }

    public async ValueTask DisposeAsync()
    {
        // The last notification is still sent.
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        do
        {
            Volatile.Write(ref _state, Running);
            var started = time.GetTimestamp();
            await NotifyAsync((Notice)Interlocked.Exchange(ref _notices, 0)).ConfigureAwait(false);
            var pause = time.GetElapsedTime(started) * PauseFactor;
            pause = pause < ShortestPause ? ShortestPause : pause < LongestPause ? pause : LongestPause;
            await Task.Delay(pause, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        while (Interlocked.CompareExchange(ref _state, Idle, Running) != Running);
    }

    private async Task NotifyAsync(Notice notices)
    {
        try
        {
            await DriverWork.RunAsync(token => SendAsync(notices, token), LongestSending, time, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is NpgsqlException or IOException or TimeoutException or InvalidOperationException or CreatorFailure)
        {
            // Other processes find what was written when they poll.
        }
    }

    private async Task<bool> SendAsync(Notice notices, CancellationToken cancellationToken)
    {
        var connection = await connections.OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // A timeout of the driver itself would block a thread of the pool.
            var batch = new NpgsqlBatch(connection)
            {
                Timeout = 20,
                BatchCommands = { new NpgsqlBatchCommand(DontFlush) },
            };
            foreach (var (notice, text) in new[] { (Notice.Appended, sql.Notify), (Notice.Tracked, tracking.Notify) })
            {
                if (notices.HasFlag(notice))
                {
                    batch.BatchCommands.Add(new NpgsqlBatchCommand(text));
                }
            }

            await using (batch.ConfigureAwait(false))
            {
                await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }

            return true;
        }
        finally
        {
            await connections.CloseAsync(connection).ConfigureAwait(false);
        }
    }
}

/// <summary>What other processes are notified of.</summary>
[Flags]
internal enum Notice
{
    None = 0,
    Appended = 1,
    Tracked = 2,
}
