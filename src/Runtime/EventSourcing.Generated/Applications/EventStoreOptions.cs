namespace EventSourcing;

/// <summary>What can be set when a store is opened. Not changed afterwards.</summary>
public sealed record EventStoreOptions
{
    /// <summary>Serves timeouts, back-off and polling; not the times of events, which are <see cref="AggregateClock"/>'s.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>The most bytes that the state of one event, or its metadata, may have, written or read. 1 MiB by default.</summary>
    public int MaxStateSize { get; init; } = 1 << 20;

    /// <summary>The most bytes that one save may have. 16 MiB by default.</summary>
    public int MaxSaveSize { get; init; } = 16 << 20;

    /// <summary>How long a save waits for another process that is writing, before it fails. 5 seconds by default.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(5);
}
