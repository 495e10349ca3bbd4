namespace EventSourcing.Recording;

/// <summary>How long a save and its parts may take.</summary>
/// <param name="lockTimeout">How long a save waits for locks of others.</param>
/// <param name="options">The timeouts of saves and reads, and the clock.</param>
internal sealed class SaveTimes(TimeSpan lockTimeout, EventStoreOptions options)
{
    // From the end of the server's wait to its answer, on a busy machine.
    private static readonly TimeSpan TimeForAnswer = TimeSpan.FromMilliseconds(150);

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; } = options.TimeProvider;

    /// <summary>How long a save may take.</summary>
    public TimeSpan SaveTimeout { get; } = options.SaveTimeout;

    /// <summary>How long a save waits for locks of others.</summary>
    public TimeSpan LockTimeout { get; } = lockTimeout;

    /// <summary>How long a read waits for the server to send something.</summary>
    public TimeSpan ReadTimeout { get; } = options.ReadTimeout;

    /// <summary>How long to wait for the answer to a batch or a commit, before its connection is abandoned.</summary>
    // Half of the time of a save is for waiting, the other half for the lookup and retries.
    public TimeSpan Patience { get; } = Min(lockTimeout + TimeSpan.FromSeconds(5), options.SaveTimeout / 2);

    /// <summary>How long to wait for the lock of the store when committing. Time must be left to find out the outcome.</summary>
    // It stays the same until a tenth of a save's time has passed, because a connection keeps it.
    public TimeSpan CommitLockTimeout { get; } = Min(lockTimeout, options.SaveTimeout * 0.3);

    /// <summary>
    /// As <see cref="CommitLockTimeout"/>, but short enough that the server stops waiting before the wait for its answer ends: then the save isn't
    /// in doubt.
    /// </summary>
    /// <param name="patience">How long to wait for the answer.</param>
    /// <param name="busyFor">How long the lock was already waited for.</param>
    public TimeSpan CommitLockTimeoutWithin(TimeSpan patience, TimeSpan busyFor = default)
    {
        // If little time is left, most of it is for the answer.
        var longest = patience - TimeForAnswer < patience / 3 ? patience / 3 : Min(patience * 2 / 3, patience - TimeForAnswer);
        return Min(Min(longest, LockTimeout - busyFor), CommitLockTimeout);
    }

    /// <summary>Returns the time by which a save that begins now must have ended.</summary>
    public long Deadline() => Time.GetTimestamp() + (long)(SaveTimeout.TotalSeconds * Time.TimestampFrequency);

    public static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
