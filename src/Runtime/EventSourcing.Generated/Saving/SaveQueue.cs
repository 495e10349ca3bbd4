using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>
/// Counts the bytes of the saves under way, so that callers that don't await their saves can't fill the memory. Thread safe. Nothing is
/// allocated unless a save waits.
/// </summary>
/// <param name="limit">The maximum number of bytes.</param>
/// <param name="waits">Whether a save beyond the limit waits, in the order of arrival; otherwise it fails.</param>
internal sealed class SaveQueue(long limit, bool waits)
{
    /// <summary>The bytes that a save needs besides its states: about the size of its objects.</summary>
    private const int Overhead = 1024;

    private readonly Lock _sync = new();
    private readonly LinkedList<(TaskCompletionSource Turn, long Bytes)> _waiting = [];
    private long _used;
    private volatile int _waiters;

    /// <summary>Returns the bytes that a save of these events needs.</summary>
    public static long SizeOf<TKey>(IReadOnlyList<StoredEvent<TKey>> events)
        where TKey : notnull
    {
        long bytes = Overhead;
        for (var i = 0; i < events.Count; i++)
        {
            bytes += events[i].State.Length + events[i].Metadata.Length;
        }

        return bytes;
    }

    /// <summary>Begins a save, if there is room. The caller then has to call <see cref="Leave"/>.</summary>
    public bool TryEnter(long bytes)
    {
        if (_waiters > 0)
        {
            return false;
        }

        if (Fits(Interlocked.Add(ref _used, bytes), bytes))
        {
            return true;
        }

        Leave(bytes);
        return false;
    }

    /// <summary>Begins a save when there is room. The caller then has to call <see cref="Leave"/>.</summary>
    /// <exception cref="TransientStoreException">There is no room, and saves don't wait.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public async ValueTask WaitAsync(long bytes, CancellationToken cancellationToken)
    {
        if (!waits)
        {
            throw new TransientStoreException(
                $"This save would exceed the limit of {limit} bytes for saves in progress, so it wasn't started; nothing of it was written. Await saves before you start more, or set EventStoreOptions.MaxQueuedBytes or WaitWhenQueueIsFull.");
        }

        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        LinkedListNode<(TaskCompletionSource, long)> node;
        lock (_sync)
        {
            node = _waiting.AddLast((turn, bytes));
            _waiters = _waiting.Count;
        }

        // A save that ended meanwhile may have seen no waiter.
        WakeThoseThatFit();
        using var cancelled = cancellationToken.UnsafeRegister(_ => Cancel(node, cancellationToken), null);
        await turn.Task.ConfigureAwait(false);
    }

    /// <summary>Ends a save.</summary>
    public void Leave(long bytes)
    {
        Interlocked.Add(ref _used, -bytes);
        if (_waiters > 0)
        {
            WakeThoseThatFit();
        }
    }

    // A save that is the only one may have any size.
    private bool Fits(long used, long bytes) => used <= limit || used == bytes;

    private void Cancel(LinkedListNode<(TaskCompletionSource Turn, long Bytes)> node, CancellationToken cancellationToken)
    {
        lock (_sync)
        {
            if (node.List is null)
            {
                return; // its turn has come
            }

            _waiting.Remove(node);
            _waiters = _waiting.Count;
        }

        node.Value.Turn.SetCanceled(cancellationToken);
        WakeThoseThatFit();
    }

    private void WakeThoseThatFit()
    {
        lock (_sync)
        {
            while (_waiting.First is { Value: var (turn, bytes) } && Fits(Interlocked.Read(ref _used) + bytes, bytes))
            {
                Interlocked.Add(ref _used, bytes);
                _waiting.RemoveFirst();
                _waiters = _waiting.Count;
                turn.SetResult();
            }
        }
    }
}
