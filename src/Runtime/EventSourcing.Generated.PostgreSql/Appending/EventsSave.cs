using System.Buffers.Binary;
using System.Threading.Tasks.Sources;

namespace EventSourcing.PostgreSql;

/// <summary>A save, from its call to its return. It is its own awaitable, so that a save costs one object.</summary>
internal sealed class EventsSave<TKey> : IValueTaskSource<IReadOnlyList<long>>
    where TKey : notnull
{
    private const int Waiting = 0;
    private const int Taken = 1;
    private const int Cancelled = 2;

    private ManualResetValueTaskSourceCore<IReadOnlyList<long>> _completion = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _registration;
    private int _state;

    private readonly bool[]? _isFirst;
    private Guid _appendId;

    /// <param name="request">At least one event, and the condition.</param>
    /// <param name="deadline">When it must have ended, as a timestamp of the time provider.</param>
    public EventsSave(AppendRequest<TKey> request, long deadline)
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

            // Of most saves all events belong to one aggregate, and nothing has to be looked up.
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

    public IReadOnlyList<StoredEvent<TKey>> Events { get; }

    public bool IsContiguous { get; }

    public long Deadline { get; }

    /// <summary>The size of its states and metadata.</summary>
    public int Bytes { get; }

    public bool HasMetadata { get; }

    /// <summary>Tells its events from those of others in the database.</summary>
    public Guid AppendId => _appendId == default ? _appendId = Guid.CreateVersion7() : _appendId;

    /// <summary>Whether it was sent and its outcome is unknown: it may still appear by itself.</summary>
    public bool IsInDoubt { get; set; }

    /// <summary>Gives those that have none their append ids, of one random number: the kernel is asked for each.</summary>
    public static void Identify(List<EventsSave<TKey>> saves)
    {
        if (saves.Count < 2)
        {
            return;
        }

        Span<byte> id = stackalloc byte[16];
        Guid.CreateVersion7().TryWriteBytes(id, bigEndian: true, out _);
        var number = BinaryPrimitives.ReadUInt32BigEndian(id[12..]);
        foreach (var save in saves)
        {
            if (save._appendId == default)
            {
                BinaryPrimitives.WriteUInt32BigEndian(id[12..], number++);
                save._appendId = new Guid(id, bigEndian: true);
            }
        }
    }

    public ValueTask<IReadOnlyList<long>> Completion => new(this, _completion.Version);

    /// <summary>To be called before the writer knows of the save.</summary>
    public void CancelBy(CancellationToken cancellationToken) => _registration = cancellationToken.UnsafeRegister(
        static (save, token) => ((EventsSave<TKey>)save!).Cancel(token), this);

    /// <summary>Whether its caller has cancelled it, and has been told so.</summary>
    public bool IsCancelled => Volatile.Read(ref _state) == Cancelled;

    /// <summary>Whether the writer may have it; from then on it can't be cancelled.</summary>
    public bool TryTake()
    {
        var isMine = Interlocked.CompareExchange(ref _state, Taken, Waiting) == Waiting;
        _registration.Unregister();
        return isMine;
    }

    /// <summary>
    /// Whether the versions within the save can be stored at all: none twice; in a contiguous save each of an aggregate one above
    /// the last, and the first at least 1.
    /// </summary>
    public bool HasOrder { get; }

    /// <summary>Whether it is contiguous, and all of one aggregate.</summary>
    public bool IsRun => IsContiguous && HasOrder && _isFirst is null;

    /// <summary>Whether the event is the first of its aggregate in a contiguous save.</summary>
    public bool IsFirst(int index) => IsContiguous && (_isFirst?[index] ?? index == 0);

    /// <summary>Whether the event must find the version before it stored.</summary>
    public bool Follows(int index) => IsFirst(index) && Events[index].OriginatorVersion > 1;

    public void Succeed(long[] positions) => _completion.SetResult(positions);

    /// <summary>As <see cref="Succeed"/>, but what the caller does next is done on this thread, before the call returns.</summary>
    public void SucceedInline(long[] positions)
    {
        _completion.RunContinuationsAsynchronously = false;
        _completion.SetResult(positions);
    }

    public void Fail(Exception exception) => _completion.SetException(exception);

    /// <summary>Its time is over.</summary>
    public void Expire(Exception? reason) => Fail(IsInDoubt
        ? new InDoubtException(AppendId, reason)
        : new TransientStoreException($"The save could not be written within SaveTimeout. {ReasonOf(reason)}", reason));

    private static string ReasonOf(Exception? reason) => reason is null ? "Nothing was written." : PostgreSqlErrors.ToException(reason).Message;

    /// <summary>The exception for an event that can't be stored because of what is.</summary>
    public ConcurrencyException Conflict(int index, long? head)
    {
        var id = Events[index].OriginatorId;
        var first = 0;
        while (!AreEqual(Events[first].OriginatorId, id))
        {
            first++;
        }

        return new ConcurrencyException(id, Events[first].OriginatorVersion - 1, head ?? 0);
    }

    /// <summary>How far its aggregates go, now that it is written.</summary>
    public void TellHeads(Dictionary<TKey, long> heads)
    {
        // Without an order of versions, the last one needs not be the greatest.
        for (var i = 0; IsContiguous && i < Events.Count; i++)
        {
            heads[Events[i].OriginatorId] = Events[i].OriginatorVersion;
        }
    }

    /// <summary>
    /// The exception when the aggregates go as far as is told, and the save builds upon less; null when nothing speaks against it. One that
    /// builds upon more may follow a save that is still to be written.
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

    IReadOnlyList<long> IValueTaskSource<IReadOnlyList<long>>.GetResult(short token) => _completion.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<IReadOnlyList<long>>.GetStatus(short token) => _completion.GetStatus(token);

    void IValueTaskSource<IReadOnlyList<long>>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _completion.OnCompleted(continuation, state, token, flags);

    private static bool[] FirstOnly(int count)
    {
        var isFirst = new bool[count];
        isFirst[0] = true;
        return isFirst;
    }

    private static bool AreEqual(TKey left, TKey right) => EqualityComparer<TKey>.Default.Equals(left, right);

    private void Cancel(CancellationToken cancellationToken)
    {
        if (Interlocked.CompareExchange(ref _state, Cancelled, Waiting) == Waiting)
        {
            Fail(new OperationCanceledException(cancellationToken));
        }
    }
}
