using EventSourcing.CompilerServices;
using EventSourcing.Recording;
using EventSourcing.Serialization;

namespace EventSourcing;

/// <summary>Saves and loads aggregates through a recorder. Applications are its typed front. Thread safe.</summary>
/// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
internal sealed class EventStore<TKey> : IAsyncDisposable
    where TKey : notnull
{
    private readonly StoreContext<TKey> _store;
    private readonly TransactionManager<TKey> _transactions;

    /// <param name="recorder">The recorder of the events. The store disposes of it.</param>
    /// <param name="registry">The events of the application.</param>
    /// <param name="options">Limits and time.</param>
    /// <param name="scopedSession">
    /// Returns the current session, if the application has a scoped one: a <see cref="StoreSession{TKey}"/> or a DbTransaction.
    /// </param>
    public EventStore(IApplicationRecorder<TKey> recorder, EventRegistry<TKey> registry, EventStoreOptions options, Func<object?>? scopedSession = null)
    {
        _store = new StoreContext<TKey>(recorder, registry, options);
        _transactions = new TransactionManager<TKey>(_store, scopedSession);
        Recorder = new ApplicationRecorder<TKey>(_store, _transactions);
        NotificationLog = new NotificationLog<TKey>(_store, _transactions);
        Tracking = new TrackingRecorder<TKey>(_store, _transactions);
        var views = new ViewSource<TKey>(_store, _transactions);
        Projections = new ProjectionRunner<TKey>(_store, _transactions, NotificationLog, views);
        Views = views;
    }

    /// <summary>The recorder of the events.</summary>
    public ApplicationRecorder<TKey> Recorder { get; }

    /// <summary>All events of the application, in order.</summary>
    public NotificationLog<TKey> NotificationLog { get; }

    /// <summary>The tracked positions in the database of the store.</summary>
    public TrackingRecorder<TKey> Tracking { get; }

    /// <summary>Runs the projections.</summary>
    public ProjectionRunner<TKey> Projections { get; }

    /// <summary>Reads the views.</summary>
    public IViewSource Views { get; }

    /// <summary>Connects and checks the database.</summary>
    public ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        _store.Options.Validate();
        return Recorder.OpenAsync(cancellationToken);
    }

    /// <summary>Saves the pending events of one aggregate.</summary>
    public ValueTask<IReadOnlyList<RecordedEvent<TKey>>> SaveAsync(IAggregate<TKey> aggregate, SaveOptions<TKey> options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        return SaveAsync([aggregate], options, cancellationToken);
    }

    /// <summary>Saves the pending events of several aggregates, all or none: in the transaction of the options, else in that of this flow.</summary>
    public ValueTask<IReadOnlyList<RecordedEvent<TKey>>> SaveAsync(
        IReadOnlyCollection<IAggregate<TKey>> aggregates, SaveOptions<TKey> options, CancellationToken cancellationToken) =>
        FindWork(options) is { } work
            ? work.SaveAsync(aggregates, options.Metadata, cancellationToken)
            : SaveDirectlyAsync(aggregates, options.Metadata, cancellationToken);

    private UnitOfWork<TKey>? FindWork(SaveOptions<TKey> options)
    {
        switch (options)
        {
            case { Transaction: null, DbTransaction: null }:
                return _transactions.FindWorkForSaving();
            case { Transaction: null, DbTransaction: { } external }:
                return _transactions.CreateWork(external);
            case { Transaction: { } transaction, DbTransaction: null }:
                transaction.Work.ThrowIfNotOf(_store);
                transaction.WasHandedOver();
                return transaction.Work;
            default:
                throw new ArgumentException("A save can't be in two transactions: set either Transaction or DbTransaction.", nameof(options));
        }
    }

    private async ValueTask<IReadOnlyList<RecordedEvent<TKey>>> SaveDirectlyAsync(
        IReadOnlyCollection<IAggregate<TKey>> aggregates, EventMetadata? metadata, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(aggregates);
        TransactionManager<TKey>.ThrowIfSystemTransaction();
        var started = SaveOutcomes.Start();
        using var activity = Telemetry.Start("eventsourcing.save", _store.Tag);
        Save<TKey>? save = null;
        try
        {
            // The events are taken now: the caller may change the collection, or raise more events, while the save is under way.
            save = new Save<TKey>(aggregates, _store, metadata, holder: null);
            activity?.SetTag("eventsourcing.events", save.Events.Length);
            if (save.Events.Length == 0)
            {
                return [];
            }

            var recordings = save.Complete(await AppendAsync(save, cancellationToken).ConfigureAwait(false));
            _store.Outcomes.Committed(recordings.Count, started);
            return recordings;
        }
        catch (Exception failure)
        {
            _store.Outcomes.Failed(failure, activity);
            throw;
        }
        finally
        {
            if (save is not null)
            {
                _store.Queue.Leave(save.QueuedBytes);
                save.Dispose();
            }
        }
    }

    private ValueTask<IReadOnlyList<long>> AppendAsync(Save<TKey> save, CancellationToken cancellationToken)
    {
        var bytes = SaveQueue.SizeOf<TKey>(save.Events);
        if (!_store.Queue.TryEnter(bytes))
        {
            return WaitAndAppendAsync(save, bytes, cancellationToken);
        }

        save.QueuedBytes = bytes;
        return _store.Provider.AppendAsync(save.RequestFor(_store), cancellationToken);
    }

    private async ValueTask<IReadOnlyList<long>> WaitAndAppendAsync(Save<TKey> save, long bytes, CancellationToken cancellationToken)
    {
        await _store.Queue.WaitAsync(bytes, cancellationToken).ConfigureAwait(false);
        save.QueuedBytes = bytes;
        return await _store.Provider.AppendAsync(save.RequestFor(_store), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Loads an aggregate, at its last or an earlier version.</summary>
    /// <returns>The aggregate, or null when it has no events.</returns>
    /// <remarks>On SQLite and in memory nothing is awaited, and the call allocates nothing but the aggregate and its loader.</remarks>
    public async ValueTask<TAggregate?> TryGetAsync<TAggregate, TId>(TId id, long? version, CancellationToken cancellationToken)
        where TAggregate : class, IAggregate<TAggregate, TId, TKey>
    {
        if (version < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(version), version, "Versions start at 1.");
        }

        _store.Registry.ThrowIfNotRegistered(typeof(TAggregate));
        using var activity = Telemetry.Start("eventsourcing.load", _store.Tag);
        activity?.SetTag("eventsourcing.aggregate", typeof(TAggregate).Name);
        try
        {
            var loader = new AggregateLoader<TAggregate, TId, TKey>(KeyOf<TAggregate, TId>(id), _store.Codec);
            await Recorder.ReadStreamAsync(new(loader.Key, upTo: version), loader, cancellationToken).ConfigureAwait(false);
            if (loader.Aggregate is not { } aggregate)
            {
                return null;
            }

            Telemetry.EventsLoaded.Add(loader.Count, _store.Tag);
            var last = aggregate.Core.Version;
            return version is null || last == version
                ? aggregate
                : throw new AggregateNotFoundException(typeof(TAggregate).Name, loader.Key, version, last);
        }
        catch (Exception failure)
        {
            activity.Fail(failure);
            throw;
        }
    }

    /// <summary>Loads an aggregate that must exist.</summary>
    /// <exception cref="AggregateNotFoundException">It has no events, or fewer than the version.</exception>
    public async ValueTask<TAggregate> GetAsync<TAggregate, TId>(TId id, long? version, CancellationToken cancellationToken)
        where TAggregate : class, IAggregate<TAggregate, TId, TKey> =>
        await TryGetAsync<TAggregate, TId>(id, version, cancellationToken).ConfigureAwait(false)
        ?? throw new AggregateNotFoundException(typeof(TAggregate).Name, KeyOf<TAggregate, TId>(id), version);

    /// <summary>Whether there is an aggregate of the type with the id. Reads one row.</summary>
    public async ValueTask<bool> ExistsAsync<TAggregate, TId>(TId id, CancellationToken cancellationToken)
        where TAggregate : class, IAggregate<TAggregate, TId, TKey>
    {
        _store.Registry.ThrowIfNotRegistered(typeof(TAggregate));
        var probe = new ExistenceProbe<TAggregate, TId, TKey>();
        await Recorder.ReadStreamAsync(new(KeyOf<TAggregate, TId>(id), limit: 1), probe, cancellationToken).ConfigureAwait(false);
        return probe.Found;
    }

    /// <summary>Runs an operation, and retries it after a conflict.</summary>
    /// <param name="operation">Loads, commands and saves; it is run from its beginning each time.</param>
    /// <param name="maxAttempts">How often it may run, at least once.</param>
    /// <param name="cancellationToken">Passed to the operation; also cancels the pauses.</param>
    /// <remarks>After a conflict, callers of this store take turns at the aggregate.</remarks>
    /// <exception cref="TransactionException">It is called inside a transaction or session, where the conflict occurs at the commit.</exception>
    public ValueTask<TResult> RetryOnConflictAsync<TResult>(
        Func<CancellationToken, ValueTask<TResult>> operation, int maxAttempts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(operation);
        ThrowIfHolding();
        return _transactions.Retry.RunAsync((_, token) => operation(token), null, maxAttempts, cancellationToken);
    }

    /// <summary>Loads an aggregate, passes it to a command and saves it; retries all of it after a conflict.</summary>
    public ValueTask<IReadOnlyList<RecordedEvent<TKey>>> RetryOnConflictAsync<TAggregate, TId>(
        TId id, Action<TAggregate> command, int maxAttempts, CancellationToken cancellationToken)
        where TAggregate : class, IAggregate<TAggregate, TId, TKey>
    {
        ArgumentNullException.ThrowIfNull(command);
        return RetryOnConflictAsync<TAggregate, TId>(id, aggregate =>
        {
            command(aggregate);
            return default(ValueTask);
        }, maxAttempts, cancellationToken);
    }

    /// <inheritdoc cref="RetryOnConflictAsync{TAggregate, TId}(TId, Action{TAggregate}, int, CancellationToken)"/>
    public ValueTask<IReadOnlyList<RecordedEvent<TKey>>> RetryOnConflictAsync<TAggregate, TId>(
        TId id, Func<TAggregate, Task> command, int maxAttempts, CancellationToken cancellationToken)
        where TAggregate : class, IAggregate<TAggregate, TId, TKey>
    {
        ArgumentNullException.ThrowIfNull(command);
        return RetryOnConflictAsync<TAggregate, TId>(id, aggregate => new ValueTask(command(aggregate)), maxAttempts, cancellationToken);
    }

    /// <inheritdoc cref="RetryOnConflictAsync{TAggregate, TId}(TId, Action{TAggregate}, int, CancellationToken)"/>
    public ValueTask<IReadOnlyList<RecordedEvent<TKey>>> RetryOnConflictAsync<TAggregate, TId>(
        TId id, Func<TAggregate, ValueTask> command, int maxAttempts, CancellationToken cancellationToken)
        where TAggregate : class, IAggregate<TAggregate, TId, TKey>
    {
        ArgumentNullException.ThrowIfNull(command);
        ThrowIfHolding();
        return RunAsync();

        async ValueTask<IReadOnlyList<RecordedEvent<TKey>>> RunAsync() => await _transactions.Retry.RunOnAsync(KeyOf<TAggregate, TId>(id), async (_, token) =>
        {
            var aggregate = await GetAsync<TAggregate, TId>(id, null, token).ConfigureAwait(false);
            await command(aggregate).ConfigureAwait(false);
            return await SaveAsync(aggregate, default, token).ConfigureAwait(false);
        }, maxAttempts, cancellationToken).ConfigureAwait(false);
    }

    // A default struct around a text has no text.
    private static TKey KeyOf<TAggregate, TId>(TId id)
        where TAggregate : class, IAggregate<TAggregate, TId, TKey> =>
        TAggregate.ToKey(id) is { } key ? key : throw new ArgumentException($"The id of the {typeof(TAggregate).Name} has no value.", nameof(id));

    // An external transaction is written to at once, so its conflict occurs in the operation.
    private void ThrowIfHolding()
    {
        if (_transactions.FindWork() is { Kind: WorkKind.Writing })
        {
            throw new TransactionException(
                "RetryOnConflictAsync can't retry inside a transaction or session, because saves are held there and conflicts occur only at the commit. Retry the whole transaction: InTransactionAsync and the options of WithCommitOnSuccess have a maximum number of attempts.");
        }
    }

    /// <summary>Closes the recorder, after the saves that are under way.</summary>
    public ValueTask DisposeAsync() => Recorder.DisposeAsync();
}
