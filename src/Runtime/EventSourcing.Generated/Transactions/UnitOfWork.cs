using System.Data;
using System.Diagnostics;
using EventSourcing.CompilerServices;
using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>What a unit of work may do.</summary>
internal enum WorkKind
{
    /// <summary>Holds saves until its commit.</summary>
    Writing,

    /// <summary>Only reads.</summary>
    Reading,

    /// <summary>Writes saves at once, into an external transaction.</summary>
    External,
}

/// <summary>
/// The saves that belong together, and the connection that will write them. Used by <see cref="StoreTransaction{TKey}"/> and
/// <see cref="StoreSession{TKey}"/>.
/// </summary>
/// <param name="store">The store whose saves it takes.</param>
/// <param name="transaction">The transaction of the provider.</param>
/// <param name="kind">What it may do.</param>
/// <param name="autoFlush">Whether participants write their changes before a read.</param>
internal sealed class UnitOfWork<TKey>(StoreContext<TKey> store, RecorderTransaction<TKey> transaction, WorkKind kind, bool autoFlush) : IAsyncDisposable, IHasTransaction
    where TKey : notnull
{
    // Locked only where a save meets the end of the unit of work; otherwise one operation uses it at a time.
    private readonly HeldSaves<TKey> _saves = new();
    private readonly Participants _participants = new();
    private Exception? _doom;
    private bool _isBusy;
    private int _inner;

    // When the last write began. The commit of the owner follows it.
    private long _started;

    public WorkKind Kind => kind;

    public RecorderTransaction<TKey> Transaction { get; private set; } = transaction;

    object IHasTransaction.Transaction => Transaction;

    /// <summary>Whether participants write their changes before a read.</summary>
    public bool AutoFlush { get; set; } = autoFlush;

    public bool HasEnded { get; private set; }

    /// <summary>The requested level; unspecified for the default of the database.</summary>
    public IsolationLevel IsolationLevel { get; set; }

    /// <summary>The number of saves that aren't committed.</summary>
    public int SaveCount => _saves.Count;

    public void ThrowIfUnusable()
    {
        if (HasEnded)
        {
            throw new TransactionException("The transaction has ended: it was committed, rolled back or disposed of. Dispose of it, or leave its block, before the next call of the store. Work that continues after it must not run in an async flow that was started inside it: start the flow outside, or with ExecutionContext.SuppressFlow().");
        }

        if (IsStoreClosed)
        {
            throw ClosedStore.Exception(_doom);
        }

        if (_doom is not null)
        {
            throw new TransactionException("The transaction can only be rolled back, because an operation in it has failed.", _doom);
        }
    }

    /// <summary>Whether its store was closed before its end.</summary>
    public bool IsStoreClosed => Transaction.IsStoreClosed;

    /// <summary>Notes that it can't be committed any more.</summary>
    public void Doom(Exception reason) => _doom ??= reason;

    public void Enlist(ITransactionParticipant participant)
    {
        ThrowIfUnusable();
        _participants.Add(participant);
    }

    public T? FindParticipant<T>(Func<T, bool> predicate)
        where T : class => _participants.Find(predicate);

    /// <summary>Notes that an inner transaction was begun, which has to be committed before this one.</summary>
    public void BeginInner() => Interlocked.Increment(ref _inner);

    /// <summary>Notes that an inner transaction was committed, or disposed of without a commit.</summary>
    public void EndInner() => Interlocked.Decrement(ref _inner);

    /// <summary>Throws unless a save is of the store of this unit of work.</summary>
    /// <exception cref="TransactionException">It is another store's.</exception>
    public void ThrowIfNotOf(StoreContext<TKey> saving)
    {
        if (saving != store)
        {
            throw new TransactionException("The transaction was begun by another store and would write the events there. Nothing was saved. Begin a transaction with the Recorder of the application that saves.");
        }
    }

    /// <summary>Drops the changes of participants, before a rollback, when all work is to be run again from its beginning.</summary>
    /// <returns>Whether that is possible.</returns>
    public bool TryForget() => _participants.TryForget();

    /// <summary>Replaces the transaction of the provider, if nothing was written with it.</summary>
    /// <returns>Whether it was replaced.</returns>
    public async ValueTask<bool> ReplaceTransactionAsync(Func<ValueTask<RecorderTransaction<TKey>>> begin)
    {
        using var turn = Enter();
        if (Transaction is not DeferredTransaction<TKey>)
        {
            return false;
        }

        Transaction = await begin().ConfigureAwait(false);
        return true;
    }

    /// <summary>Takes back writes that were undone with the external transaction: the first saves are held as before, the others released.</summary>
    public async ValueTask RetractAsync(int keep, RecorderTransaction<TKey>? next)
    {
        using var turn = Enter();
        _saves.Retract(keep, areUndone: next is not null);
        if (next is not null)
        {
            _doom = null;
            (var last, Transaction) = (Transaction, next);
            await last.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Saves aggregates. Their events are written at the commit; in an external transaction they are written now.</summary>
    public async ValueTask<IReadOnlyList<RecordedEvent<TKey>>> SaveAsync(
        IReadOnlyCollection<IAggregate<TKey>> aggregates, EventMetadata? metadata, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(aggregates);
        TransactionManager<TKey>.ThrowIfSystemTransaction();
        var started = SaveOutcomes.Start();
        using var activity = Telemetry.Start("eventsourcing.save", store.Tag);
        Save<TKey>? save = null;
        try
        {
            save = new Save<TKey>(aggregates, store, metadata, holder: this);
            activity?.SetTag("eventsourcing.events", save.Events.Length);
            if (save.Events.Length == 0)
            {
                return [];
            }

            if (kind == WorkKind.External)
            {
                var written = await WriteNowAsync(save, cancellationToken).ConfigureAwait(false);

                // The owner doesn't report the commit.
                store.Outcomes.Committed(written.Count, started);
                return written;
            }

            var held = Hold(save);
            save = null;
            return held;
        }
        catch (Exception failure)
        {
            store.Outcomes.Failed(failure, activity);
            throw;
        }
        finally
        {
            save?.Dispose();
        }
    }

    /// <summary>Drops the held events of an aggregate.</summary>
    public void Discard(TKey key)
    {
        ThrowIfUnusable();
        using var turn = Enter();
        _saves.Discard(key);
    }

    /// <summary>Writes held saves, and the changes of participants.</summary>
    /// <param name="cancellationToken">Cancels the call before the writing has begun.</param>
    /// <param name="isLast">
    /// Whether the owner commits next, so that tracked positions are written too. Otherwise they are held until the commit: other runners don't wait
    /// for them, and nothing can undo them before.
    /// </param>
    public async ValueTask<IReadOnlyList<RecordedEvent<TKey>>> FlushAsync(CancellationToken cancellationToken, bool isLast = false)
    {
        ThrowIfUnusable();
        using var turn = Enter();
        await _participants.FlushAsync(cancellationToken).ConfigureAwait(false);
        var held = isLast ? _saves.Unwritten : _saves.Unwritten.FindAll(static save => save.Tracking is null);
        if (held.Count == 0)
        {
            return [];
        }

        _started = SaveOutcomes.Start();
        using var activity = Telemetry.Start("eventsourcing.flush", store.Tag);
        activity?.SetTag("eventsourcing.events", held.Sum(s => s.Events.Length));
        _saves.MarkWritten(held, await WriteAsync(activity, () => Transaction.AppendAsync(HeldSaves<TKey>.RequestFor(held, store), cancellationToken)).ConfigureAwait(false));
        return [.. held.SelectMany(s => s.Describe(s.Positions))];
    }

    /// <summary>Writes rows at once, after held saves.</summary>
    public async ValueTask<IReadOnlyList<long>> AppendAsync(AppendRequest<TKey> request, CancellationToken cancellationToken)
    {
        if (kind == WorkKind.Reading)
        {
            throw new TransactionException("The transaction is read-only, so nothing can be written in it.");
        }

        await FlushAsync(cancellationToken).ConfigureAwait(false);
        using var turn = Enter();
        return request.IsEmpty ? [] : await AttemptAsync(() => Transaction.AppendAsync(request, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>Writes held saves and commits.</summary>
    /// <param name="cancellationToken">Cancels the call before the writing has begun.</param>
    /// <param name="step">A step of a projection that is written with them; null for none.</param>
    public async ValueTask<IReadOnlyList<RecordedEvent<TKey>>> CommitAsync(CancellationToken cancellationToken, ProjectionStep? step = null)
    {
        ThrowIfUnusable();
        if (kind == WorkKind.Reading)
        {
            throw new TransactionException("The transaction is read-only and can't be committed. Dispose of it to end it.");
        }

        if (Volatile.Read(ref _inner) > 0)
        {
            throw new TransactionException("An inner transaction isn't committed yet. Nothing was committed. Commit the inner transaction first, or dispose of it, which rolls everything back.");
        }

        using var turn = Enter();
        _started = SaveOutcomes.Start();
        using var activity = Telemetry.Start("eventsourcing.commit", store.Tag);
        activity?.SetTag("eventsourcing.events", _saves.EventCount);
        var held = _saves.Unwritten;
        _saves.MarkWritten(held, await WriteAsync(activity, async () =>
        {
            // If the transaction can't be committed any more, the attempt throws the reason.
            if (Transaction.IsUsable)
            {
                await _participants.FlushAsync(cancellationToken).ConfigureAwait(false);
            }

            var request = HeldSaves<TKey>.RequestFor(held, store);
            return await Transaction.CommitAsync(step is null ? request : request.With(step), cancellationToken).ConfigureAwait(false);
        }).ConfigureAwait(false));
        return Complete();
    }

    /// <summary>Completes the saves after the real commit: they are no longer pending.</summary>
    public IReadOnlyList<RecordedEvent<TKey>> Complete()
    {
        HasEnded = true;
        var recordings = _saves.Complete();
        store.Outcomes.Committed(recordings.Count, _started);
        _participants.Committed();
        return recordings;
    }

    /// <summary>Reads events of one aggregate: first stored ones, then held ones.</summary>
    public async ValueTask ReadStreamAsync(StreamQuery<TKey> query, EventSink<TKey> sink, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        using var turn = Enter();
        await FlushBeforeReadingAsync(cancellationToken).ConfigureAwait(false);
        List<StoredEvent<TKey>> held = [.. _saves.UnwrittenOf(query)];
        var limit = query.Limit;
        if (query.Descending)
        {
            // Held events come after stored ones.
            held.Reverse();
            limit -= HeldRows.Give(held, sink, limit);
            if (limit == 0 || sink.IsFull)
            {
                return;
            }
        }

        var counting = new CountingSink<TKey>(sink);
        await AttemptReadAsync(() => Transaction.ReadStreamAsync(query.Take(limit), counting, cancellationToken)).ConfigureAwait(false);
        if (!query.Descending)
        {
            HeldRows.Give(held, sink, limit - counting.Count);
        }
    }

    /// <summary>Reads a part of the log, then the held events.</summary>
    public async ValueTask ReadLogAsync(LogQuery query, EventSink<TKey> sink, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sink);
        ThrowIfUnusable();
        using var turn = Enter();
        await FlushBeforeReadingAsync(cancellationToken).ConfigureAwait(false);
        var counting = new CountingSink<TKey>(sink);
        await AttemptReadAsync(() => Transaction.ReadLogAsync(query, counting, cancellationToken)).ConfigureAwait(false);

        // Held events have no position yet, but will have greater ones than all stored events.
        if (query.Last == long.MaxValue && query.First != long.MaxValue)
        {
            var wanted = _saves.UnwrittenEvents.Where(e => query.Topics is null || query.Topics.Contains(e.Topic));
            HeldRows.Give(wanted, sink, query.Limit - counting.Count);
        }
    }

    public async ValueTask<long?> GetMaxPositionAsync(CancellationToken cancellationToken)
    {
        using var turn = Enter();
        return await Transaction.GetMaxPositionAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads rows of a view.</summary>
    public async ValueTask ReadRowsAsync(ViewQuery query, ViewRowSink sink, CancellationToken cancellationToken)
    {
        ThrowIfUnusable();
        using var turn = Enter();
        await FlushBeforeReadingAsync(cancellationToken).ConfigureAwait(false);
        await AttemptReadAsync(() => Transaction.ReadRowsAsync(query, sink, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>Returns the tracked position of a name, with those that it holds.</summary>
    public async ValueTask<long?> GetTrackedPositionAsync(string name, CancellationToken cancellationToken)
    {
        using var turn = Enter();
        return _saves.TrackedPositionOf(name)
            ?? await AttemptAsync(() => Transaction.GetTrackedPositionAsync(name, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>Tracks a position. It is written at the commit; in an external transaction it is written now.</summary>
    public async ValueTask TrackAsync(Tracking tracking, CancellationToken cancellationToken)
    {
        ThrowIfUnusable();
        if (kind == WorkKind.Reading)
        {
            throw new TransactionException("The transaction is read-only, so it can't track a position.");
        }

        using var turn = Enter();

        // A runner that comes second need not do more work. The write itself is what decides.
        var tracked = _saves.TrackedPositionOf(tracking.Name)
            ?? await AttemptAsync(() => Transaction.GetTrackedPositionAsync(tracking.Name, cancellationToken)).ConfigureAwait(false);
        if (tracked >= tracking.Position)
        {
            var refusal = new AlreadyTrackedException(tracking.Name, tracking.Position, tracked);
            if (kind == WorkKind.Writing)
            {
                // A session of Entity Framework writes only if saves are held, and forgets the reason with its transaction. The held position is
                // then refused again.
                Hold(tracking);
            }

            Doom(refusal);
            throw refusal;
        }

        if (kind == WorkKind.External)
        {
            await AttemptAsync(() => Transaction.AppendAsync(new([], AppendCondition.VersionsNext, [tracking]), cancellationToken)).ConfigureAwait(false);
        }
        else
        {
            Hold(tracking);
        }
    }

    /// <summary>Rolls back uncommitted work; its events are pending again.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_saves)
        {
            // Committed saves are no longer among them.
            HasEnded = true;
            _saves.ReleaseAll(areInUse: Volatile.Read(ref _isBusy));
        }

        try
        {
            await _participants.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            await Transaction.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void Hold(Tracking tracking)
    {
        lock (_saves)
        {
            // Not after the end, even if it came meanwhile: the position would not be written.
            ThrowIfUnusable();
            _saves.Add(new Save<TKey>(tracking), holder: this);
        }
    }

    private IReadOnlyList<RecordedEvent<TKey>> Hold(Save<TKey> save)
    {
        if (kind == WorkKind.Reading)
        {
            throw new TransactionException("The transaction is read-only, so it can't contain saves. Save before it, after it, or in a transaction that is committed.");
        }

        using var turn = Enter();
        lock (_saves)
        {
            // Not after the end, even if it came meanwhile: the save would not be written.
            ThrowIfUnusable();
            _saves.Add(save, holder: this);
        }

        return save.Describe(null);
    }

    private async ValueTask<IReadOnlyList<RecordedEvent<TKey>>> WriteNowAsync(Save<TKey> save, CancellationToken cancellationToken)
    {
        using var turn = Enter();
        await _participants.FlushAsync(cancellationToken).ConfigureAwait(false);
        return save.Complete(await AttemptAsync(() => Transaction.AppendAsync(save.RequestFor(store), cancellationToken)).ConfigureAwait(false));
    }

    private ValueTask FlushBeforeReadingAsync(CancellationToken cancellationToken) =>
        AutoFlush ? _participants.FlushAsync(cancellationToken) : default;

    /// <summary>
    /// Runs work. After a failure, the unit of work can only be rolled back, if the transaction is no longer usable, or if its effect is stored
    /// already.
    /// </summary>
    private async ValueTask<T> AttemptAsync<T>(Func<ValueTask<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (Exception exception) when (!Transaction.IsUsable || exception is AlreadyTrackedException or ProjectionFencedException)
        {
            Doom(exception);
            throw;
        }
    }

    /// <inheritdoc cref="AttemptAsync{T}"/>
    private async ValueTask AttemptReadAsync(Func<ValueTask> read) => await AttemptAsync(async () =>
    {
        await read().ConfigureAwait(false);
        return true;
    }).ConfigureAwait(false);

    /// <summary>As <see cref="AttemptAsync"/>, for a write of held saves, whose failure is counted.</summary>
    private async ValueTask<IReadOnlyList<long>> WriteAsync(Activity? activity, Func<ValueTask<IReadOnlyList<long>>> write)
    {
        try
        {
            return await AttemptAsync(write).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            store.Outcomes.Failed(failure, activity);
            throw;
        }
    }

    private Turn Enter() => !Interlocked.Exchange(ref _isBusy, true)
        ? new Turn(this)
        : throw new TransactionException("Two operations use the transaction at the same time. Await one before you start the next; parallel tasks need their own transactions.");

    private readonly struct Turn(UnitOfWork<TKey> work) : IDisposable
    {
        public void Dispose() => Volatile.Write(ref work._isBusy, false);
    }
}
