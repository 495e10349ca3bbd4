using EventSourcing.Recording;

namespace EventSourcing.Files;

/// <summary>
/// Events in memory, by position and by aggregate. One can lie over another that it doesn't change: it has the events of that one as of its
/// creation, followed by its own. Used by one caller at a time.
/// </summary>
internal sealed class EventIndex<TKey>(EventIndex<TKey>? below = null)
    where TKey : notnull
{
    private readonly long _belowEnd = below?.LastPosition ?? 0;
    private readonly List<Notification<TKey>> _own = [];
    private readonly Dictionary<TKey, SortedList<long, Notification<TKey>>> _streams = [];

    /// <summary>The greatest position; 0 for none.</summary>
    public long LastPosition => _belowEnd + _own.Count;

    /// <summary>The events that the index below doesn't have.</summary>
    public IReadOnlyList<Notification<TKey>> Own => _own;

    public void Add(in StoredEvent<TKey> e)
    {
        var row = new Notification<TKey>(LastPosition + 1, e.OriginatorId, e.OriginatorVersion, e.Topic, e.State, e.Metadata);
        _own.Add(row);
        if (!_streams.TryGetValue(row.OriginatorId, out var stream))
        {
            _streams.Add(row.OriginatorId, stream = []);
        }

        stream.Add(row.OriginatorVersion, row);
    }

    /// <summary>Lays the events of a request over this index.</summary>
    /// <exception cref="ConcurrencyException">The condition of the request doesn't hold.</exception>
    public EventIndex<TKey> With(AppendRequest<TKey> request)
    {
        var over = new EventIndex<TKey>(this);
        var expected = new Dictionary<TKey, long>();
        foreach (var e in request.Events)
        {
            var (id, version) = (e.OriginatorId, e.OriginatorVersion);
            expected.TryAdd(id, version - 1);
            if (request.IsContiguous ? version != over.Head(id) + 1 : over.Has(id, version))
            {
                throw new ConcurrencyException(id, expected[id], Head(id));
            }

            // The caller may use the bytes again.
            over.Add(e with { State = e.State.ToArray(), Metadata = e.Metadata.ToArray() });
        }

        return over;
    }

    /// <summary>The events after a position.</summary>
    public IEnumerable<Notification<TKey>> After(long position)
    {
        for (var next = position + 1; next <= LastPosition; next++)
        {
            yield return At(next);
        }
    }

    public IEnumerable<Notification<TKey>> Select(LogQuery query)
    {
        var topics = query.Topics?.ToHashSet(StringComparer.Ordinal);
        return After(Math.Clamp(query.First, 1, LastPosition + 1) - 1)
            .TakeWhile(row => row.Position <= query.Last)
            .Where(row => topics is null || topics.Contains(row.Topic))
            .Take(query.Limit);
    }

    public IEnumerable<Notification<TKey>> Select(StreamQuery<TKey> query)
    {
        var rows = Stream(query.OriginatorId).Where(row => query.Includes(row.OriginatorVersion));
        return (query.Descending ? rows.Reverse() : rows).Take(query.Limit ?? int.MaxValue);
    }

    private Notification<TKey> At(long position) => position <= _belowEnd ? below!.At(position) : _own[(int)(position - _belowEnd) - 1];

    private IEnumerable<Notification<TKey>> Stream(TKey id)
    {
        var own = _streams.TryGetValue(id, out var stream) ? stream.Values : (IEnumerable<Notification<TKey>>)[];
        return below is null ? own : below.Stream(id).Where(row => row.Position <= _belowEnd).Concat(own).OrderBy(row => row.OriginatorVersion);
    }

    private long Head(TKey id) => Math.Max(below?.Head(id) ?? 0, _streams.TryGetValue(id, out var stream) ? stream.Keys[^1] : 0);

    private bool Has(TKey id, long version) => (_streams.TryGetValue(id, out var stream) && stream.ContainsKey(version)) || below?.Has(id, version) == true;
}
