namespace EventSourcing.Recording;

/// <summary>Waits until a stored position is reached: by a signal of this process or another one, and by polling, because a signal may be lost.</summary>
internal static class PositionWait
{
    /// <summary>How long a caller waits for a projection by default.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(250);

    /// <summary>Waits for a position. While the database is busy or unavailable, it goes on waiting.</summary>
    /// <param name="target">The position, with the name for the exception.</param>
    /// <param name="open">Opens the store.</param>
    /// <param name="startWatch">Starts to watch for the signal, when the store is open.</param>
    /// <param name="read">Reads the position; null for none.</param>
    /// <param name="timeout">How long to wait, after the first read.</param>
    /// <param name="time">Measures the time.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="TrackingTimeoutException">The position wasn't reached in time.</exception>
    public static async ValueTask RunAsync(
        Tracking target, Func<CancellationToken, ValueTask> open, Func<AppendWatch> startWatch, Func<CancellationToken, ValueTask<long?>> read, TimeSpan timeout,
        TimeProvider time, CancellationToken cancellationToken)
    {
        using var reading = new Reading(open, startWatch, read);
        var (started, pause) = (time.GetTimestamp(), FirstPause);
        await reading.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (reading.Position >= target.Position)
        {
            return;
        }

        using var limit = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        while (!(reading.Position >= target.Position))
        {
            if (timeout != Timeout.InfiniteTimeSpan && time.GetElapsedTime(started) >= timeout)
            {
                throw TimedOut();
            }

            try
            {
                await reading.WaitAsync(pause, time, either.Token).ConfigureAwait(false);
                await reading.ReadAsync(either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw TimedOut();
            }

            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }

        TrackingTimeoutException TimedOut() => new(target.Name, target.Position, reading.Position, timeout, reading.Failure);
    }

    /// <summary>Reads the position, and watches for the signal.</summary>
    private sealed class Reading(Func<CancellationToken, ValueTask> open, Func<AppendWatch> startWatch, Func<CancellationToken, ValueTask<long?>> read) : IDisposable
    {
        private AppendWatch? _watch;

        /// <summary>The position at the last read that succeeded; null for none.</summary>
        public long? Position { get; private set; }

        /// <summary>Why the last read failed; null if it succeeded.</summary>
        public TransientStoreException? Failure { get; private set; }

        public async ValueTask ReadAsync(CancellationToken cancellationToken)
        {
            try
            {
                await open(cancellationToken).ConfigureAwait(false);

                // Before the first read, so that no position is missed between a read and a wait.
                _watch ??= startWatch();
                Position = await read(cancellationToken).ConfigureAwait(false);
                Failure = null;
            }
            catch (TransientStoreException exception)
            {
                // Also if the time is over meanwhile: the caller gets the failure with the timeout.
                Failure = exception;
            }
        }

        public async ValueTask WaitAsync(TimeSpan longest, TimeProvider time, CancellationToken cancellationToken)
        {
            if (_watch is { } watch)
            {
                await watch.WaitAsync(longest, time, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await Task.Delay(longest, time, cancellationToken).ConfigureAwait(false);
            }
        }

        public void Dispose() => _watch?.Dispose();
    }
}
