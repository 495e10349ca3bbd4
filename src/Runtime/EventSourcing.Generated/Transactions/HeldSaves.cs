using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>
/// The saves of a unit of work, held or written, until the commit. For one caller at a time.
/// </summary>
internal sealed class HeldSaves<TKey>
    where TKey : notnull
{
    private readonly List<Save<TKey>> _saves = [];
    private readonly Dictionary<TKey, long> _heads = [];

    // Events that aren't written yet, by aggregate, so that reading one of many doesn't scan all of them.
    private readonly Dictionary<TKey, List<StoredEvent<TKey>>> _unwritten = [];

    public int Count => _saves.Count;

    public int EventCount => _saves.Sum(s => s.Events.Length);

    /// <summary>The saves that aren't written yet.</summary>
    public List<Save<TKey>> Unwritten => _saves.FindAll(s => s.Positions is null);

    /// <summary>The events that aren't written yet, in the order of writing.</summary>
    public IEnumerable<StoredEvent<TKey>> UnwrittenEvents => _saves.Where(s => s.Positions is null).SelectMany(s => s.Events);

    /// <summary>Returns the events of an aggregate that aren't written yet, lowest version first.</summary>
    public IEnumerable<StoredEvent<TKey>> UnwrittenOf(StreamQuery<TKey> query) =>
        _unwritten.TryGetValue(query.OriginatorId, out var events) ? events.Where(e => query.Includes(e.OriginatorVersion)) : [];

    /// <summary>Returns the last position that is tracked under a name; null for none.</summary>
    public long? TrackedPositionOf(string name) => _saves.FindLast(s => s.Tracking?.Name == name)?.Tracking?.Position;

    /// <summary>Creates the request that writes the saves.</summary>
    public static AppendRequest<TKey> RequestFor(List<Save<TKey>> saves, StoreContext<TKey> store)
    {
        var events = saves.SelectMany(s => s.Events).ToArray();
        return new(events, AppendCondition.VersionsNext, saves.Select(s => s.Tracking).OfType<Tracking>().ToArray())
        {
            Inline = store.InlineOf(events),
        };
    }

    /// <summary>Adds a save.</summary>
    /// <exception cref="ConcurrencyException">Another object of an aggregate was saved before.</exception>
    public void Add(Save<TKey> save, object holder)
    {
        ThrowIfContradictory(save);
        save.Hold(holder);
        _saves.Add(save);
        Note(save);
    }

    /// <summary>Drops the events of an aggregate; they are pending again.</summary>
    /// <exception cref="TransactionException">Some of its events are written.</exception>
    public void Discard(TKey key)
    {
        if (_saves.Exists(s => s.Positions is not null && s.Events.Any(e => e.OriginatorId.Equals(key))))
        {
            throw new TransactionException($"Events of the aggregate {MessageText.Show(key)} were written by FlushAsync, and can only be rolled back with the transaction.");
        }

        foreach (var save in _saves)
        {
            save.Discard(key);
            if (save.IsEmpty)
            {
                save.Dispose();
            }
        }

        _saves.RemoveAll(s => s.IsEmpty);
        _heads.Remove(key);
        _unwritten.Remove(key);
    }

    /// <summary>Marks saves as written, which is final only when the unit of work is committed.</summary>
    /// <param name="saves">Saves of <see cref="Unwritten"/>.</param>
    /// <param name="positions">The positions of their events.</param>
    public void MarkWritten(List<Save<TKey>> saves, IReadOnlyList<long> positions)
    {
        var first = 0;
        foreach (var save in saves)
        {
            save.Positions = [.. positions.Skip(first).Take(save.Events.Length)];
            first += save.Events.Length;
        }

        _unwritten.Clear();
    }

    /// <summary>Completes the saves after the commit: they are no longer held, and their events aren't pending.</summary>
    public IReadOnlyList<RecordedEvent<TKey>> Complete()
    {
        var recordings = new List<RecordedEvent<TKey>>();
        foreach (var save in _saves)
        {
            recordings.AddRange(save.Complete(save.Positions!));
            save.Dispose();
        }

        _saves.Clear();
        return recordings;
    }

    /// <summary>Keeps the first saves and releases the others, whose events are pending again.</summary>
    /// <param name="keep">How many of the first saves are kept.</param>
    /// <param name="areUndone">Whether the written saves were undone, so that all of them are unwritten.</param>
    public void Retract(int keep, bool areUndone)
    {
        foreach (var save in _saves.Skip(keep).Reverse())
        {
            save.Release();
            save.Dispose();
        }

        keep = Math.Min(keep, _saves.Count);
        _saves.RemoveRange(keep, _saves.Count - keep);
        _heads.Clear();
        _unwritten.Clear();
        foreach (var save in _saves)
        {
            if (areUndone)
            {
                save.Positions = null;
            }

            Note(save);
        }
    }

    /// <summary>Releases all saves, whose events are pending again.</summary>
    /// <param name="areInUse">Whether a commit that its caller no longer awaits may still write their bytes.</param>
    public void ReleaseAll(bool areInUse)
    {
        foreach (var save in Enumerable.Reverse(_saves))
        {
            save.Release();
            if (!areInUse)
            {
                save.Dispose();
            }
        }

        _saves.Clear();
    }

    /// <summary>Throws unless the versions that two objects of the same aggregate have saved follow each other.</summary>
    private void ThrowIfContradictory(Save<TKey> save)
    {
        for (var i = 0; i < save.Events.Length; i++)
        {
            // The events of an aggregate are adjacent in a save, and follow each other.
            var e = save.Events[i];
            var isFirst = i == 0 || !e.OriginatorId.Equals(save.Events[i - 1].OriginatorId);
            if (isFirst && _heads.TryGetValue(e.OriginatorId, out var head) && e.OriginatorVersion != head + 1)
            {
                throw new ConcurrencyException(e.OriginatorId, e.OriginatorVersion - 1, head);
            }
        }
    }

    /// <summary>Notes the last versions of a save, and its events if they aren't written yet.</summary>
    private void Note(Save<TKey> save)
    {
        foreach (var e in save.Events)
        {
            _heads[e.OriginatorId] = e.OriginatorVersion;
            if (save.Positions is not null)
            {
                continue;
            }

            if (!_unwritten.TryGetValue(e.OriginatorId, out var ofAggregate))
            {
                _unwritten.Add(e.OriginatorId, ofAggregate = []);
            }

            ofAggregate.Add(e);
        }
    }
}
