namespace EventSourcing.Recording;

/// <summary>A save for the <see cref="GroupWriter{TKey}"/>, with the order of its versions and the time by which it must have ended.</summary>
internal class QueuedSave<TKey> : PendingAppend
    where TKey : notnull
{
    private readonly bool[]? _isFirst;
    private Guid _appendId;

    /// <param name="request">At least one event, and the condition.</param>
    /// <param name="deadline">The time by which it must have ended, as a timestamp of the time provider.</param>
    public QueuedSave(AppendRequest<TKey> request, long deadline)
    {
        (Events, IsContiguous, Deadline) = (request.Events, request.IsContiguous, deadline);
        var events = Events;
        HasOrder = true;
        Dictionary<TKey, long>? heads = null;
        HashSet<(TKey, long)>? versions = IsContiguous || events.Count == 1 ? null : [];
        for (var i = 0; i < events.Count; i++)
        {
            var stored = events[i];
            Bytes += stored.State.Length + stored.Metadata.Length;
            HasMetadata |= !stored.Metadata.IsEmpty;
            if (!IsContiguous)
            {
                HasOrder &= versions?.Add((stored.OriginatorId, stored.OriginatorVersion)) ?? true;
                continue;
            }

            if (i > 0 && AreEqual(events[i - 1].OriginatorId, stored.OriginatorId))
            {
                HasOrder &= stored.OriginatorVersion == events[i - 1].OriginatorVersion + 1;
                continue;
            }

            // In most saves all events belong to one aggregate, and no lookup is needed.
            if (i > 0)
            {
                heads ??= [];
                _isFirst ??= FirstOnly(events.Count);
                heads[events[i - 1].OriginatorId] = events[i - 1].OriginatorVersion;
                if (heads.TryGetValue(stored.OriginatorId, out var head))
                {
                    HasOrder &= stored.OriginatorVersion == head + 1;
                    continue;
                }

                _isFirst[i] = true;
            }

            HasOrder &= stored.OriginatorVersion >= 1;
        }
    }

    /// <summary>Creates the save of a request with events.</summary>
    /// <param name="request">At least one event, and the condition.</param>
    /// <param name="deadline">The time by which it must have ended, as a timestamp of the time provider.</param>
    public static QueuedSave<TKey> Create(AppendRequest<TKey> request, long deadline) =>
        request.Inline is null ? new(request, deadline) : new WithViews(request, deadline);

    public IReadOnlyList<StoredEvent<TKey>> Events { get; }

    /// <summary>The views that are written with it; null for none.</summary>
    public virtual InlineViews? Inline => null;

    public bool IsContiguous { get; }

    public long Deadline { get; }

    /// <summary>The size of its states and metadata.</summary>
    public int Bytes { get; }

    public bool HasMetadata { get; }

    /// <inheritdoc/>
    public override Guid AppendId => _appendId == default ? _appendId = Guid.CreateVersion7() : _appendId;

    /// <summary>Whether it was sent and its outcome is unknown: it may still become stored.</summary>
    public bool IsInDoubt { get; set; }

    /// <summary>Gives it an id, unless it has one.</summary>
    public void Identify(AppendIds ids)
    {
        if (_appendId == default)
        {
            _appendId = ids.Next();
        }
    }

    /// <summary>
    /// Whether the versions within the save can be stored at all: no version occurs twice; in a contiguous save each version of an aggregate is one
    /// above the last, and the first is at least 1.
    /// </summary>
    public bool HasOrder { get; }

    /// <summary>Whether it is contiguous, and all of one aggregate.</summary>
    public bool IsRun => IsContiguous && HasOrder && _isFirst is null;

    /// <summary>Whether the event is the first of its aggregate in a contiguous save.</summary>
    public bool IsFirst(int index) => IsContiguous && (_isFirst?[index] ?? index == 0);

    /// <summary>Whether the event must find the version before it stored.</summary>
    public bool Follows(int index) => IsFirst(index) && Events[index].OriginatorVersion > 1;

    /// <summary>Ends the save because its time is over.</summary>
    /// <param name="reason">Why it wasn't written yet; null for no failure.</param>
    /// <param name="text">The sentence about the reason, for the caller.</param>
    public void Expire(Exception? reason, string text) => Fail(IsInDoubt
        ? new InDoubtException(AppendId, reason)
        : new TransientStoreException($"The save could not be written within SaveTimeout. {text}", reason));

    /// <summary>Ends the save with an exception; as in doubt if it was sent and its outcome is unknown.</summary>
    public void FailUnlessInDoubt(Exception exception) => Fail(IsInDoubt ? new InDoubtException(AppendId, exception) : exception);

    /// <summary>Creates the exception for an event that can't be stored because of stored events.</summary>
    public ConcurrencyException Conflict(int index, long? head) => VersionConflict.Of(Events, index, head ?? 0);

    /// <summary>Notes the heads of its aggregates, now that it is written.</summary>
    public void TellHeads(Dictionary<TKey, long> heads)
    {
        // Without an order of versions, the last one need not be the greatest.
        for (var i = 0; IsContiguous && i < Events.Count; i++)
        {
            heads[Events[i].OriginatorId] = Events[i].OriginatorVersion;
        }
    }

    /// <summary>
    /// Returns the exception for a save that builds upon an earlier version than the given heads; null if there is no conflict. A save that builds
    /// upon a later version may follow a save that is still to be written.
    /// </summary>
    public ConcurrencyException? ConflictWith(Dictionary<TKey, long> heads)
    {
        for (var i = 0; HasOrder && i < Events.Count; i++)
        {
            if (IsFirst(i) && heads.TryGetValue(Events[i].OriginatorId, out var head) && head > Events[i].OriginatorVersion - 1)
            {
                return Conflict(i, head);
            }
        }

        return null;
    }

    private static bool[] FirstOnly(int count)
    {
        var isFirst = new bool[count];
        isFirst[0] = true;
        return isFirst;
    }

    // Most saves have no place for it.
    private sealed class WithViews(AppendRequest<TKey> request, long deadline) : QueuedSave<TKey>(request, deadline)
    {
        public override InlineViews? Inline { get; } = request.Inline;
    }

    private static bool AreEqual(TKey left, TKey right) => EqualityComparer<TKey>.Default.Equals(left, right);
}
