using System.ComponentModel;
using System.Data.Common;
using EventSourcing.Serialization;

namespace EventSourcing.CompilerServices;

/// <summary>Saves and loads aggregates through a recorder. Generated applications are a typed face of it. Thread safe.</summary>
/// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class EventStore<TKey> : IAsyncDisposable
    where TKey : notnull
{
    private readonly EventRegistry<TKey> _registry;
    private readonly EventStoreOptions _options;
    private readonly KeyValuePair<string, object?> _tag;
    private readonly AggregateTurns<TKey> _turns = new();
    private readonly FirstAttempts _firstAttempts = new();

    /// <param name="recorder">Where the events are. The store disposes of it.</param>
    /// <param name="registry">The events of the application.</param>
    /// <param name="options">Limits and time.</param>
    /// <param name="scopedSession">
    /// Gives the session of the moment, where the application has a scoped one: a <see cref="StoreSession{TKey}"/> or a DbTransaction.
    /// </param>
    public EventStore(IApplicationRecorder<TKey> recorder, EventRegistry<TKey> registry, EventStoreOptions options, Func<object?>? scopedSession = null)
    {
        (_registry, _options, _tag) = (registry, options, registry.Tag);
        Recorder = new ApplicationRecorder<TKey>(this, recorder, options, scopedSession);
        NotificationLog = new NotificationLog<TKey>(Recorder, registry, options);
    }

    /// <summary>Where the events are.</summary>
    public ApplicationRecorder<TKey> Recorder { get; }

    /// <summary>Names the application in measurements.</summary>
    internal KeyValuePair<string, object?> Tag => _tag;

    /// <summary>All events of the application, in order.</summary>
    public NotificationLog<TKey> NotificationLog { get; }

    /// <summary>Connects and checks the database.</summary>
    public ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        _options.Validate();
        return Recorder.OpenAsync(cancellationToken);
    }

    /// <summary>Saves the pending events of one aggregate.</summary>
    public ValueTask<IReadOnlyList<Recording<TKey>>> SaveAsync(IAggregate<TKey> aggregate, EventMetadata? metadata, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        return SaveAsync([aggregate], metadata, cancellationToken);
    }

    /// <summary>Saves the pending events of one aggregate in a transaction of the library.</summary>
    public ValueTask<IReadOnlyList<Recording<TKey>>> SaveInAsync(IAggregate<TKey> aggregate, StoreTransaction<TKey> transaction, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        return SaveInAsync([aggregate], transaction, cancellationToken);
    }

    /// <summary>Saves the pending events of one aggregate in a transaction of another owner: at once.</summary>
    public ValueTask<IReadOnlyList<Recording<TKey>>> SaveInAsync(IAggregate<TKey> aggregate, DbTransaction transaction, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        return SaveInAsync([aggregate], transaction, cancellationToken);
    }

    /// <summary>Saves the pending events of several aggregates, all or none, in the transaction of this flow, if there is one.</summary>
    public ValueTask<IReadOnlyList<Recording<TKey>>> SaveAsync(
        IReadOnlyCollection<IAggregate<TKey>> aggregates, EventMetadata? metadata, CancellationToken cancellationToken) =>
        SaveAsync(aggregates, metadata, Recorder.CurrentForSaving, cancellationToken);

    /// <summary>Saves the pending events of several aggregates in a transaction of the library.</summary>
    public ValueTask<IReadOnlyList<Recording<TKey>>> SaveInAsync(
        IReadOnlyCollection<IAggregate<TKey>> aggregates, StoreTransaction<TKey> transaction, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        transaction.Work.ThrowIfNotOf(this);
        transaction.WasHandedOver();
        return SaveAsync(aggregates, null, transaction.Work, cancellationToken);
    }

    /// <summary>Saves the pending events of several aggregates in a transaction of another owner: at once.</summary>
    public ValueTask<IReadOnlyList<Recording<TKey>>> SaveInAsync(
        IReadOnlyCollection<IAggregate<TKey>> aggregates, DbTransaction transaction, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        return SaveAsync(aggregates, null, Recorder.CreateWork(transaction), cancellationToken);
    }

    internal async ValueTask<IReadOnlyList<Recording<TKey>>> SaveAsync(
        IReadOnlyCollection<IAggregate<TKey>> aggregates, EventMetadata? metadata, UnitOfWork<TKey>? work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(aggregates);
        ApplicationRecorder<TKey>.ThrowIfSystemTransaction();
        using var activity = Telemetry.Source.StartActivity("eventsourcing.save");
        var started = Telemetry.StartSave();
        Save<TKey>? save = null;
        try
        {
            // The caller may change the collection, or raise more events, while the save is under way: what counts is now.
            save = new Save<TKey>(aggregates, _registry, _options, EventMetadata.Merge(EventMetadata.Current, metadata), work);
            activity?.SetTag(_tag.Key, _tag.Value).SetTag("eventsourcing.events", save.Events.Length);
            if (save.Events.Length == 0)
            {
                return [];
            }

            if (work is not null)
            {
                var held = await work.SaveAsync(save, cancellationToken).ConfigureAwait(false);
                if (work.Kind != WorkKind.Foreign)
                {
                    save = null; // the transaction's from here on
                }
                else
                {
                    Telemetry.Saved(held.Count, started, _tag); // its owner doesn't report the commit
                }

                return held;
            }

            var positions = await InsertAsync(save, cancellationToken).ConfigureAwait(false);
            var recordings = save.Complete(positions);
            Telemetry.Saved(recordings.Count, started, _tag);
            return recordings;
        }
        catch (Exception failure)
        {
            if (failure is ConcurrencyException)
            {
                Telemetry.Conflicts.Add(1, _tag);
            }

            activity.Fail(failure);
            throw;
        }
        finally
        {
            if (save is not null)
            {
                Recorder.Queue.Leave(save.QueuedBytes);
                save.Dispose();
            }
        }
    }

    private ValueTask<IReadOnlyList<long>> InsertAsync(Save<TKey> save, CancellationToken cancellationToken)
    {
        var bytes = SaveQueue.SizeOf<TKey>(save.Events);
        if (!Recorder.Queue.TryEnter(bytes))
        {
            return WaitAndInsertAsync(save, bytes, cancellationToken);
        }

        save.QueuedBytes = bytes;
        return Recorder.Provider.InsertEventsAsync(save.Events, contiguous: true, cancellationToken);
    }

    private async ValueTask<IReadOnlyList<long>> WaitAndInsertAsync(Save<TKey> save, long bytes, CancellationToken cancellationToken)
    {
        await Recorder.Queue.WaitAsync(bytes, cancellationToken).ConfigureAwait(false);
        save.QueuedBytes = bytes;
        return await Recorder.Provider.InsertEventsAsync(save.Events, contiguous: true, cancellationToken).ConfigureAwait(false);
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

        ThrowIfNotRegistered(typeof(TAggregate));
        using var activity = Telemetry.Source.StartActivity("eventsourcing.load");
        activity?.SetTag(_tag.Key, _tag.Value).SetTag("eventsourcing.aggregate", typeof(TAggregate).Name);
        try
        {
            var loader = new AggregateLoader<TAggregate, TId, TKey>(KeyOf<TAggregate, TId>(id), _options.MaxStateSize);
            await Recorder.ReadEventsAsync(loader.Key, loader, upTo: version, cancellationToken: cancellationToken).ConfigureAwait(false);
            if (loader.Aggregate is not { } aggregate)
            {
                return null;
            }

            Telemetry.EventsLoaded.Add(loader.Count, _tag);
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

    /// <summary>Loads an aggregate that must be there.</summary>
    /// <exception cref="AggregateNotFoundException">It has no events, or not so many.</exception>
    public async ValueTask<TAggregate> GetAsync<TAggregate, TId>(TId id, long? version, CancellationToken cancellationToken)
        where TAggregate : class, IAggregate<TAggregate, TId, TKey> =>
        await TryGetAsync<TAggregate, TId>(id, version, cancellationToken).ConfigureAwait(false)
        ?? throw new AggregateNotFoundException(typeof(TAggregate).Name, KeyOf<TAggregate, TId>(id), version);

    /// <summary>Whether there is an aggregate of the type with the id. Reads one row.</summary>
    public async ValueTask<bool> ExistsAsync<TAggregate, TId>(TId id, CancellationToken cancellationToken)
        where TAggregate : class, IAggregate<TAggregate, TId, TKey>
    {
        ThrowIfNotRegistered(typeof(TAggregate));
        var probe = new ExistenceProbe<TAggregate, TId, TKey>();
        await Recorder.ReadEventsAsync(KeyOf<TAggregate, TId>(id), probe, limit: 1, cancellationToken: cancellationToken).ConfigureAwait(false);
        return probe.Found;
    }

    /// <summary>Runs an operation again while it ends in a conflict.</summary>
    /// <param name="operation">Loads, commands and saves; it is run from its beginning each time.</param>
    /// <param name="maxAttempts">How often it may run, at least once.</param>
    /// <param name="cancellationToken">Given to the operation; also ends the pauses.</param>
    /// <remarks>After a conflict, callers of this store take turns at the aggregate.</remarks>
    /// <exception cref="TransactionException">It is called inside a transaction or session, where the conflict comes at the commit.</exception>
    public ValueTask<TResult> RetryOnConflictAsync<TResult>(
        Func<CancellationToken, ValueTask<TResult>> operation, int maxAttempts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(operation);
        ThrowIfHolding();
        return RepeatAsync((_, token) => operation(token), null, maxAttempts, cancellationToken);
    }

    /// <summary>Loads an aggregate, gives it to a command and saves it; all of it again after a conflict.</summary>
    public ValueTask<IReadOnlyList<Recording<TKey>>> RetryOnConflictAsync<TAggregate, TId>(
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
    public ValueTask<IReadOnlyList<Recording<TKey>>> RetryOnConflictAsync<TAggregate, TId>(
        TId id, Func<TAggregate, Task> command, int maxAttempts, CancellationToken cancellationToken)
        where TAggregate : class, IAggregate<TAggregate, TId, TKey>
    {
        ArgumentNullException.ThrowIfNull(command);
        return RetryOnConflictAsync<TAggregate, TId>(id, aggregate => new ValueTask(command(aggregate)), maxAttempts, cancellationToken);
    }

    /// <inheritdoc cref="RetryOnConflictAsync{TAggregate, TId}(TId, Action{TAggregate}, int, CancellationToken)"/>
    public ValueTask<IReadOnlyList<Recording<TKey>>> RetryOnConflictAsync<TAggregate, TId>(
        TId id, Func<TAggregate, ValueTask> command, int maxAttempts, CancellationToken cancellationToken)
        where TAggregate : class, IAggregate<TAggregate, TId, TKey>
    {
        ArgumentNullException.ThrowIfNull(command);
        ThrowIfHolding();
        return RepeatOnAsync(id, command, maxAttempts, cancellationToken);
    }

    /// <summary>Runs work again while it ends in a conflict. Before it is repeated, it waits for its turn at the aggregate.</summary>
    /// <param name="work">The work; it is told whether this is the last attempt.</param>
    /// <param name="canRepeat">Asked after a conflict whether the work can be repeated; null for always.</param>
    /// <param name="maxAttempts">How often it may run, at least once.</param>
    /// <param name="cancellationToken">Given to the work; also ends the pauses.</param>
    internal async ValueTask<TResult> RepeatAsync<TResult>(
        Func<bool, CancellationToken, ValueTask<TResult>> work, Func<bool>? canRepeat, int maxAttempts, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxAttempts, 1);
        AggregateTurns<TKey>.Turn? turn = null;
        var first = maxAttempts > 1 ? _firstAttempts.Begin() : null;
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    return await work(attempt == maxAttempts, cancellationToken).ConfigureAwait(false);
                }
                catch (Exception failure) when (Conflicts.IsOne(failure) && attempt < maxAttempts && canRepeat?.Invoke() is not false)
                {
                    // The first retry is at once, as most conflicts are over by then; later ones spread out.
                    EndFirst();
                    var pause = TimeSpan.FromMilliseconds((attempt - 1) * 10 * (0.5 + Random.Shared.NextDouble()));
                    await Task.Delay(pause, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
                    if (attempt > 1)
                    {
                        await _firstAttempts.WaitAsync(_options.TimeProvider, cancellationToken).ConfigureAwait(false);
                    }

                    if (turn is null && failure is ConcurrencyException { AggregateId: TKey key })
                    {
                        turn = await _turns.TakeAsync(key, _options.BusyTimeout, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
                        _turns.Enter(turn);
                    }
                }
            }
        }
        finally
        {
            EndFirst();
            turn?.Dispose();
        }

        void EndFirst()
        {
            if (first is not null)
            {
                _firstAttempts.End(first);
            }

            first = null;
        }
    }

    // A struct around a text has none when it was made by default.
    private static TKey KeyOf<TAggregate, TId>(TId id)
        where TAggregate : class, IAggregate<TAggregate, TId, TKey> =>
        TAggregate.ToKey(id) is { } key ? key : throw new ArgumentException($"The id of the {typeof(TAggregate).Name} has no value.", nameof(id));

    private async ValueTask<IReadOnlyList<Recording<TKey>>> RepeatOnAsync<TAggregate, TId>(
        TId id, Func<TAggregate, ValueTask> command, int maxAttempts, CancellationToken cancellationToken)
        where TAggregate : class, IAggregate<TAggregate, TId, TKey>
    {
        using var turn = await _turns.TakeAsync(KeyOf<TAggregate, TId>(id), _options.BusyTimeout, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
        _turns.Enter(turn);
        return await RepeatAsync(async (_, token) =>
        {
            var aggregate = await GetAsync<TAggregate, TId>(id, null, token).ConfigureAwait(false);
            await command(aggregate).ConfigureAwait(false);
            return await SaveAsync(aggregate, null, token).ConfigureAwait(false);
        }, null, maxAttempts, cancellationToken).ConfigureAwait(false);
    }

    // A transaction of the user's own is written to at once, and so meets its conflict in the operation.
    private void ThrowIfHolding()
    {
        if (Recorder.Current is { Kind: WorkKind.Writing })
        {
            throw new TransactionException(
                "RetryOnConflictAsync can't repeat anything inside a transaction or session, because saves are held there and meet their conflicts at the commit. Repeat all of it: InTransactionAsync and the options of WithCommitOnSuccess have a maximum of attempts.");
        }
    }

    /// <summary>Closes the recorder, after the saves that are under way.</summary>
    public ValueTask DisposeAsync() => Recorder.DisposeAsync();

    private void ThrowIfNotRegistered(Type aggregate)
    {
        if (!_registry.IsRegistered(aggregate))
        {
            throw new AggregateNotRegisteredException(aggregate.Name);
        }
    }
}
