namespace EventSourcing;

/// <summary>The options of a store. They can't change after it is opened.</summary>
public sealed record EventStoreOptions
{
    /// <summary>
    /// The clock for timeouts, back-off and polling. SQLite waits for locks by its own clock; the times of events come from
    /// <see cref="AggregateClock"/>.
    /// </summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>The maximum size of the state of one event, and of its metadata, in bytes, for writes and reads. 1 MiB by default.</summary>
    public int MaxStateSize { get; init; } = 1 << 20;

    /// <summary>
    /// The maximum size of the states and metadata of one save, in bytes; the metadata counts once for each event. 16 MiB by default.
    /// </summary>
    public int MaxSaveSize { get; init; } = 16 << 20;

    /// <summary>
    /// The maximum size, in bytes, of all saves under way outside of transactions: their states and metadata, and 1 KiB for each save. 64 MiB
    /// by default. A save that is the only one isn't limited by it.
    /// </summary>
    public long MaxQueuedBytes { get; init; } = 64 << 20;

    /// <summary>
    /// Whether a save beyond <see cref="MaxQueuedBytes"/> waits for other saves to end, in the order of arrival; any number of saves can wait.
    /// False by default: the save fails with a <see cref="TransientStoreException"/> before anything is written, so that a caller that doesn't
    /// await its saves can't fill the memory.
    /// </summary>
    public bool WaitWhenQueueIsFull { get; init; }

    /// <summary>How long a save waits for another process that is writing, before it fails. 5 seconds by default.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// On SQLite: how long a transaction may hold the file, while no other connection can write. After this time it is rolled back, and its
    /// next use or its commit throws a <see cref="TransactionException"/>. Without a limit by default
    /// (<see cref="Timeout.InfiniteTimeSpan"/>). It applies neither to transactions of events only, which hold nothing, nor to external
    /// transactions.
    /// </summary>
    public TimeSpan TransactionTimeout { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>
    /// On PostgreSQL: how long a save may take, with all waits and retries, before it fails; at least 1 second. 30 seconds by default. A save
    /// that isn't sent by then has failed; a save that was sent is in doubt.
    /// </summary>
    public TimeSpan SaveTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// On PostgreSQL: how long a read waits for the server to send something, such as the next row, before it fails with a
    /// <see cref="TransientStoreException"/>; 30 seconds by default, <see cref="Timeout.InfiniteTimeSpan"/> for no limit. A subscription then
    /// retries. Reads in a transaction have the driver's <c>Command Timeout</c>. SQLite needs no limit, because its reads wait for no server
    /// and for no writer.
    /// </summary>
    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a subscription waits for a hint before it polls. 1 second by default.</summary>
    public TimeSpan PollingInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a runner of projections owns a projection without being heard of: if its process is killed, another runner takes the projection
    /// after this time. 5 seconds by default; at least 1 second.
    /// </summary>
    public TimeSpan ProjectionLease { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Whether a transaction writes the pending changes of its Entity Framework contexts before a read. True by default. At the commit they
    /// are always written.
    /// </summary>
    public bool AutoFlush { get; init; } = true;

    /// <summary>
    /// The services of the program, for the constructors of projections with handlers of their own. Each batch of events has a scope. Null by
    /// default; the generated extension method for dependency injection sets it.
    /// </summary>
    public IServiceProvider? Services { get; init; }

    /// <summary>Checks for values that would fail later, at the first use.</summary>
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

        Check(ProjectionLease >= TimeSpan.FromSeconds(1) && ProjectionLease <= TimeSpan.FromDays(1), nameof(ProjectionLease), "must be between 1 second and 1 day");

        static void Check(bool isRight, string name, string rule)
        {
            if (!isRight)
            {
                throw new StoreConfigurationException($"EventStoreOptions.{name} {rule}.");
            }
        }
    }
}
