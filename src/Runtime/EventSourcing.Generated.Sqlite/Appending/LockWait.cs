using SQLitePCL;

namespace EventSourcing.Sqlite;

/// <summary>Waits for a lock of another connection without a thread: SQLite's own wait would block one.</summary>
internal static class LockWait
{
    private static ReadOnlySpan<int> Pauses => [1, 2, 5, 10, 15, 20, 25, 25, 25, 50];

    /// <summary>Returns how long to wait before the next attempt, in milliseconds.</summary>
    public static int Pause(int attempt, long left) => (int)Math.Min(left, Pauses[Math.Min(attempt, Pauses.Length - 1)]);

    public static bool IsBusy(int result) => (result & 0xFF) == raw.SQLITE_BUSY && result != raw.SQLITE_BUSY_SNAPSHOT;

    /// <summary>Tries at once, on the caller's thread, and then retries.</summary>
    /// <param name="attempt">False when the lock is held.</param>
    /// <param name="lockTimeout">How long to retry, in milliseconds.</param>
    /// <param name="cancellationToken">Cancels the wait. No lock is held then.</param>
    /// <exception cref="TransientStoreException">The lock was not free in time.</exception>
    public static async ValueTask RunAsync(Func<bool> attempt, int lockTimeout, CancellationToken cancellationToken)
    {
        if (attempt())
        {
            return;
        }

        var deadline = Environment.TickCount64 + lockTimeout;
        for (var i = 0; ; i++)
        {
            var left = deadline - Environment.TickCount64;
            if (left <= 0)
            {
                throw new TransientStoreException("Another connection or process has been writing to the database for longer than the busy timeout. Nothing was written.");
            }

            await Task.Delay(Pause(i, left), cancellationToken).ConfigureAwait(false);
            if (attempt())
            {
                return;
            }
        }
    }
}
