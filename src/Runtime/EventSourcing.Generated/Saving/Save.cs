using EventSourcing.CompilerServices;
using EventSourcing.Recording;
using EventSourcing.Serialization;

namespace EventSourcing;

/// <summary>
/// One save: the pending events of its aggregates. They are encoded when it is created, and marked as saved when it is complete. Or a position to
/// track, without events.
/// </summary>
internal sealed class Save<TKey> : IDisposable
    where TKey : notnull
{
    private const int FewAggregates = 16;

    private (IAggregate<TKey> Aggregate, int Count)[] _aggregates;
    private RaisedEvent[] _pending;
    private readonly EventMetadata? _metadata;
    private readonly StateEncoder _encoder = StateEncoder.Rent();

    // A reference, because most saves have none.
    private readonly System.Runtime.CompilerServices.StrongBox<Tracking>? _tracking;

    /// <param name="aggregates">The aggregates. The same object named twice is saved once.</param>
    /// <param name="store">The store.</param>
    /// <param name="metadata">That of this save, which is added to that of the async flow; null for none.</param>
    /// <param name="holder">The unit of work that takes the save; null for none.</param>
    /// <exception cref="StoreConfigurationException">An aggregate isn't one of the application's.</exception>
    /// <exception cref="AggregateFaultedException">An aggregate's state may be half changed.</exception>
    /// <exception cref="StateEncodeException">An event can't be written.</exception>
    /// <exception cref="PayloadTooLargeException">An event, or the save, is too large.</exception>
    /// <exception cref="TransactionException">A transaction holds events of an aggregate, and it isn't <paramref name="holder"/>.</exception>
    public Save(IReadOnlyCollection<IAggregate<TKey>> aggregates, StoreContext<TKey> store, EventMetadata? metadata, object? holder)
    {
        try
        {
            _metadata = EventMetadata.Merge(EventMetadata.Current, metadata);
            _aggregates = Collect(aggregates, store.Registry, holder);
            var total = _aggregates.Sum(a => a.Count);
            _pending = new RaisedEvent[total];
            Events = new StoredEvent<TKey>[total];
            if (total > 0)
            {
                Encode(store.Codec, store.Options);
            }
        }
        catch
        {
            _encoder.Dispose();
            throw;
        }
    }

    /// <summary>Creates one without events, for a position to track.</summary>
    public Save(Tracking tracking) => (_aggregates, _pending, Events, _tracking) = ([], [], [], new(tracking));

    public StoredEvent<TKey>[] Events { get; private set; }

    /// <summary>The position to track; null for none.</summary>
    public Tracking? Tracking => _tracking?.Value;

    /// <summary>Whether it has nothing to write.</summary>
    public bool IsEmpty => Events.Length == 0 && _tracking is null;

    /// <summary>Returns the request to append the events, without a missing version.</summary>
    public AppendRequest<TKey> RequestFor(StoreContext<TKey> store) => new(Events, AppendCondition.VersionsNext) { Inline = store.InlineOf(Events) };

    /// <summary>The bytes that it takes of the <see cref="SaveQueue"/> while it is under way.</summary>
    public long QueuedBytes { get; set; }

    /// <summary>The positions, once a transaction has written the events; they are final only when it is committed.</summary>
    public IReadOnlyList<long>? Positions { get; set; }

    /// <summary>Marks the events as saved, so that they aren't pending any more, and returns them.</summary>
    public IReadOnlyList<RecordedEvent<TKey>> Complete(IReadOnlyList<long> positions)
    {
        foreach (var (aggregate, count) in _aggregates)
        {
            aggregate.Core.MarkSaved(count);
        }

        return Describe(positions);
    }

    /// <summary>Returns the events as recorded events, with the positions that they have or will have; null for none yet.</summary>
    public IReadOnlyList<RecordedEvent<TKey>> Describe(IReadOnlyList<long>? positions)
    {
        var recordings = new RecordedEvent<TKey>[Events.Length];
        for (var i = 0; i < recordings.Length; i++)
        {
            recordings[i] = new(positions?[i], Events[i].OriginatorId, new EventHeader(_pending[i].Version, _pending[i].Timestamp), Events[i].Topic, _pending[i].Event, _metadata);
        }

        return recordings;
    }

    /// <summary>Marks the events as held by a transaction, which writes them later.</summary>
    public void Hold(object holder)
    {
        foreach (var (aggregate, count) in _aggregates)
        {
            aggregate.Core.Hold(holder, count);
        }
    }

    /// <summary>Releases the events, which the transaction won't write.</summary>
    public void Release()
    {
        foreach (var (aggregate, count) in _aggregates)
        {
            aggregate.Core.Release(count);
        }
    }

    /// <summary>Drops the events of one aggregate; they are pending again.</summary>
    public void Discard(TKey key)
    {
        foreach (var (aggregate, count) in _aggregates)
        {
            if (aggregate.Key.Equals(key))
            {
                aggregate.Core.Release(count);
            }
        }

        _aggregates = [.. _aggregates.Where(a => !a.Aggregate.Key.Equals(key))];
        _pending = [.. _pending.Where((_, i) => !Events[i].OriginatorId.Equals(key))];
        Events = [.. Events.Where(e => !e.OriginatorId.Equals(key))];
    }

    public void Dispose() => _encoder.Dispose();

    private static (IAggregate<TKey>, int)[] Collect(IReadOnlyCollection<IAggregate<TKey>> aggregates, EventRegistry<TKey> registry, object? holder)
    {
        var collected = new List<(IAggregate<TKey> Aggregate, int Count)>(aggregates.Count);
        var seen = aggregates.Count > FewAggregates ? new HashSet<object>(aggregates.Count, ReferenceEqualityComparer.Instance) : null;
        foreach (var aggregate in aggregates)
        {
            ArgumentNullException.ThrowIfNull(aggregate, nameof(aggregates));
            registry.ThrowIfNotRegistered(aggregate.GetType());
            aggregate.Core.ThrowIfFaulted(aggregate);
            aggregate.Core.ThrowIfHeldByAnother(aggregate, holder);
            // The same object named twice is saved once.
            if (seen?.Add(aggregate) ?? !collected.Exists(c => ReferenceEquals(c.Aggregate, aggregate)))
            {
                collected.Add((aggregate, aggregate.Core.UnheldCount));
            }
        }

        return [.. collected];
    }

    private void Encode(StateCodec codec, EventStoreOptions options)
    {
        // The buffer moves while it grows, so slices are taken at the end.
        Span<int> ends = Events.Length <= 128 ? stackalloc int[Events.Length] : new int[Events.Length];
        var topics = new string[Events.Length];
        var index = 0;
        foreach (var (aggregate, count) in _aggregates)
        {
            for (var i = 0; i < count; i++, index++)
            {
                _pending[index] = aggregate.Core.Unheld(i);
                topics[index] = codec.Write(_encoder, aggregate, _pending[index].Of(aggregate.Key));
                ends[index] = _encoder.Length;
                ThrowIfOver(options.MaxSaveSize, nameof(EventStoreOptions.MaxSaveSize), _encoder.Length, aggregate, index, topics[index]);
            }
        }

        var metadataStart = _encoder.Length;
        try
        {
            if (_metadata is not null)
            {
                _encoder.Write(_metadata);
            }
        }
        catch (StateFormatException e)
        {
            throw new StateEncodeException($"the metadata: {e.Message}", topics[0], _aggregates[0].Aggregate.Key, _pending[0].Version, null);
        }

        var metadata = _encoder.Slice(metadataStart, _encoder.Length - metadataStart);
        ThrowIfOver(codec.MaxStateSize, nameof(EventStoreOptions.MaxStateSize), metadata.Length, _aggregates[0].Aggregate, 0, topics[0]);

        // Each row contains the metadata.
        ThrowIfOver(options.MaxSaveSize, nameof(EventStoreOptions.MaxSaveSize), metadataStart + (long)metadata.Length * Events.Length, _aggregates[0].Aggregate, 0, topics[0]);

        index = 0;
        var start = 0;
        foreach (var (aggregate, count) in _aggregates)
        {
            for (var i = 0; i < count; i++, index++)
            {
                Events[index] = new(aggregate.Key, _pending[index].Version, topics[index], _encoder.Slice(start, ends[index] - start), metadata);
                start = ends[index];
            }
        }
    }

    private void ThrowIfOver(int limit, string option, long size, IAggregate<TKey> aggregate, int index, string topic)
    {
        if (size > limit)
        {
            throw new PayloadTooLargeException(size, limit, option, topic, aggregate.Key, _pending[index].Version, null);
        }
    }
}
