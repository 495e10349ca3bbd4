using System.Data;
using System.Diagnostics;
using EventSourcing.CompilerServices;

namespace EventSourcing;

/// <summary>What a unit of work may do.</summary>
internal enum WorkKind
{
    /// <summary>Holds what is saved until its commit.</summary>
    Writing,

    /// <summary>Only reads.</summary>
    Reading,

    /// <summary>Writes what is saved at once, into a transaction that another owner ends.</summary>
    Foreign,
}

/// <summary>
/// The saves that belong together, and the connection that they will be written with. Behind <see cref="StoreTransaction{TKey}"/>
/// and <see cref="StoreSession{TKey}"/>.
/// </summary>
internal sealed class UnitOfWork<TKey>(TransactionSession<TKey> session, WorkKind kind, bool autoFlush, EventStore<TKey> store) : IAsyncDisposable, IHasSession
    where TKey : notnull
{
    private readonly List<Save<TKey>> _saves = [];
    private readonly Dictionary<TKey, long> _heads = [];

    // What isn't written yet, by aggregate, so that reading one of many doesn't look at all of them.
    private readonly Dictionary<TKey, List<StoredEvent<TKey>>> _held = [];
    private readonly List<ITransactionParticipant> _participants = [];
    private Exception? _doom;
    private bool _isBusy;
    private int _inner;

    // When the last writing began, which is followed by the commit of another owner.
    private long _started;

    public WorkKind Kind => kind;

    public TransactionSession<TKey> Session { get; private set; } = session;

    object IHasSession.Session => Session;

    /// <summary>Whether participants write their changes before something is read.</summary>
    public bool AutoFlush { get; set; } = autoFlush;

    public bool HasEnded { get; private set; }

    /// <summary>What the database was asked for; unspecified for its usual one.</summary>
    public IsolationLevel IsolationLevel { get; set; }

    /// <summary>How many saves aren't committed.</summary>
    public int SaveCount => _saves.Count;

    public void ThrowIfUnusable()
    {
        if (HasEnded)
        {
            throw new TransactionException("The transaction has ended. What is done after it must not run in a flow that was begun inside it: begin it outside, or with ExecutionContext.SuppressFlow().");
        }

        if (_doom is not null)
        {
            throw new TransactionException("The transaction can only be rolled back, because something in it has failed.", _doom);
        }
    }

    /// <summary>It can't be committed any more.</summary>
    public void Doom(Exception reason) => _doom ??= reason;

    public void Enlist(ITransactionParticipant participant)
    {
        ThrowIfUnusable();
        _participants.Add(participant);
    }

    /// <summary>An inner transaction was begun, which has to be committed before this can be.</summary>
    public void BeginInner() => Interlocked.Increment(ref _inner);

    /// <summary>An inner transaction was committed, or disposed of without that.</summary>
    public void EndInner() => Interlocked.Decrement(ref _inner);

    /// <summary>Its saves are written where it writes.</summary>
    /// <exception cref="TransactionException">It is another store's.</exception>
    public void ThrowIfNotOf(EventStore<TKey> saving)
    {
        if (saving != store)
        {
            throw new TransactionException("The transaction was begun by another store, and would write the events there. Nothing was saved. Begin one by the Recorder of the application that saves.");
        }
    }

    public T? FindParticipant<T>(Func<T, bool> predicate)
        where T : class => _participants.OfType<T>().FirstOrDefault(predicate);

    /// <summary>To be called before it is rolled back, when everything in it is to be run again from its beginning.</summary>
    /// <returns>Whether that can be done.</returns>
    public bool TryForget()
    {
        if (!_participants.TrueForAll(participant => participant.CanRepeat))
        {
            return false;
        }

        _participants.ForEach(participant => participant.Forget());
        return true;
    }

    /// <summary>Another session takes over, as long as nothing was written with this one.</summary>
    /// <returns>Whether it did.</returns>
    public async ValueTask<bool> ReplaceSessionAsync(Func<ValueTask<TransactionSession<TKey>>> begin)
    {
        using var turn = Enter();
        if (Session is not DeferredSession<TKey>)
        {
            return false;
        }

        Session = await begin().ConfigureAwait(false);
        return true;
    }

    /// <summary>What was written was undone with the other owner's transaction: the first saves are held as before, the others released.</summary>
    public async ValueTask RetractAsync(int keep, TransactionSession<TKey>? next)
    {
        using var turn = Enter();
        foreach (var save in _saves.Skip(keep).Reverse())
        {
            save.Release();
            save.Dispose();
        }

        keep = Math.Min(keep, _saves.Count);
        _saves.RemoveRange(keep, _saves.Count - keep);
        if (next is not null)
        {
            foreach (var save in _saves)
            {
                save.Positions = null;
            }

            _doom = null;
            (var last, Session) = (Session, next);
            await last.DisposeAsync().ConfigureAwait(false);
        }

        _heads.Clear();
        _held.Clear();
        foreach (var save in _saves)
        {
            Note(save);
        }
    }

    /// <summary>Takes a save, to be written at the commit; in a transaction of the user's own it is written now.</summary>
    public ValueTask<IReadOnlyList<Recording<TKey>>> SaveAsync(Save<TKey> save, CancellationToken cancellationToken)
    {
        if (kind == WorkKind.Reading)
        {
            throw new TransactionException("The transaction was begun with commit: false, and so can't take saves. Save before it, after it, or in one that is committed.");
        }

        if (kind == WorkKind.Foreign)
        {
            return WriteNowAsync(save, cancellationToken);
        }

        using var turn = Enter();
        lock (_saves)
        {
            // Not after the end, even if that came meanwhile: it would not be written.
            ThrowIfUnusable();
            ThrowIfContradictory(save);
            save.Hold(this);
            _saves.Add(save);
            Note(save);
        }

        return new(save.Describe(null));
    }

    /// <summary>Drops what is held of an aggregate.</summary>
    public void Discard(TKey key)
    {
        ThrowIfUnusable();
        using var turn = Enter();
        if (_saves.Exists(s => s.Positions is not null && s.Events.Any(e => e.OriginatorId.Equals(key))))
        {
            throw new TransactionException($"Events of the aggregate {StoredEvents.Show(key)} were written by FlushAsync, and can only be rolled back with the transaction.");
        }

        foreach (var save in _saves)
        {
            save.Discard(key);
            if (save.Events.Length == 0)
            {
                save.Dispose();
            }
        }

        _saves.RemoveAll(s => s.Events.Length == 0);
        _heads.Remove(key);
        _held.Remove(key);
    }

    /// <summary>Writes what is held, and what the participants have.</summary>
    public async ValueTask<IReadOnlyList<Recording<TKey>>> FlushAsync(CancellationToken cancellationToken)
    {
        ThrowIfUnusable();
        using var turn = Enter();
        await FlushParticipantsAsync(cancellationToken).ConfigureAwait(false);
        var held = _saves.FindAll(s => s.Positions is null);
        if (held.Count == 0)
        {
            return [];
        }

        var events = Collect(held);
        _started = Telemetry.StartSave();
        using var activity = Telemetry.Source.StartActivity("eventsourcing.flush");
        activity?.SetTag(store.Tag.Key, store.Tag.Value).SetTag("eventsourcing.events", events.Count);
        Assign(held, await MeasureAsync(activity, () => Session.WriteAsync(events, contiguous: true, cancellationToken)).ConfigureAwait(false));
        _held.Clear();
        return [.. held.SelectMany(s => s.Describe(s.Positions))];
    }

    /// <summary>Writes rows at once, after what is held.</summary>
    public async ValueTask<IReadOnlyList<long>> InsertAsync(IReadOnlyList<StoredEvent<TKey>> events, bool contiguous, CancellationToken cancellationToken)
    {
        if (kind == WorkKind.Reading)
        {
            throw new TransactionException("The transaction was begun with commit: false, and so can't be written to.");
        }

        StoredEvents.ThrowIfUnstorable(events);
        await FlushAsync(cancellationToken).ConfigureAwait(false);
        using var turn = Enter();
        return events.Count == 0 ? [] : await AttemptAsync(() => Session.WriteAsync(events, contiguous, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>Writes what is held and commits.</summary>
    public async ValueTask<IReadOnlyList<Recording<TKey>>> CommitAsync(CancellationToken cancellationToken)
    {
        ThrowIfUnusable();
        if (kind == WorkKind.Reading)
        {
            throw new TransactionException("The transaction was begun with commit: false. It is ended by disposing of it.");
        }

        if (Volatile.Read(ref _inner) > 0)
        {
            throw new TransactionException("A transaction that was begun inside it isn't committed yet. Nothing is committed. Commit the inner one first, or dispose of it, which rolls everything back.");
        }

        using var turn = Enter();
        _started = Telemetry.StartSave();
        using var activity = Telemetry.Source.StartActivity("eventsourcing.commit");
        activity?.SetTag(store.Tag.Key, store.Tag.Value).SetTag("eventsourcing.events", _saves.Sum(s => s.Events.Length));
        var held = _saves.FindAll(s => s.Positions is null);
        Assign(held, await MeasureAsync(activity, async () =>
        {
            // What can't be committed any more says why when it is tried.
            if (Session.IsUsable)
            {
                await FlushParticipantsAsync(cancellationToken).ConfigureAwait(false);
            }

            return await Session.CommitAsync(Collect(held), cancellationToken).ConfigureAwait(false);
        }).ConfigureAwait(false));
        return Complete();
    }

    /// <summary>To be called after the real commit: what was saved is pending no more.</summary>
    public IReadOnlyList<Recording<TKey>> Complete()
    {
        HasEnded = true;
        var recordings = new List<Recording<TKey>>();
        foreach (var save in _saves)
        {
            recordings.AddRange(save.Complete(save.Positions!));
            save.Dispose();
        }

        if (recordings.Count > 0)
        {
            Telemetry.Saved(recordings.Count, _started, store.Tag);
        }

        _saves.Clear();
        foreach (var participant in _participants)
        {
            participant.Committed();
        }

        return recordings;
    }

    public async ValueTask ReadEventsAsync(
        TKey originatorId, EventSink<TKey> sink, long? after, long? upTo, bool descending, int? limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit ?? 1, 1, nameof(limit));
        using var turn = Enter();
        await FlushBeforeReadingAsync(cancellationToken).ConfigureAwait(false);
        var held = new List<StoredEvent<TKey>>();
        if (_held.TryGetValue(originatorId, out var ofAggregate))
        {
            held.AddRange(ofAggregate.Where(e => !(e.OriginatorVersion <= after) && !(e.OriginatorVersion > upTo)));
        }

        if (descending)
        {
            // What is held comes after what is stored.
            held.Reverse();
            limit -= Give(held, sink, limit);
            if (limit == 0 || sink.IsFull)
            {
                return;
            }
        }

        var counting = new CountingSink(sink);
        await AttemptReadAsync(() => Session.ReadEventsAsync(originatorId, counting, after, upTo, descending, limit, cancellationToken)).ConfigureAwait(false);
        if (!descending)
        {
            Give(held, sink, limit - counting.Count);
        }
    }

    public async ValueTask ReadNotificationsAsync(
        EventSink<TKey> sink, int limit, long? start, long? stop, IReadOnlyCollection<string>? topics, bool inclusiveOfStart,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ThrowIfUnusable();
        using var turn = Enter();
        await FlushBeforeReadingAsync(cancellationToken).ConfigureAwait(false);
        var counting = new CountingSink(sink);
        await AttemptReadAsync(() => Session.ReadNotificationsAsync(counting, limit, start, stop, topics, inclusiveOfStart, cancellationToken)).ConfigureAwait(false);

        // What is held has no position yet, but will have greater ones than all others.
        if (stop is null && start != long.MaxValue)
        {
            Give(HeldEvents().Where(e => topics is not { Count: > 0 } || topics.Contains(e.Topic)), sink, limit - counting.Count);
        }
    }

    public async ValueTask<long?> GetMaxPositionAsync(CancellationToken cancellationToken)
    {
        using var turn = Enter();
        return await Session.GetMaxPositionAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Rolls back what isn't committed; its events are pending again.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_saves)
        {
            // What was committed is no longer among them.
            HasEnded = true;
            foreach (var save in Enumerable.Reverse(_saves))
            {
                save.Release();
                // A commit that its caller gave up waiting for may still write these bytes.
                if (!Volatile.Read(ref _isBusy))
                {
                    save.Dispose();
                }
            }

            _saves.Clear();
        }

        try
        {
            foreach (var participant in _participants)
            {
                await participant.DisposeAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            await Session.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask<IReadOnlyList<Recording<TKey>>> WriteNowAsync(Save<TKey> save, CancellationToken cancellationToken)
    {
        using var turn = Enter();
        await FlushParticipantsAsync(cancellationToken).ConfigureAwait(false);
        return save.Complete(await AttemptAsync(() => Session.WriteAsync(save.Events, contiguous: true, cancellationToken)).ConfigureAwait(false));
    }

    /// <summary>What two objects of the same aggregate have saved must follow each other.</summary>
    private void ThrowIfContradictory(Save<TKey> save)
    {
        for (var i = 0; i < save.Events.Length; i++)
        {
            // The events of an aggregate stand together in a save, and follow each other.
            var e = save.Events[i];
            if ((i == 0 || !e.OriginatorId.Equals(save.Events[i - 1].OriginatorId)) && _heads.TryGetValue(e.OriginatorId, out var head) && e.OriginatorVersion != head + 1)
            {
                throw new ConcurrencyException(e.OriginatorId, e.OriginatorVersion - 1, head);
            }
        }
    }

    /// <summary>Takes down the last versions of a save, and what of it isn't written yet.</summary>
    private void Note(Save<TKey> save)
    {
        foreach (var e in save.Events)
        {
            _heads[e.OriginatorId] = e.OriginatorVersion;
            if (save.Positions is not null)
            {
                continue;
            }

            if (!_held.TryGetValue(e.OriginatorId, out var ofAggregate))
            {
                _held.Add(e.OriginatorId, ofAggregate = []);
            }

            ofAggregate.Add(e);
        }
    }

    private IEnumerable<StoredEvent<TKey>> HeldEvents() => _saves.Where(s => s.Positions is null).SelectMany(s => s.Events);

    private static List<StoredEvent<TKey>> Collect(List<Save<TKey>> saves) => [.. saves.SelectMany(s => s.Events)];

    private static void Assign(List<Save<TKey>> saves, IReadOnlyList<long> positions)
    {
        var first = 0;
        foreach (var save in saves)
        {
            save.Positions = [.. positions.Skip(first).Take(save.Events.Length)];
            first += save.Events.Length;
        }
    }

    private ValueTask FlushBeforeReadingAsync(CancellationToken cancellationToken) =>
        AutoFlush ? FlushParticipantsAsync(cancellationToken) : default;

    private async ValueTask FlushParticipantsAsync(CancellationToken cancellationToken)
    {
        foreach (var participant in _participants)
        {
            await participant.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Afterwards the work can only be rolled back, if the session says so.</summary>
    private async ValueTask<T> AttemptAsync<T>(Func<ValueTask<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (Exception exception) when (!Session.IsUsable)
        {
            Doom(exception);
            throw;
        }
    }

    /// <summary>As <see cref="AttemptAsync"/>; conflicts are counted, and the activity says what went wrong.</summary>
    private async ValueTask<IReadOnlyList<long>> MeasureAsync(Activity? activity, Func<ValueTask<IReadOnlyList<long>>> work)
    {
        try
        {
            return await AttemptAsync(work).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            if (failure is ConcurrencyException)
            {
                Telemetry.Conflicts.Add(1, store.Tag);
            }

            activity.Fail(failure);
            throw;
        }
    }

    /// <inheritdoc cref="AttemptAsync{T}"/>
    private async ValueTask AttemptReadAsync(Func<ValueTask> read) => await AttemptAsync(async () =>
    {
        await read().ConfigureAwait(false);
        return true;
    }).ConfigureAwait(false);

    private static int Give(IEnumerable<StoredEvent<TKey>> events, EventSink<TKey> sink, int? limit)
    {
        var count = 0;
        foreach (var e in events)
        {
            if (count >= limit || sink.IsFull)
            {
                break;
            }

            sink.Add(new EventRow<TKey>
            {
                Position = EventRow<TKey>.NoPosition,
                OriginatorId = e.OriginatorId,
                OriginatorVersion = e.OriginatorVersion,
                Topic = System.Text.Encoding.UTF8.GetBytes(e.Topic),
                State = e.State.Span,
                Metadata = e.Metadata.Span,
            });
            count++;
        }

        return count;
    }

    private Turn Enter() => !Interlocked.Exchange(ref _isBusy, true)
        ? new Turn(this)
        : throw new TransactionException("Two operations use the transaction at once. Await one before the next is begun; tasks that run side by side need transactions of their own.");

    private readonly struct Turn(UnitOfWork<TKey> work) : IDisposable
    {
        public void Dispose() => Volatile.Write(ref work._isBusy, false);
    }

    private sealed class CountingSink(EventSink<TKey> inner) : EventSink<TKey>
    {
        public int Count { get; private set; }

        public override bool IsFull => inner.IsFull;

        public override void Add(in EventRow<TKey> row)
        {
            inner.Add(row);
            Count++;
        }
    }
}
