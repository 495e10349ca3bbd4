namespace EventSourcing.Recording;

/// <summary>Waits until a stored position is reached: by a signal of this process or another one, and by polling, because a signal may be lost.</summary>
internal static class PositionWait
{
    /// <summary>How long a caller waits for a projection by default.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(250);

    /// <summary>Waits for a position.</summary>
    /// <param name="target">The position, with the name for the exception.</param>
    /// <param name="startWatch">Starts to watch for the signal.</param>
    /// <param name="read">Reads the position; null for none.</param>
    /// <param name="timeout">How long to wait, after the first read.</param>
    /// <param name="time">Measures the time.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="TrackingTimeoutException">The position wasn't reached in time.</exception>
    public static async ValueTask RunAsync(
        Tracking target, Func<AppendWatch> startWatch, Func<CancellationToken, ValueTask<long?>> read, TimeSpan timeout, TimeProvider time,
        CancellationToken cancellationToken)
    {
        // Before the first read, so that no position is missed between a read and a wait.
        using var watch = startWatch();
        var (started, pause) = (time.GetTimestamp(), FirstPause);
        var reached = await read(cancellationToken).ConfigureAwait(false);
        if (reached >= target.Position)
        {
            return;
        }

        using var limit = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        while (!(reached >= target.Position))
        {
            if (timeout != Timeout.InfiniteTimeSpan && time.GetElapsedTime(started) >= timeout)
            {
                throw new TrackingTimeoutException(target.Name, target.Position, reached, timeout);
            }

            try
            {
                await watch.WaitAsync(pause, time, either.Token).ConfigureAwait(false);
                reached = await read(either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new TrackingTimeoutException(target.Name, target.Position, reached, timeout);
            }

            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }
}
