using System.ComponentModel;
using System.Data;
using EventSourcing.CompilerServices;

namespace EventSourcing.Recording;

/// <summary>Keeps events in the memory of the process, with the contract of the other recorders, for tests of applications. Thread safe.</summary>
/// <remarks>The URL <c>memory:</c> selects it. Each recorder has its own events; they end with it.</remarks>
/// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
public sealed partial class InMemoryRecorder<TKey> : IApplicationRecorder<TKey>, ITrackingRecorder
    where TKey : notnull
{
    // Readers take the current events when they begin, so that a sink may call the recorder.
    private readonly Lock _sync = new();
    private readonly List<Row> _log = [];
    private readonly Dictionary<TKey, SortedList<long, Row>> _streams = [];
    private readonly AppendSignal _appended = new();
    private readonly Dictionary<string, long> _tracked = new(StringComparer.Ordinal);
    private readonly AppendSignal _trackedSignal = new();
    private volatile bool _isDisposed;

    /// <inheritdoc/>
    public ValueTask OpenAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfEnded(cancellationToken);
        return default;
    }

    /// <inheritdoc/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public ITrackingRecorder Tracking => this;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<long>> AppendAsync(AppendRequest<TKey> request, CancellationToken cancellationToken = default) =>
        new(Append(request, cancellationToken));

    /// <inheritdoc/>
    public ValueTask ReadStreamAsync(StreamQuery<TKey> query, EventSink<TKey> sink, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sink);
        List<Row> rows = [];
        lock (_sync)
        {
            ThrowIfEnded(cancellationToken);
            if (_streams.TryGetValue(query.OriginatorId, out var stream))
            {
                var wanted = stream.Values.Where(r => query.Includes(r.Version));
                rows.AddRange((query.Descending ? wanted.Reverse() : wanted).Take(query.Limit ?? int.MaxValue));
            }
        }

        return Give(rows, sink, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask ReadLogAsync(LogQuery query, EventSink<TKey> sink, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sink);
        var ofTopics = query.Topics?.ToHashSet(StringComparer.Ordinal);
        List<Row> rows = [];
        lock (_sync)
        {
            ThrowIfEnded(cancellationToken);

            // The row at position p is number p - 1.
            for (var i = (int)Math.Clamp(query.First, 1, _log.Count + 1) - 1; i < _log.Count && rows.Count < query.Limit && _log[i].Position <= query.Last; i++)
            {
                if (ofTopics is null || ofTopics.Contains(_log[i].Topic))
                {
                    rows.Add(_log[i]);
                }
            }
        }

        return Give(rows, sink, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<long?> GetMaxPositionAsync(CancellationToken cancellationToken = default)
    {
        lock (_sync)
        {
            ThrowIfEnded(cancellationToken);
            return new(_log.Count == 0 ? null : _log.Count);
        }
    }

    /// <inheritdoc/>
    public AppendWatch Watch()
    {
        ClosedStore.ThrowIf(_isDisposed);
        return _appended.Watch();
    }

    /// <summary>There are no tables.</summary>
    public ValueTask EnsureSchemaAsync(CancellationToken cancellationToken = default) => OpenAsync(cancellationToken);

    /// <summary>There are no tables, so nothing differs.</summary>
    public ValueTask<IReadOnlyList<string>> VerifySchemaAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfEnded(cancellationToken);
        return new([]);
    }

    /// <inheritdoc/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public ValueTask<RecorderTransaction<TKey>> BeginAsync(bool readOnly, IsolationLevel isolationLevel, CancellationToken cancellationToken)
    {
        lock (_sync)
        {
            ThrowIfEnded(cancellationToken);
        }

        return new(new DeferredTransaction<TKey>(
            this, "An in-memory store (memory:) has no connection for your own tables and can't write before the commit. Use SQLite in memory instead: sqlite:///:memory:."));
    }

    ValueTask ITrackingRecorder.EnsureSchemaAsync(CancellationToken cancellationToken) => OpenAsync(cancellationToken);

    /// <summary>There is no table, so nothing is changed.</summary>
    ValueTask<bool> ITrackingRecorder.MigrateAsync(CancellationToken cancellationToken)
    {
        ThrowIfEnded(cancellationToken);
        return new(false);
    }

    ValueTask<long?> ITrackingRecorder.GetPositionAsync(string name, CancellationToken cancellationToken)
    {
        lock (_sync)
        {
            ThrowIfEnded(cancellationToken);
            return new(FindTracked(name));
        }
    }

    AppendWatch ITrackingRecorder.Watch()
    {
        ThrowIfEnded(CancellationToken.None);
        return _trackedSignal.Watch();
    }

    /// <summary>Drops the events. Calls of other members fail from now on.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_sync)
        {
            _isDisposed = true;
            _log.Clear();
            _streams.Clear();
            _tracked.Clear();
            _projections.Clear();
        }

        _appended.Set();
        _trackedSignal.Set();
        _projected.Set();
        return default;
    }

    private long[] Append(AppendRequest<TKey> request, CancellationToken cancellationToken)
    {
        var (events, trackings) = (request.Events, request.Trackings);
        lock (_sync)
        {
            ThrowIfEnded(cancellationToken);
            ThrowIfTracked(trackings);
            ThrowOnConflict(request);
            var views = request.Inline is { } inline ? _projections.Prepare(inline, _log.Count + 1, _log.Count + events.Count) : null;
            _projections.Prepare(request.Projections)();
            views?.Invoke();
            var positions = new long[events.Count];
            for (var i = 0; i < positions.Length; i++)
            {
                positions[i] = Add(events[i]);
            }

            foreach (var tracking in trackings)
            {
                _tracked[tracking.Name] = tracking.Position;
            }

            if (events.Count > 0)
            {
                _appended.Set();
            }

            if (trackings.Count > 0)
            {
                _trackedSignal.Set();
            }

            if (request.Projections.Count > 0 || views is not null)
            {
                _projected.Set();
            }

            return positions;
        }
    }

    private void ThrowIfTracked(IReadOnlyList<Tracking> trackings)
    {
        for (var i = 0; i < trackings.Count; i++)
        {
            var (name, position) = (trackings[i].Name, trackings[i].Position);
            var tracked = FindTracked(name);
            for (var earlier = 0; earlier < i; earlier++)
            {
                tracked = trackings[earlier].Name == name ? trackings[earlier].Position : tracked;
            }

            if (tracked >= position)
            {
                throw new AlreadyTrackedException(name, position, tracked);
            }
        }
    }

    private static ValueTask Give(List<Row> rows, EventSink<TKey> sink, CancellationToken cancellationToken)
    {
        foreach (var row in rows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            sink.Add(new EventRow<TKey>
            {
                Position = row.Position,
                OriginatorId = row.Id,
                OriginatorVersion = row.Version,
                Topic = row.Utf8Topic,
                State = row.State,
                Metadata = row.Metadata,
            });
            if (sink.IsFull)
            {
                break;
            }
        }

        return default;
    }

    /// <summary>Checks everything before anything is added, so that nothing has to be undone.</summary>
    private void ThrowOnConflict(AppendRequest<TKey> request)
    {
        var heads = new Dictionary<TKey, (long Stored, long Expected, long Now)>();
        var added = new HashSet<(TKey, long)>();
        foreach (var e in request.Events)
        {
            if (!heads.TryGetValue(e.OriginatorId, out var head))
            {
                var stored = Head(e.OriginatorId);
                head = (stored, e.OriginatorVersion - 1, stored);
            }

            var isTaken = !added.Add((e.OriginatorId, e.OriginatorVersion)) ||
                (_streams.TryGetValue(e.OriginatorId, out var stream) && stream.ContainsKey(e.OriginatorVersion));
            if (isTaken || (request.IsContiguous && e.OriginatorVersion - 1 != head.Now))
            {
                throw new ConcurrencyException(e.OriginatorId, head.Expected, head.Stored);
            }

            heads[e.OriginatorId] = head with { Now = e.OriginatorVersion };
        }
    }

    private long? FindTracked(string name) => _tracked.TryGetValue(name, out var position) ? position : null;

    private long Head(TKey id) => _streams.TryGetValue(id, out var stream) ? stream.Keys[^1] : 0;

    private long Add(in StoredEvent<TKey> e)
    {
        var row = new Row(
            _log.Count + 1, e.OriginatorId, e.OriginatorVersion, e.Topic, System.Text.Encoding.UTF8.GetBytes(e.Topic),
            e.State.ToArray(), e.Metadata.ToArray());
        _log.Add(row);
        if (!_streams.TryGetValue(e.OriginatorId, out var stream))
        {
            _streams.Add(e.OriginatorId, stream = []);
        }

        stream.Add(row.Version, row);
        return row.Position;
    }

    /// <summary>Call it under the lock, so that no reader mistakes a cleared log for an empty one.</summary>
    private void ThrowIfEnded(CancellationToken cancellationToken)
    {
        ClosedStore.ThrowIf(_isDisposed);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private sealed record Row(long Position, TKey Id, long Version, string Topic, byte[] Utf8Topic, byte[] State, byte[] Metadata);
}
