using System.ComponentModel;
using EventSourcing.Recording;

namespace EventSourcing.CompilerServices;

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

    /// <summary>Runs the projections of the application until the cancellation, or until all have stopped.</summary>
    /// <param name="stopped">Called for each projection that stops, with the position in it.</param>
    /// <param name="failed">Called for each event that is parked or skipped because of an error.</param>
    /// <param name="rebuilding">Called when rows are built beside those in use.</param>
    /// <param name="cancellationToken">Ends the run, which hands the projections over to other runners.</param>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    /// <exception cref="StoreException">The database refused or failed, and a retry won't help.</exception>
    [EditorBrowsable(EditorBrowsableState.Never)]
    Task RunProjectionsAsync(
        Action<ProjectionException> stopped, Action<FailedEvent> failed, Action<RebuildProgress> rebuilding, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Returns the status of each projection of the application; none where there are no projections.</summary>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    [EditorBrowsable(EditorBrowsableState.Never)]
    ValueTask<IReadOnlyList<ProjectionStatus>> GetProjectionsAsync(CancellationToken cancellationToken) => new([]);

    /// <summary>As <see cref="EventStoreOptions.ProjectionLease"/> of the store.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    TimeSpan ProjectionLease => default;

    /// <summary>As <see cref="ApplicationRecorder{TKey}.OtherTables"/>.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    IReadOnlyList<string> OtherTables => [];
}
