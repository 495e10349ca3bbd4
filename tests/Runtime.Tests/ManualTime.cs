using System.Collections.Concurrent;

namespace EventSourcing.Tests;

/// <summary>Timers that end when a test says so, and a clock that advances by a step each time it is read.</summary>
internal sealed class ManualTime(TimeSpan step = default) : TimeProvider
{
    private long _now = 1;

    /// <summary>The timers that were started, with their due times.</summary>
    public ConcurrentQueue<(TimeSpan Due, Action End)> Timers { get; } = new();

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now += step.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime != Timeout.InfiniteTimeSpan)
        {
            Timers.Enqueue((dueTime, () => callback(state)));
        }

        return new NoTimer();
    }

    private sealed class NoTimer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => default;
    }
}
