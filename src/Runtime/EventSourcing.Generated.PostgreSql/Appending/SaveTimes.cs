namespace EventSourcing.PostgreSql;

/// <summary>How long a save and its parts may take.</summary>
/// <param name="address">How long others are waited for.</param>
/// <param name="options">How long a save may take, and what measures it.</param>
internal sealed class SaveTimes(PostgreSqlAddress address, EventStoreOptions options)
{
    // From the end of the server's waiting to its answer, on a busy machine.
    private static readonly TimeSpan TimeForAnswer = TimeSpan.FromMilliseconds(60);

    // A tenth of the time of a save may have passed, and it still is the same: a connection keeps it.
    private readonly TimeSpan _commitLockTimeout = Min(address.LockTimeout, options.SaveTimeout * 0.3);

    /// <summary>What measures them.</summary>
    public TimeProvider Time { get; } = options.TimeProvider;

    /// <summary>How long a save may take.</summary>
    public TimeSpan SaveTimeout { get; } = options.SaveTimeout;

    /// <summary>How long a save waits for locks of others.</summary>
    public TimeSpan LockTimeout { get; } = address.LockTimeout;

    /// <summary>How long a reading waits for the server to say something.</summary>
    public TimeSpan ReadTimeout { get; } = options.ReadTimeout;

    /// <summary>How long the answer to a batch or a commit is waited for, before its connection is given up on.</summary>
    // Half of the time of a save is for waiting, the other half for finding out and trying again.
    public TimeSpan Patience { get; } = Min(address.LockTimeout + TimeSpan.FromSeconds(5), options.SaveTimeout / 2);

    /// <summary>How long to wait for the lock of the store when writing without a commit, or opening it.</summary>
    public string WriteLockTimeout { get; } = PostgreSqlAddress.ToLockTimeout(address.LockTimeout);

    /// <summary>How long to wait for the lock of the store when committing: there must be time left to find out what became of it.</summary>
    public string CommitLockTimeout => field ??= PostgreSqlAddress.ToLockTimeout(_commitLockTimeout);

    /// <summary>
    /// As <see cref="CommitLockTimeout"/>, but so that the server gives up before its answer is no longer waited for: what it gives up on
    /// isn't in doubt.
    /// </summary>
    /// <param name="patience">How long the answer is waited for.</param>
    /// <param name="busyFor">How long the lock was waited for before.</param>
    public string CommitLockTimeoutWithin(TimeSpan patience, TimeSpan busyFor = default)
    {
        var longest = Min(Min(patience * 2 / 3, patience - TimeForAnswer), LockTimeout - busyFor);
        return longest >= _commitLockTimeout ? CommitLockTimeout : PostgreSqlAddress.ToLockTimeout(longest);
    }

    /// <summary>Until when a save that begins now may take.</summary>
    public long Deadline() => Time.GetTimestamp() + (long)(SaveTimeout.TotalSeconds * Time.TimestampFrequency);

    public static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
