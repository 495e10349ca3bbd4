#pragma warning disable RS0026, RS0027 // Each overload has another first or second parameter, so none can become ambiguous.
#pragma warning disable CS3001, CS3002, CS3003, CS3014, CS3024 // The assembly isn't marked as compliant, but projects that are require it of base classes.

using System.ComponentModel;
using System.Runtime.CompilerServices;
using EventSourcing.CompilerServices;
using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>
/// The base class of applications. The generator derives each class with <c>[EventSourcedApplication]</c> from it, and adds the methods that
/// open its store. A base class of your own must derive from it. Thread safe.
/// </summary>
/// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
[CLSCompliant(true)]
public abstract class EventSourcedApplication<TKey> : IEventSourcedApplication
    where TKey : notnull
{
    /// <summary>Connects the application with its store.</summary>
    /// <param name="context">The context that the generated code passes to the constructor of the application.</param>
    protected EventSourcedApplication(ApplicationContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        Store = context.GetStore<TKey>();
        Repository = new AggregateRepository<TKey>(Store);
    }

    /// <summary>Loads aggregates.</summary>
    public AggregateRepository<TKey> Repository { get; }

    /// <summary>All events of the application, in order.</summary>
    public NotificationLog<TKey> NotificationLog => Store.NotificationLog;

    /// <summary>The recorder that stores the events. It also begins transactions.</summary>
    public ApplicationRecorder<TKey> Recorder => Store.Recorder;

    /// <summary>The tracked positions in the database of the store: how far other logs, or this one, have been processed into it.</summary>
    public TrackingRecorder<TKey> Tracking => Store.Tracking;

    /// <summary>Runs the projections of the application, and tells how far they are.</summary>
    public ProjectionRunner<TKey> Projections => Store.Projections;

    internal EventStore<TKey> Store { get; }

    SubscriptionMonitor? IEventSourcedApplication.Subscriptions => NotificationLog.Subscriptions;

    TimeSpan IEventSourcedApplication.ProjectionLease => Projections.Lease;

    IReadOnlyList<string> IEventSourcedApplication.OtherTables => Recorder.OtherTables;

    Task IEventSourcedApplication.RunProjectionsAsync(
        Action<ProjectionException> stopped, Action<FailedEvent> failed, Action<RebuildProgress> rebuilding, CancellationToken cancellationToken) =>
        Projections.RunAsync(stopped, failed, rebuilding, cancellationToken);

    ValueTask<IReadOnlyList<ProjectionStatus>> IEventSourcedApplication.GetProjectionsAsync(CancellationToken cancellationToken) =>
        Projections.ReadStatusAsync(cancellationToken);

    /// <summary>Creates a session. Its owner commits it and disposes of it.</summary>
    public StoreSession<TKey> CreateSession() => Recorder.CreateSession();

    /// <summary>Saves the pending events of an aggregate, all or none. Afterwards they are durable, and no longer pending.</summary>
    /// <param name="aggregate">The aggregate. After an exception it can be saved again.</param>
    /// <param name="cancellationToken">Cancels the save as long as its writing hasn't begun.</param>
    /// <returns>The events with their positions in the log; empty if none were pending.</returns>
    /// <remarks>Inside a transaction or session of this store, in the same async flow, the save takes part in it.</remarks>
    /// <exception cref="ConcurrencyException">Another save of the aggregate came first. Nothing was written.</exception>
    /// <exception cref="ProjectionException">An inline view can't process an event. Nothing was written.</exception>
    /// <exception cref="InDoubtException">The outcome of the commit is unknown.</exception>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    public ValueTask<IReadOnlyList<RecordedEvent<TKey>>> SaveAsync(IAggregate<TKey> aggregate, CancellationToken cancellationToken = default) =>
        Store.SaveAsync(aggregate, default, cancellationToken);

    /// <summary>Saves the pending events of an aggregate, all or none, with metadata or in a transaction.</summary>
    /// <param name="aggregate">The aggregate. After an exception it can be saved again.</param>
    /// <param name="options">Metadata, a <see cref="StoreTransaction{TKey}"/>, a <see cref="System.Data.Common.DbTransaction"/>, or several options.</param>
    /// <param name="cancellationToken">Cancels the save as long as its writing hasn't begun.</param>
    /// <returns>The events with their positions in the log; empty if none were pending.</returns>
    /// <exception cref="ConcurrencyException">
    /// Another save of the aggregate came first. Nothing was written, and an external transaction can continue.
    /// </exception>
    /// <exception cref="ProjectionException">An inline view can't process an event. Nothing was written, and an external transaction can continue.</exception>
    /// <exception cref="TransactionException">The transaction has ended or failed, or is one of another store.</exception>
    /// <exception cref="ArgumentException">The options contain two transactions.</exception>
    /// <exception cref="InDoubtException">The outcome of the commit is unknown.</exception>
    /// <exception cref="StoreException">
    /// The database refused or failed. In an external transaction it is a transient exception if another writer holds the store too long.
    /// </exception>
    [OverloadResolutionPriority(1)]
    public ValueTask<IReadOnlyList<RecordedEvent<TKey>>> SaveAsync(
        IAggregate<TKey> aggregate, SaveOptions<TKey> options, CancellationToken cancellationToken = default) =>
        Store.SaveAsync(aggregate, options, cancellationToken);

    /// <summary>Saves the pending events of several aggregates, all or none. Afterwards they are durable, and no longer pending.</summary>
    /// <param name="aggregates">The aggregates. Their events are stored in this order, with nothing between them.</param>
    /// <param name="cancellationToken">Cancels the save as long as its writing hasn't begun.</param>
    /// <inheritdoc cref="SaveAsync(IAggregate{TKey}, CancellationToken)" path="/*[not(self::summary or self::param)]"/>
    public ValueTask<IReadOnlyList<RecordedEvent<TKey>>> SaveAsync(
        IReadOnlyCollection<IAggregate<TKey>> aggregates, CancellationToken cancellationToken = default) =>
        Store.SaveAsync(aggregates, default, cancellationToken);

    /// <summary>Saves the pending events of several aggregates, all or none, with metadata or in a transaction.</summary>
    /// <param name="aggregates">The aggregates. Their events are stored in this order, with nothing between them.</param>
    /// <param name="options">Metadata, a <see cref="StoreTransaction{TKey}"/>, a <see cref="System.Data.Common.DbTransaction"/>, or several options.</param>
    /// <param name="cancellationToken">Cancels the save as long as its writing hasn't begun.</param>
    /// <inheritdoc cref="SaveAsync(IAggregate{TKey}, SaveOptions{TKey}, CancellationToken)" path="/*[not(self::summary or self::param)]"/>
    [OverloadResolutionPriority(1)]
    public ValueTask<IReadOnlyList<RecordedEvent<TKey>>> SaveAsync(
        IReadOnlyCollection<IAggregate<TKey>> aggregates, SaveOptions<TKey> options, CancellationToken cancellationToken = default) =>
        Store.SaveAsync(aggregates, options, cancellationToken);

    /// <summary>Runs an operation, and retries it after a conflict.</summary>
    /// <param name="operation">Loads, commands and saves. It is run from its beginning each time.</param>
    /// <param name="maxAttempts">How often it may run, at least once.</param>
    /// <param name="cancellationToken">Passed to the operation; also cancels the pauses.</param>
    /// <exception cref="ConcurrencyException">The last attempt also met a conflict.</exception>
    /// <exception cref="TransactionException">It is called inside a transaction or session, where the conflict occurs at the commit.</exception>
    public ValueTask<TResult> RetryOnConflictAsync<TResult>(
        Func<CancellationToken, ValueTask<TResult>> operation, int maxAttempts = 5, CancellationToken cancellationToken = default) =>
        Store.RetryOnConflictAsync(operation, maxAttempts, cancellationToken);

    /// <summary>Loads an aggregate, passes it to a command and saves it; retries all of it after a conflict.</summary>
    /// <typeparam name="TAggregate">The class of the aggregate.</typeparam>
    /// <param name="id">The id of the aggregate.</param>
    /// <param name="command">Changes the aggregate. Each attempt passes a newly loaded one.</param>
    /// <param name="maxAttempts">How often it may run, at least once.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The events that were saved, with their positions in the log.</returns>
    /// <exception cref="AggregateNotFoundException">There is no such aggregate.</exception>
    /// <exception cref="ConcurrencyException">The last attempt also met a conflict.</exception>
    /// <exception cref="TransactionException">It is called inside a transaction or session, where the conflict occurs at the commit.</exception>
    public ValueTask<IReadOnlyList<RecordedEvent<TKey>>> RetryOnConflictAsync<TAggregate>(
        TKey id, Action<TAggregate> command, int maxAttempts = 5, CancellationToken cancellationToken = default)
        where TAggregate : class, IAggregate<TAggregate, TKey, TKey> =>
        Store.RetryOnConflictAsync<TAggregate, TKey>(id, command, maxAttempts, cancellationToken);

    /// <summary>Loads an aggregate, passes it to an asynchronous command, awaits it and saves; retries all of it after a conflict.</summary>
    /// <inheritdoc cref="RetryOnConflictAsync{TAggregate}(TKey, Action{TAggregate}, int, CancellationToken)"/>
    // An asynchronous lambda fits this overload and the next: it becomes a Task.
    [OverloadResolutionPriority(1)]
    public ValueTask<IReadOnlyList<RecordedEvent<TKey>>> RetryOnConflictAsync<TAggregate>(
        TKey id, Func<TAggregate, Task> command, int maxAttempts = 5, CancellationToken cancellationToken = default)
        where TAggregate : class, IAggregate<TAggregate, TKey, TKey> =>
        Store.RetryOnConflictAsync<TAggregate, TKey>(id, command, maxAttempts, cancellationToken);

    /// <inheritdoc cref="RetryOnConflictAsync{TAggregate}(TKey, Func{TAggregate, Task}, int, CancellationToken)"/>
    public ValueTask<IReadOnlyList<RecordedEvent<TKey>>> RetryOnConflictAsync<TAggregate>(
        TKey id, Func<TAggregate, ValueTask> command, int maxAttempts = 5, CancellationToken cancellationToken = default)
        where TAggregate : class, IAggregate<TAggregate, TKey, TKey> =>
        Store.RetryOnConflictAsync<TAggregate, TKey>(id, command, maxAttempts, cancellationToken);

    /// <summary>Closes the store, after the saves that are under way.</summary>
    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return Store.DisposeAsync();
    }

    StoreSession IEventSourcedApplication.CreateSession() => CreateSession();

    ValueTask IEventSourcedApplication.OpenAsync(CancellationToken cancellationToken) => Store.OpenAsync(cancellationToken);

    ValueTask<long?> IEventSourcedApplication.GetMaxPositionAsync(CancellationToken cancellationToken) =>
        Recorder.Provider.GetMaxPositionAsync(cancellationToken);

    /// <summary>As the public method, for an id of any type.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected ValueTask<IReadOnlyList<RecordedEvent<TKey>>> RetryOnConflictAsync<TAggregate, TId>(
        TId id, Action<TAggregate> command, int maxAttempts, CancellationToken cancellationToken)
        where TAggregate : class, IAggregate<TAggregate, TId, TKey> =>
        Store.RetryOnConflictAsync<TAggregate, TId>(id, command, maxAttempts, cancellationToken);

    /// <summary>As the public method, for an id of any type.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected ValueTask<IReadOnlyList<RecordedEvent<TKey>>> RetryOnConflictAsync<TAggregate, TId>(
        TId id, Func<TAggregate, Task> command, int maxAttempts, CancellationToken cancellationToken)
        where TAggregate : class, IAggregate<TAggregate, TId, TKey> =>
        Store.RetryOnConflictAsync<TAggregate, TId>(id, command, maxAttempts, cancellationToken);

    /// <summary>As the public method, for an id of any type.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected ValueTask<IReadOnlyList<RecordedEvent<TKey>>> RetryOnConflictAsync<TAggregate, TId>(
        TId id, Func<TAggregate, ValueTask> command, int maxAttempts, CancellationToken cancellationToken)
        where TAggregate : class, IAggregate<TAggregate, TId, TKey> =>
        Store.RetryOnConflictAsync<TAggregate, TId>(id, command, maxAttempts, cancellationToken);

    /// <summary>Creates the reader of a view.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected View<TRow, TRowKey> GetView<TRow, TRowKey>()
        where TRow : class, IView<TRow, TRowKey>
        where TRowKey : notnull => new(Store.Views);

    /// <summary>Opens the store of an application, and disposes of the application if that fails.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected static async ValueTask<TApplication> OpenAsync<TApplication>(TApplication application, CancellationToken cancellationToken)
        where TApplication : EventSourcedApplication<TKey>
    {
        ArgumentNullException.ThrowIfNull(application);
        try
        {
            await application.Store.OpenAsync(cancellationToken).ConfigureAwait(false);
            return application;
        }
        catch
        {
            await application.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Creates the missing tables of a recorder, and disposes of it.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected static async ValueTask EnsureSchemaAsync(IApplicationRecorder<TKey> recorder, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(recorder);
        await using (recorder.ConfigureAwait(false))
        {
            await recorder.EnsureSchemaAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Compares the tables of a recorder with what it needs, and disposes of it.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected static async ValueTask<IReadOnlyList<string>> VerifySchemaAsync(IApplicationRecorder<TKey> recorder, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(recorder);
        await using (recorder.ConfigureAwait(false))
        {
            return await recorder.VerifySchemaAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
