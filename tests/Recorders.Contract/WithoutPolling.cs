namespace Recorders.Contract;

/// <summary>The time of the system, in which the pauses of a caller that polls for a position never end: only a signal wakes it.</summary>
public sealed class WithoutPolling : TimeProvider
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(250);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, dueTime > TimeSpan.Zero && dueTime <= LongestPause ? Timeout.InfiniteTimeSpan : dueTime, period);
}
