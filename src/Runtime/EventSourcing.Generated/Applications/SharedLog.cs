using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace EventSourcing;

/// <summary>
/// The log as the subscriptions of one store read it together: one of them watches and looks for all, and what many want to read at
/// once is read once. Thread safe.
/// </summary>
/// <remarks>
/// A reading is shared only with those who asked before it began: what begins later may find more, and a subscription that was woken
/// for an event has to find it. Readers share rows rather than events, because an event may hold what its receiver changes.
/// </remarks>
internal sealed class SharedLog<TKey>(IApplicationRecorder<TKey> recorder, EventStoreOptions options)
    where TKey : notnull
{
    private const int RestFactor = 10;
    private static readonly TimeSpan LongestRest = TimeSpan.FromMilliseconds(500);

    private readonly Lock _sync = new();
    private readonly AppendSignal _signal = new();
    private readonly Dictionary<LogRange, SharedReading> _readings = [];
    private readonly SharedCall<long?> _maxPosition = new();
    private readonly SharedCall<LogState> _state = new();
    private CancellationTokenSource? _stopping;
    private int _followers;

    /// <summary>How many subscriptions there are.</summary>
    public int Followers => Volatile.Read(ref _followers);

    /// <summary>Begins to watch for appends.</summary>
    public Follower Follow()
    {
        lock (_sync)
        {
            if (_followers == 0)
            {
                var (watch, stopping) = (recorder.Watch(), new CancellationTokenSource());
                using (ExecutionContext.SuppressFlow())
                    _ = Task.Run(() => WatchAsync(watch, stopping.Token), CancellationToken.None);
                _stopping = stopping;
            }

            Volatile.Write(ref _followers, _followers + 1);
        }

        return new Follower(this, _signal.Watch());
    }

    /// <inheritdoc cref="IApplicationRecorder{TKey}.GetMaxPositionAsync"/>
    public Task<long?> GetMaxPositionAsync(CancellationToken cancellationToken) =>
        _maxPosition.RunAsync(token => recorder.GetMaxPositionAsync(token), cancellationToken);

    /// <inheritdoc cref="IApplicationRecorder{TKey}.GetLogStateAsync"/>
    public Task<LogState> GetLogStateAsync(CancellationToken cancellationToken) =>
        _state.RunAsync(token => recorder.GetLogStateAsync(token), cancellationToken);

    /// <summary>Reads a part of the log, perhaps together with others.</summary>
    public async ValueTask ReadAsync(LogRange range, EventSink<TKey> sink, CancellationToken cancellationToken)
    {
        TaskCompletionSource<LogRows<TKey>>? turn = null;
        SharedReading? reading;
        lock (_readings)
        {
            if (_readings.TryGetValue(range, out reading))
                reading.Waiting.Add(turn = new(TaskCreationOptions.RunContinuationsAsynchronously));
            else
                _readings.Add(range, reading = new SharedReading());
        }

        if (turn is not null)
        {
            (await turn.Task.WaitAsync(cancellationToken).ConfigureAwait(false)).Give(sink);
            return;
        }

        // Alone, as most are: without copies of the rows.
        try
        {
            await ReadAsync(range, sink, recorder, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            StartNext(range, reading);
        }
    }

    private static ValueTask ReadAsync(LogRange range, EventSink<TKey> sink, IApplicationRecorder<TKey> recorder, CancellationToken cancellationToken) =>
        recorder.ReadNotificationsAsync(sink, range.Limit, range.Start, range.Stop, range.Topics, range.InclusiveOfStart, cancellationToken);

    /// <summary>Begins the reading of those who came while the last one was under way.</summary>
    private void StartNext(LogRange range, SharedReading reading)
    {
        TaskCompletionSource<LogRows<TKey>>[] together;
        lock (_readings)
        {
            if (reading.Waiting.Count == 0)
            {
                _readings.Remove(range);
                return;
            }

            together = [.. reading.Waiting];
            reading.Waiting.Clear();
        }

        using (ExecutionContext.SuppressFlow())
            _ = Task.Run(() => ReadTogetherAsync(range, reading, together), CancellationToken.None);
    }

    private async Task ReadTogetherAsync(LogRange range, SharedReading reading, TaskCompletionSource<LogRows<TKey>>[] together)
    {
        var rows = new LogRows<TKey>();
        try
        {
            // None of those who wait can end it for the others.
            await ReadAsync(range, rows, recorder, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            rows.Failure = ExceptionDispatchInfo.Capture(failure);
        }
        finally
        {
            StartNext(range, reading);
        }

        await Crowd.ForEachAsync(together, turn => turn.TrySetResult(rows)).ConfigureAwait(false);
    }

    private void Leave()
    {
        lock (_sync)
        {
            Volatile.Write(ref _followers, _followers - 1);
            if (_followers > 0)
                return;
            _stopping?.Cancel();
            _stopping = null;
        }
    }

    /// <summary>Wakes all when the recorder gives a hint, and after a while when the end of the log isn't as it was.</summary>
    private async Task WatchAsync(AppendWatch watch, CancellationToken stopping)
    {
        LogMark<TKey>? seen = null;
        using (watch)
        {
            while (!stopping.IsCancellationRequested)
            {
                var isHint = false;
                try
                {
                    isHint = await watch.WaitAsync(options.PollingInterval, options.TimeProvider, stopping).ConfigureAwait(false);
                    if (!isHint && await HasChangedAsync(seen, stopping).ConfigureAwait(false) is (true, var end))
                        (isHint, seen) = (true, end);
                }
                catch (OperationCanceledException) when (stopping.IsCancellationRequested)
                {
                    return;
                }
                catch (Exception)
                {
                    isHint = true; // each subscription meets the failure itself, and knows what to do
                }

                if (isHint)
                    await WakeAsync(stopping).ConfigureAwait(false);
            }
        }
    }

    // A crowd is given a rest after it was woken, the longer it took, or saves would hardly get a turn. Hints that come meanwhile are one.
    private async ValueTask WakeAsync(CancellationToken stopping)
    {
        var (watches, started) = (_signal.Watches, Stopwatch.GetTimestamp());
        await Crowd.ForEachAsync(watches, static w => w.Set()).ConfigureAwait(false);
        if (watches.Length <= Crowd.AtATime)
            return;
        var rest = Stopwatch.GetElapsedTime(started) * RestFactor;
        await Task.Delay(rest < LongestRest ? rest : LongestRest, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async ValueTask<(bool Has, LogMark<TKey>? End)> HasChangedAsync(LogMark<TKey>? seen, CancellationToken stopping)
    {
        var from = new LogMarks<TKey>();
        await recorder.ReadNotificationsAsync(from, 2, seen?.Position, cancellationToken: stopping).ConfigureAwait(false);
        if (from.Count == (seen is null ? 0 : 1) && from.First == seen)
            return (false, seen);
        if (await recorder.GetMaxPositionAsync(stopping).ConfigureAwait(false) is not { } head)
            return (true, null);
        var end = new LogMarks<TKey>();
        await recorder.ReadNotificationsAsync(end, 1, head, head, cancellationToken: stopping).ConfigureAwait(false);
        return (true, end.First);
    }

    /// <summary>A subscription that waits for hints.</summary>
    public sealed class Follower(SharedLog<TKey> log, AppendWatch watch) : IDisposable
    {
        private bool _hasLeft;

        /// <summary>Waits for a hint; returns at once when one has come since the last wait.</summary>
        public async ValueTask WaitAsync(CancellationToken cancellationToken) => await watch.WaitAsync(cancellationToken).ConfigureAwait(false);

        public void Dispose()
        {
            if (_hasLeft)
                return;
            _hasLeft = true;
            watch.Dispose();
            log.Leave();
        }
    }

    private sealed class SharedReading
    {
        public List<TaskCompletionSource<LogRows<TKey>>> Waiting { get; } = [];
    }
}
