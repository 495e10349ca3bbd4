using System.Runtime.ExceptionServices;
using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>
/// The log as the subscriptions of one store read it together: one task watches and polls for all, and rows that many want at once are
/// read once. Thread safe.
/// </summary>
/// <remarks>
/// A read is shared only with subscriptions that asked before it began: a later read may find more, and a subscription that was woken for an
/// event has to find it. Readers share rows rather than events, because an event may contain values that its receiver changes.
/// </remarks>
internal sealed class SharedLog<TKey>
    where TKey : notnull
{
    private const int RestFactor = 10;
    private const int LongestRest = 500; // milliseconds
    private const int LastAndNext = 2;

    private readonly IApplicationRecorder<TKey> _recorder;
    private readonly EventStoreOptions _options;
    private readonly Lock _sync = new();
    private readonly AppendSignal _signal = new();
    private readonly SharedCalls<LogQuery, LogRows<TKey>?> _rows;
    private readonly SharedCalls<ValueTuple, long?> _maxPosition;
    private readonly SharedCalls<ValueTuple, LogState> _state;
    private CancellationTokenSource? _stopping;
    private int _followers;

    public SharedLog(IApplicationRecorder<TKey> recorder, EventStoreOptions options)
    {
        // No caller of a shared call can cancel it for the others.
        (_recorder, _options) = (recorder, options);
        _rows = new(ReadRowsAsync);
        _maxPosition = new(_ => recorder.GetMaxPositionAsync(CancellationToken.None));
        _state = new(_ => recorder.GetLogStateAsync(CancellationToken.None));
    }

    /// <summary>The monitor of subscriptions whose reads fail.</summary>
    public SubscriptionMonitor Monitor { get; } = new();

    /// <summary>The number of subscriptions.</summary>
    public int Followers => Volatile.Read(ref _followers);

    /// <summary>Starts to watch for appends.</summary>
    public Follower Follow()
    {
        lock (_sync)
        {
            if (_followers == 0)
            {
                var (watch, stopping) = (_recorder.Watch(), new CancellationTokenSource());
                // Without the execution context of the first subscription, which would live as long as the last one.
                ThreadPool.UnsafeQueueUserWorkItem(_ => _ = WatchAsync(watch, stopping.Token), null);
                _stopping = stopping;
            }

            Volatile.Write(ref _followers, _followers + 1);
        }

        return new Follower(this, _signal.Watch());
    }

    /// <inheritdoc cref="IApplicationRecorder{TKey}.GetMaxPositionAsync"/>
    public ValueTask<long?> GetMaxPositionAsync(CancellationToken cancellationToken) =>
        _maxPosition.AskAsync(default, () => _recorder.GetMaxPositionAsync(cancellationToken), cancellationToken);

    /// <inheritdoc cref="IApplicationRecorder{TKey}.GetLogStateAsync"/>
    public ValueTask<LogState> GetLogStateAsync(CancellationToken cancellationToken) =>
        _state.AskAsync(default, () => _recorder.GetLogStateAsync(cancellationToken), cancellationToken);

    /// <summary>Reads a part of the log, perhaps together with others.</summary>
    public async ValueTask ReadAsync(LogQuery query, EventSink<TKey> sink, CancellationToken cancellationToken)
    {
        var rows = await _rows.AskAsync(query, ReadAloneAsync, cancellationToken).ConfigureAwait(false);
        rows?.Give(sink);

        // The usual case, without copies of the rows.
        async ValueTask<LogRows<TKey>?> ReadAloneAsync()
        {
            await _recorder.ReadLogAsync(query, sink, cancellationToken).ConfigureAwait(false);
            return null;
        }
    }

    private async ValueTask<LogRows<TKey>?> ReadRowsAsync(LogQuery query)
    {
        var rows = new LogRows<TKey>();
        try
        {
            await _recorder.ReadLogAsync(query, rows, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            rows.Failure = ExceptionDispatchInfo.Capture(failure);
        }

        return rows;
    }

    private void Leave()
    {
        lock (_sync)
        {
            Volatile.Write(ref _followers, _followers - 1);
            if (_followers > 0)
            {
                return;
            }

            _stopping!.Cancel();
        }
    }

    /// <summary>Wakes all subscriptions when the recorder gives a hint, and after a while if the end of the log has changed.</summary>
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
                    isHint = await watch.WaitAsync(_options.PollingInterval, _options.TimeProvider, stopping).ConfigureAwait(false);
                    if (!isHint)
                    {
                        var end = await FindEndAsync(seen, stopping).ConfigureAwait(false);
                        (isHint, seen) = (end != seen, end);
                    }
                }
                catch (Exception)
                {
                    isHint = true; // each subscription meets the failure itself, and handles it
                }

                if (isHint)
                {
                    await WakeAsync(stopping).ConfigureAwait(false);
                }
            }
        }
    }

    // After many were woken, it pauses, the longer the wake-up took; otherwise saves would hardly get a turn. Hints that come meanwhile are one.
    private async ValueTask WakeAsync(CancellationToken stopping)
    {
        var (watches, started) = (_signal.Watches, _options.TimeProvider.GetTimestamp());
        await Crowd.ForEachAsync(watches, static w => w.Set()).ConfigureAwait(false);
        if (watches.Length <= Crowd.AtATime)
        {
            return;
        }

        var rest = Math.Min(_options.TimeProvider.GetElapsedTime(started).TotalMilliseconds * RestFactor, LongestRest);
        await Task.Delay(TimeSpan.FromMilliseconds(rest), _options.TimeProvider, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Finds the last event of the log; null when it is empty. Reads little if it is the event that was seen.</summary>
    private async ValueTask<LogMark<TKey>?> FindEndAsync(LogMark<TKey>? seen, CancellationToken stopping)
    {
        var from = new LogMarks<TKey>();
        await _recorder.ReadLogAsync(new(LastAndNext, seen?.Position), from, stopping).ConfigureAwait(false);
        if (from.First == seen && from.Count < LastAndNext)
        {
            return seen;
        }

        var end = new LogMarks<TKey>();
        if (await _recorder.GetMaxPositionAsync(stopping).ConfigureAwait(false) is { } head)
        {
            await _recorder.ReadLogAsync(new(int.MaxValue, head, head), end, stopping).ConfigureAwait(false);
        }

        return end.First;
    }

    /// <summary>A subscription that waits for hints.</summary>
    public sealed class Follower(SharedLog<TKey> log, AppendWatch watch) : IDisposable
    {
        /// <summary>Waits for a hint; returns at once if one has come since the last wait.</summary>
        public async ValueTask WaitAsync(CancellationToken cancellationToken) => await watch.WaitAsync(cancellationToken).ConfigureAwait(false);

        public void Dispose()
        {
            watch.Dispose();
            log.Leave();
        }
    }
}
