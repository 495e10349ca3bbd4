using System.ComponentModel;

namespace EventSourcing;

/// <summary>The common part of all generated applications, whatever their aggregates, for code that hosts applications.</summary>
public interface IEventSourcedApplication : IAsyncDisposable
{
    /// <summary>Connects and checks the database. Every other call does so when needed.</summary>
    /// <exception cref="StoreConfigurationException">The database doesn't fit.</exception>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    [EditorBrowsable(EditorBrowsableState.Never)]
    ValueTask OpenAsync(CancellationToken cancellationToken);

    /// <summary>Reads one value from the database, to check that it answers.</summary>
    /// <returns>The greatest position of the log; null when it is empty.</returns>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    [EditorBrowsable(EditorBrowsableState.Never)]
    ValueTask<long?> GetMaxPositionAsync(CancellationToken cancellationToken);

    /// <summary>Creates a session. Its owner commits it and disposes of it.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    StoreSession CreateSession();

    /// <summary>The monitor of subscriptions whose reads fail; null where there are none.</summary>
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
    /// <summary>The recorder that stores the events.</summary>
    ApplicationRecorder<TKey> Recorder { get; }

    /// <summary>All events of the application, in order.</summary>
    NotificationLog<TKey> NotificationLog { get; }

    SubscriptionMonitor? IEventSourcedApplication.Subscriptions => NotificationLog.Subscriptions;

    IReadOnlyList<string> IEventSourcedApplication.OtherTables => Recorder.OtherTables;

    /// <summary>Creates a session. Its owner commits it and disposes of it.</summary>
    new StoreSession<TKey> CreateSession();
}
