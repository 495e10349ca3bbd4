namespace EventSourcing;

/// <summary>What can be set when a store is opened. Not changed afterwards.</summary>
public sealed record EventStoreOptions
{
    /// <summary>Serves timeouts, back-off and polling; not SQLite's own waiting for a lock, and not the times of events, which are <see cref="AggregateClock"/>'s.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>The most bytes that the state of one event, or its metadata, may have, written or read. 1 MiB by default.</summary>
    public int MaxStateSize { get; init; } = 1 << 20;

    /// <summary>The most bytes that the states and metadata of one save may have; the metadata counts once for each event. 16 MiB by default.</summary>
    public int MaxSaveSize { get; init; } = 16 << 20;

    /// <summary>
    /// The most bytes that the saves outside of transactions may have together which have begun and haven't ended: their states and
    /// metadata, and 1 KiB for each save. 64 MiB by default. A save that is alone isn't limited by it.
    /// </summary>
    public long MaxQueuedBytes { get; init; } = 64 << 20;

    /// <summary>
    /// Whether a save beyond <see cref="MaxQueuedBytes"/> waits for others to end, in the order of arrival and without a limit of their
    /// number. False by default: then it fails with a <see cref="TransientStoreException"/> before anything is written, so that a caller
    /// who doesn't await saves can't fill the memory.
    /// </summary>
    public bool WaitWhenQueueIsFull { get; init; }

    /// <summary>How long a save waits for another process that is writing, before it fails. 5 seconds by default.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// On SQLite: how long a transaction may hold the file, which no other can write to meanwhile. Then it is rolled back, and its next use
    /// or its commit is a <see cref="TransactionException"/>. Without a limit by default (<see cref="Timeout.InfiniteTimeSpan"/>).
    /// Not for transactions of events only, which hold nothing, or for transactions of your own.
    /// </summary>
    public TimeSpan TransactionTimeout { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>
    /// On PostgreSQL: how long a save may take, with all waiting and repeating, before it fails; at least 1 second.
    /// 30 seconds by default. A save that isn't sent by then has failed; one that is, is in doubt.
    /// </summary>
    public TimeSpan SaveTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// On PostgreSQL: for how long a reading waits for the server to say something, such as the next row, before it fails with a
    /// <see cref="TransientStoreException"/>; 30 seconds by default, <see cref="Timeout.InfiniteTimeSpan"/> for no limit. A subscription then
    /// reads again. Readings in a transaction have the driver's <c>Command Timeout</c>. SQLite needs no limit, as its readings wait for no server and for no writer.
    /// </summary>
    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a subscription waits for a hint before it looks by itself. 1 second by default.</summary>
    public TimeSpan PollingInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Whether a transaction writes the pending changes of its Entity Framework contexts before it is read. True by default. At the
    /// commit they are written in any case.
    /// </summary>
    public bool AutoFlush { get; init; } = true;

    /// <summary>Looks for values that would fail later, at the first use.</summary>
    /// <exception cref="StoreConfigurationException">A value is out of its range.</exception>
    internal void Validate()
    {
        var longest = TimeSpan.FromMilliseconds(int.MaxValue);
        Check(TimeProvider is not null, nameof(TimeProvider), "must not be null");
        Check(MaxStateSize > 0, nameof(MaxStateSize), "must be more than zero");
        Check(MaxSaveSize > 0, nameof(MaxSaveSize), "must be more than zero");
        Check(MaxQueuedBytes > 0, nameof(MaxQueuedBytes), "must be more than zero");
        Check(LockTimeout >= TimeSpan.Zero && LockTimeout <= longest, nameof(LockTimeout), "must be between zero and 24 days");
        Check(
            TransactionTimeout == Timeout.InfiniteTimeSpan || (TransactionTimeout > TimeSpan.Zero && TransactionTimeout <= longest),
            nameof(TransactionTimeout), "must be more than zero and at most 24 days, or infinite");
        Check(SaveTimeout >= TimeSpan.FromSeconds(1) && SaveTimeout <= longest, nameof(SaveTimeout), "must be between 1 second and 24 days");
        Check(
            ReadTimeout == Timeout.InfiniteTimeSpan || (ReadTimeout > TimeSpan.Zero && ReadTimeout <= longest),
            nameof(ReadTimeout), "must be more than zero and at most 24 days, or infinite");
        Check(PollingInterval > TimeSpan.Zero && PollingInterval <= TimeSpan.FromDays(24), nameof(PollingInterval), "must be more than zero and at most 24 days");

        static void Check(bool isRight, string name, string rule)
        {
            if (!isRight)
            {
                throw new StoreConfigurationException($"EventStoreOptions.{name} {rule}.");
            }
        }
    }
}
