using System.Threading.Channels;

namespace EventSourcing.Recording;

/// <summary>
/// The one writer of a store in this process. While a transaction is under way, the next saves gather, and then share one. It has no thread:
/// the first save starts it, and it ends when no save waits any more.
/// </summary>
internal sealed class GroupWriter<TKey>
    where TKey : notnull
{
    private const int QueueCapacity = 4096;
    private const int LargestGroup = 512;
    private const int LargestGroupRows = 20_000;

    // In addition to the last save that is taken, which may have EventStoreOptions.MaxSaveSize.
    private const long LargestGroupBytes = 16 << 20;

    private readonly Channel<QueuedSave<TKey>> _queue = Channel.CreateBounded<QueuedSave<TKey>>(
        new BoundedChannelOptions(QueueCapacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly GroupAppender<TKey> _appender;
    private readonly List<QueuedSave<TKey>> _group = new(LargestGroup);
    private readonly HashSet<TKey> _touched = [];
    private readonly Dictionary<TKey, long> _heads = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Saves that touch the same aggregate as an earlier save of their group: first in the next group. They aren't taken yet, so that they can be
    // cancelled.
    private List<QueuedSave<TKey>> _later = [];
    private List<QueuedSave<TKey>> _again = [];
    private int _isRunning;

    public GroupWriter(AppendEngine<TKey> engine, SaveTimes times) => _appender = new GroupAppender<TKey>(engine, times);

    /// <summary>Takes a save, in the order of the calls. When the queue is full, it waits for room.</summary>
    public ValueTask<IReadOnlyList<long>> SaveAsync(QueuedSave<TKey> save, CancellationToken cancellationToken)
    {
        if (!_queue.Writer.TryWrite(save))
        {
            return SaveWhenRoomAsync(save, cancellationToken);
        }

        Start();
        return save.Completion;
    }

    /// <summary>Accepts no more saves, and ends when all accepted saves have ended.</summary>
    public async Task StopAsync()
    {
        _queue.Writer.TryComplete();
        Start();
        await _ended.Task.ConfigureAwait(false);
        await _appender.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<IReadOnlyList<long>> SaveWhenRoomAsync(QueuedSave<TKey> save, CancellationToken cancellationToken)
    {
        try
        {
            await _queue.Writer.WriteAsync(save, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            throw ClosedStore.Exception();
        }

        Start();
        return await save.Completion.ConfigureAwait(false);
    }

    private void Start()
    {
        if (Interlocked.CompareExchange(ref _isRunning, 1, 0) == 0)
        {
            _ = Background.Start(RunAsync);
        }
    }

    private async Task RunAsync()
    {
        while (true)
        {
            TakeGroup();
            if (_group.Count > 0)
            {
                var hadCompany = _group.Count + _later.Count > 1;
                var appending = _appender.AppendAsync(_group, _later.Count > 0 ? _heads : null);
                var alone = await (_later.Count > 0 ? ExpireLaterAsync(appending.AsTask()) : appending).ConfigureAwait(false);
                EndLater();
                if (alone is { } written)
                {
                    if (!HasWork() && TryEnd())
                    {
                        // The writer is free again, so this thread may continue the caller.
                        written.Save.Succeed(written.Positions, isInline: true);
                        return;
                    }

                    written.Save.Succeed(written.Positions);
                }

                if (hadCompany)
                {
                    // Lets the callers that were just answered bring their next saves, so that they share the next transaction.
                    await Task.Yield();
                }
            }
            else if (_queue.Reader.Completion.IsCompleted)
            {
                _ended.TrySetResult();
                return;
            }
            else if (TryEnd())
            {
                return;
            }
        }
    }

    /// <summary>Ends the run, unless a save has come meanwhile.</summary>
    private bool TryEnd()
    {
        Volatile.Write(ref _isRunning, 0);
        return !HasWork() || Interlocked.CompareExchange(ref _isRunning, 1, 0) != 0;
    }

    private bool HasWork() => _queue.Reader.TryPeek(out _) || _queue.Reader.Completion.IsCompleted || _later.Count > 0;

    private void TakeGroup()
    {
        _group.Clear();
        _touched.Clear();
        var (rows, bytes) = (0, 0L);
        (_again, _later) = (_later, _again);
        foreach (var save in _again)
        {
            Add(save, ref rows, ref bytes);
        }

        _again.Clear();
        while (_group.Count < LargestGroup && rows < LargestGroupRows && bytes < LargestGroupBytes && _queue.Reader.TryRead(out var save))
        {
            Add(save, ref rows, ref bytes);
        }
    }

    /// <summary>Ends waiting saves whose time is up, while the group before them is under way.</summary>
    private async ValueTask<(QueuedSave<TKey> Save, long[] Positions)?> ExpireLaterAsync(Task<(QueuedSave<TKey> Save, long[] Positions)?> appending)
    {
        while (!appending.IsCompleted && _later.Count > 0)
        {
            await ((Task)appending).WaitAsync(_appender.Remaining(_later), _appender.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!appending.IsCompleted)
            {
                _appender.Expire(_later);
            }
        }

        return await appending.ConfigureAwait(false);
    }

    /// <summary>
    /// Ends waiting saves that are now known not to fit the stored events. They need no transaction for that.
    /// </summary>
    private void EndLater()
    {
        if (_heads.Count > 0)
        {
            _later.RemoveAll(save =>
            {
                var conflict = save.ConflictWith(_heads);
                if (conflict is not null && save.TryTake())
                {
                    save.Fail(conflict);
                }

                return conflict is not null;
            });
            _heads.Clear();
        }
    }

    /// <summary>
    /// Adds a save to the group, or to the next one: two saves of one aggregate in one statement would both fail. The second waits for the outcome
    /// of the first.
    /// </summary>
    private void Add(QueuedSave<TKey> save, ref int rows, ref long bytes)
    {
        if (save.IsCancelled)
        {
            return;
        }

        var isFree = true;
        for (var i = 0; i < save.Events.Count; i++)
        {
            isFree &= (i > 0 && EqualityComparer<TKey>.Default.Equals(save.Events[i - 1].OriginatorId, save.Events[i].OriginatorId))
                || !_touched.Contains(save.Events[i].OriginatorId);
        }

        if (isFree && !save.TryTake())
        {
            return;
        }

        // Also notes the aggregates of waiting saves, so that no later save overtakes them.
        for (var i = 0; i < save.Events.Count; i++)
        {
            if (i == 0 || !EqualityComparer<TKey>.Default.Equals(save.Events[i - 1].OriginatorId, save.Events[i].OriginatorId))
            {
                _touched.Add(save.Events[i].OriginatorId);
            }
        }

        rows += save.Events.Count;
        bytes += save.Bytes;
        (isFree ? _group : _later).Add(save);
    }
}
