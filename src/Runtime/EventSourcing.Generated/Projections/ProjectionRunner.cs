using System.Runtime.CompilerServices;
using EventSourcing.CompilerServices;
using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>
/// Runs the projections of an application: reads the log, folds the events, and writes the rows with the position, in one transaction. Each event
/// counts exactly once. Thread safe.
/// </summary>
/// <remarks>
/// Several processes may run the same projections. One of them owns a projection at a time, by a lease in a row of the table
/// <c>trainingschool_projections</c>; another takes it at most <see cref="EventStoreOptions.ProjectionLease"/> and a second after the owner has
/// ended. Projections that are within a page of each other in the log share its reads.
/// </remarks>
/// <typeparam name="TKey">The type of the store's keys: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
public sealed class ProjectionRunner<TKey>
    where TKey : notnull
{
    private readonly StoreContext<TKey> _store;
    private readonly TransactionManager<TKey> _transactions;
    private readonly NotificationLog<TKey> _log;
    private readonly ViewSource<TKey> _views;

    internal ProjectionRunner(StoreContext<TKey> store, TransactionManager<TKey> transactions, NotificationLog<TKey> log, ViewSource<TKey> views) =>
        (_store, _transactions, _log, _views) = (store, transactions, log, views);

    /// <summary>Raised when a projection of this process has stopped at an error. Exceptions of handlers are ignored.</summary>
    public event Action<ProjectionException>? Stopped;

    /// <summary>
    /// Raised when a projection of this process has parked or skipped an event that it couldn't process, with the exception of the program's own
    /// code, if there is one. Not raised for events that wait behind it. Exceptions of handlers are ignored.
    /// </summary>
    public event Action<FailedEvent>? EventFailed;

    /// <summary>
    /// Raised about every 5 seconds while this process builds the rows of a view beside those in use, or waits for another process that does, and when
    /// they have replaced them. Exceptions of handlers are ignored.
    /// </summary>
    public event Action<RebuildProgress>? Rebuilding;

    /// <summary>How long a lease lasts without being renewed.</summary>
    internal TimeSpan Lease => _store.Options.ProjectionLease;

    private IReadOnlyList<ProjectionDefinition<TKey>> Definitions => _store.Registry.GetProjections();

    /// <summary>Runs all projections until the cancellation, or until all have stopped.</summary>
    /// <param name="cancellationToken">Ends the run, which hands the projections over to other runners.</param>
    /// <returns>A task that ends with an exception.</returns>
    /// <remarks>
    /// While the database is busy or unavailable, it retries. A projection whose event can't be processed stops, and <see cref="Stopped"/> is
    /// raised; the others go on. It is tried again by the next call of this method, or after a restart of the program.
    /// </remarks>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    /// <exception cref="ProjectionException">All projections have stopped; it is the first that did.</exception>
    /// <exception cref="ObjectDisposedException">The store is closed.</exception>
    /// <exception cref="TransactionException">The async flow has a transaction or session of the store.</exception>
    /// <exception cref="StoreException">The database refused or failed, and a retry won't help.</exception>
    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        var failures = await RunAsync(long.MaxValue, Report, Report, Report, cancellationToken).ConfigureAwait(false);
        if (failures.Length > 0)
        {
            throw failures[0]!;
        }

        // An application without projections has nothing to do.
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Runs all projections until they have processed the events that the log has at the call, for tests and tools. Projections that another runner
    /// owns are waited for.
    /// </summary>
    /// <param name="cancellationToken">Ends the run.</param>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    /// <exception cref="ProjectionException">A projection has stopped. The others have processed the events.</exception>
    /// <exception cref="ObjectDisposedException">The store is closed.</exception>
    /// <exception cref="TransactionException">The async flow has a transaction or session of the store.</exception>
    /// <exception cref="StoreException">The database refused or failed, and a retry won't help.</exception>
    public async Task RunUntilCaughtUpAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfInTransaction();
        await _store.Provider.OpenAsync(cancellationToken).ConfigureAwait(false);
        if (await _store.Provider.GetMaxPositionAsync(cancellationToken).ConfigureAwait(false) is { } end
            && Array.Find(await RunAsync(end, Report, Report, Report, cancellationToken).ConfigureAwait(false), static failure => failure is not null) is { } first)
        {
            throw first;
        }
    }

    /// <summary>Runs all projections until the cancellation, or until all have stopped.</summary>
    /// <param name="stopped">Called for each that stops, besides <see cref="Stopped"/>.</param>
    /// <param name="failed">Called for each event that failed, besides <see cref="EventFailed"/>.</param>
    /// <param name="rebuilding">Called when rows are built beside those in use, besides <see cref="Rebuilding"/>.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    internal Task RunAsync(
        Action<ProjectionException> stopped, Action<FailedEvent> failed, Action<RebuildProgress> rebuilding, CancellationToken cancellationToken) => RunAsync(
        long.MaxValue,
        failure =>
        {
            stopped(failure);
            Report(failure);
        },
        failure =>
        {
            failed(failure);
            Report(failure);
        },
        progress =>
        {
            rebuilding(progress);
            Report(progress);
        },
        cancellationToken);

    /// <summary>Reads the events that a projection has parked or skipped, in the order of their positions.</summary>
    /// <param name="projection">The name of the projection.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="ArgumentException">The application has no projection with this name.</exception>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    public IAsyncEnumerable<FailedEvent> ReadFailedEventsAsync(string projection, CancellationToken cancellationToken = default)
    {
        ThrowIfUnknown(projection);
        return ReadFailedAsync(projection, cancellationToken);
    }

    /// <summary>
    /// Asks the owner of a projection to process its parked events again, key by key and in their order, for instance after a fix of the fold was
    /// deployed. An event that fails again stays parked, with all later ones of its key.
    /// </summary>
    /// <param name="projection">The name of the projection.</param>
    /// <param name="cancellationToken">Cancels the call. The events may then be processed again or not.</param>
    /// <returns>
    /// The number of parked events. They are processed within about a second if a runner owns the projection, and otherwise by the next one.
    /// <see cref="GetStatusAsync"/> tells how many are left.
    /// </returns>
    /// <exception cref="ArgumentException">The application has no projection with this name.</exception>
    /// <exception cref="TransactionException">The async flow has a transaction or session of the store.</exception>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    public async ValueTask<int> ReplayParkedAsync(string projection, CancellationToken cancellationToken = default)
    {
        ThrowIfUnknown(projection);
        ThrowIfInTransaction();
        await _store.Provider.OpenAsync(cancellationToken).ConfigureAwait(false);
        var recorder = _store.Provider.Projections;
        await recorder.RequestReplayAsync(projection, Guid.NewGuid().ToString(), cancellationToken).ConfigureAwait(false);
        return (int)Math.Min(int.MaxValue, Count(await recorder.CountFailedEventsAsync(cancellationToken).ConfigureAwait(false), projection, areSkipped: false));
    }

    /// <summary>
    /// Builds the rows of a view again, from the first event, in a table beside the one in use, and puts them into its place, in one transaction. Runners
    /// need not be stopped, and reads find the rows in use meanwhile. If another process does so, it is waited for.
    /// </summary>
    /// <param name="projection">The name of the projection.</param>
    /// <param name="progress">Is told how far it is, about every 5 seconds; null for none.</param>
    /// <param name="cancellationToken">Ends it. Another call, or a runner with a later version, continues where it was.</param>
    /// <exception cref="ArgumentException">The application has no view with this name.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    /// <exception cref="ProjectionException">An event can't be processed, or the rows in use are of a later version. They stay in use.</exception>
    /// <exception cref="ObjectDisposedException">The store is closed.</exception>
    /// <exception cref="TransactionException">The async flow has a transaction or session of the store.</exception>
    /// <exception cref="StoreException">The database refused or failed, and a retry won't help.</exception>
    public async Task RebuildAsync(string projection, IProgress<RebuildProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ThrowIfUnknown(projection);
        ThrowIfInTransaction();
        var definition = Definitions.First(definition => definition.Table.Projection == projection);
        if (!definition.Table.Exists)
        {
            throw new ArgumentException($"The projection '{projection}' has handlers, which write tables that the library doesn't know. Raise its Version to process all events again.", nameof(projection));
        }

        await _store.Provider.OpenAsync(cancellationToken).ConfigureAwait(false);
        var run = NewRun(long.MaxValue, Report, Report, reached =>
        {
            Report(() => progress?.Report(reached));
            Report(reached);
        });
        if (await run.RebuildAsync(definition, cancellationToken).ConfigureAwait(false) is { } failure)
        {
            throw failure;
        }
    }

    /// <summary>Waits until a projection has processed the events up to a position, for instance that of a save.</summary>
    /// <param name="projection">The name of the projection.</param>
    /// <param name="position">The position of an event; null doesn't wait.</param>
    /// <param name="timeout">How long to wait: at most 24 days, or <see cref="Timeout.InfiniteTimeSpan"/>; null for 10 seconds.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="ArgumentException">The application has no projection with this name, or an argument is out of its range.</exception>
    /// <exception cref="TrackingTimeoutException">
    /// The projection hasn't reached the position within the time. If the database was busy or unavailable at last, the failure is the inner exception.
    /// </exception>
    /// <exception cref="TransactionException">The async flow has a transaction or session of the store.</exception>
    /// <exception cref="StoreException">The database refused or failed, and a retry won't help.</exception>
    public ValueTask WaitForAsync(string projection, long? position, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ThrowIfUnknown(projection);
        return position is { } at
            ? _views.WaitForAsync(Definitions.First(definition => definition.Table.Projection == projection).Table, at, timeout ?? PositionWait.DefaultTimeout, cancellationToken)
            : default;
    }

    /// <summary>Returns the status of each projection of the application, as the database has it.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="TransactionException">The async flow has a transaction or session of the store.</exception>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    public ValueTask<IReadOnlyList<ProjectionStatus>> GetStatusAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfInTransaction();
        return ReadStatusAsync(cancellationToken);
    }

    /// <summary>As <see cref="GetStatusAsync"/>, also inside a session, such as that of a request for the health of a server.</summary>
    internal async ValueTask<IReadOnlyList<ProjectionStatus>> ReadStatusAsync(CancellationToken cancellationToken)
    {
        if (Definitions.Count == 0)
        {
            return [];
        }

        await _store.Provider.OpenAsync(cancellationToken).ConfigureAwait(false);

        // The positions first, so that no lag is negative.
        var rows = await _store.Provider.Projections.GetRowsAsync(cancellationToken).ConfigureAwait(false);
        var counts = await _store.Provider.Projections.CountFailedEventsAsync(cancellationToken).ConfigureAwait(false);
        var end = await _store.Provider.GetMaxPositionAsync(cancellationToken).ConfigureAwait(false) ?? 0;
        List<ProjectionStatus> statuses = [];
        foreach (var definition in Definitions)
        {
            var row = rows.FirstOrDefault(row => row.Projection == definition.Table.Projection);
            var next = rows.FirstOrDefault(row => row.Projection == definition.Table.Projection + NextTable.Suffix);
            var oldest = end > (row?.Position ?? 0) ? await _log.FindTimeAsync(row?.Position ?? 0, definition.Topics, cancellationToken).ConfigureAwait(false) : null;
            statuses.Add(new()
            {
                Projection = definition.Table.Projection,
                Version = row?.Version ?? 0,
                IsInline = definition.Table.IsInline,
                Position = row?.Position ?? 0,
                Lag = Math.Max(0, end - (row?.Position ?? 0)),
                Age = oldest is { } time && AggregateClock.Now - time is { Ticks: > 0 } age ? age : TimeSpan.Zero,
                Owner = row is { IsExpired: false, Owner: { } owner } ? owner : next is { IsExpired: false } ? next.Owner : null,
                Error = row?.Error ?? next?.Error,
                Rebuild = next is null ? null : new() { Projection = definition.Table.Projection, Version = next.Version, Position = next.Position, End = Math.Max(next.Position, end) },
                ParkedEvents = Count(counts, definition.Table.Projection, areSkipped: false),
                SkippedEvents = Count(counts, definition.Table.Projection, areSkipped: true),
            });
        }

        return statuses;
    }

    private static long Count(IReadOnlyList<FailedEventCount> counts, string projection, bool areSkipped) =>
        counts.Where(count => count.Projection == projection && count.AreSkipped == areSkipped).Sum(static count => count.Count);

    private async IAsyncEnumerable<FailedEvent> ReadFailedAsync(string projection, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await _store.Provider.OpenAsync(cancellationToken).ConfigureAwait(false);
        await foreach (var failed in FailedEvents.ReadAsync(_store.Provider.Projections, projection, cancellationToken).ConfigureAwait(false))
        {
            yield return failed;
        }
    }

    private async Task<ProjectionException?[]> RunAsync(
        long until, Action<ProjectionException> stopped, Action<FailedEvent> failed, Action<RebuildProgress> rebuilding, CancellationToken cancellationToken)
    {
        ThrowIfInTransaction();
        var definitions = Definitions;
        if (definitions.Count == 0)
        {
            return [];
        }

        await _store.Provider.OpenAsync(cancellationToken).ConfigureAwait(false);
        return await NewRun(until, stopped, failed, rebuilding).RunAsync(definitions, cancellationToken).ConfigureAwait(false);
    }

    private ProjectionRun<TKey> NewRun(long until, Action<ProjectionException> stopped, Action<FailedEvent> failed, Action<RebuildProgress> building) =>
        new(_store, _log, new(_store, new(_store, _transactions), failed), until, stopped, building);

    private void Report(RebuildProgress progress) => Report(() => Rebuilding?.Invoke(progress));

    private void Report(ProjectionException failure) => Report(() => Stopped?.Invoke(failure));

    private void Report(FailedEvent failure) => Report(() => EventFailed?.Invoke(failure));

    private static void Report(Action report)
    {
        try
        {
            report();
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // A listener that fails must not end the other projections.
        }
    }

    private void ThrowIfUnknown(string projection)
    {
        ArgumentNullException.ThrowIfNull(projection);
        if (!Definitions.Any(definition => definition.Table.Projection == projection))
        {
            throw new ArgumentException($"The application has no projection '{MessageText.Show(projection)}'.", nameof(projection));
        }
    }

    private void ThrowIfInTransaction()
    {
        if (_transactions.FindWork() is not null)
        {
            throw new TransactionException("Projections run outside of transactions and sessions of the store, because they commit after each batch of events. Call this before or after it.");
        }
    }
}
