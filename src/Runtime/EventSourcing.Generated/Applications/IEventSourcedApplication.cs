using System.ComponentModel;

namespace EventSourcing;

/// <summary>What every generated application is, whatever its aggregates: for code that hosts applications.</summary>
public interface IEventSourcedApplication : IAsyncDisposable
{
    /// <summary>Connects and checks the database. Every other call does so when needed.</summary>
    /// <exception cref="StoreConfigurationException">The database doesn't fit.</exception>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    [EditorBrowsable(EditorBrowsableState.Never)]
    ValueTask OpenAsync(CancellationToken cancellationToken);

    /// <summary>Reads one value from the database, to see that it answers.</summary>
    /// <returns>The greatest position of the log; null when it is empty.</returns>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    [EditorBrowsable(EditorBrowsableState.Never)]
    ValueTask<long?> GetMaxPositionAsync(CancellationToken cancellationToken);

    /// <summary>Makes a session, for an owner who commits and removes.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    StoreSession CreateSession();

    /// <summary>Tells of the subscriptions that don't get on; null where there are none.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    SubscriptionMonitor? Subscriptions => null;

    /// <summary>As <see cref="ApplicationRecorder{TKey}.OtherTables"/>.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    IReadOnlyList<string> OtherTables => [];
}

/// <inheritdoc/>
/// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
public interface IEventSourcedApplication<TKey> : IEventSourcedApplication
    where TKey : notnull
{
    /// <summary>Where the events are stored.</summary>
    ApplicationRecorder<TKey> Recorder { get; }

    /// <summary>All events of the application, in order.</summary>
    NotificationLog<TKey> NotificationLog { get; }

    SubscriptionMonitor? IEventSourcedApplication.Subscriptions => NotificationLog.Subscriptions;

    IReadOnlyList<string> IEventSourcedApplication.OtherTables => Recorder.OtherTables;

    /// <summary>Makes a session, for an owner who commits and removes.</summary>
    new StoreSession<TKey> CreateSession();
}
