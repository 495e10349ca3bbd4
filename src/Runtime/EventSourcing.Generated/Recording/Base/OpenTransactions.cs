namespace EventSourcing.Recording;

/// <summary>The open store transactions of a recorder, so that the recorder can be closed. Thread safe.</summary>
/// <typeparam name="TTransaction">The engine's transaction.</typeparam>
internal sealed class OpenTransactions<TTransaction>
    where TTransaction : class
{
    private readonly Lock _sync = new();
    private readonly HashSet<TTransaction> _open = [];
    private readonly CancellationTokenSource _closing = new();

    // Null until the recorder is closed.
    private TaskCompletionSource? _allEnded;

    /// <summary>Cancelled when the recorder is closed, to stop transactions that are being begun.</summary>
    public CancellationToken Closing => _closing.Token;

    /// <summary>Adds a transaction, which <see cref="CloseAsync"/> will return if it is still open.</summary>
    /// <exception cref="ObjectDisposedException">The recorder is closed.</exception>
    public void Enter(TTransaction transaction)
    {
        lock (_sync)
        {
            ThrowIfClosed();
            _open.Add(transaction);
        }
    }

    /// <summary>Removes a transaction that has ended, or that its caller ends.</summary>
    /// <returns>False if another caller has removed it, and ends it.</returns>
    public bool Leave(TTransaction transaction)
    {
        lock (_sync)
        {
            var isRemoved = _open.Remove(transaction);
            if (_open.Count == 0)
            {
                _allEnded?.TrySetResult();
            }

            return isRemoved;
        }
    }

    /// <summary>Lets no other transaction begin.</summary>
    /// <returns>The transactions that are open, and a task that ends when each of them has left.</returns>
    public async Task<(TTransaction[] Open, Task AllEnded)> CloseAsync()
    {
        (TTransaction[], Task) closed;
        lock (_sync)
        {
            _allEnded ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_open.Count == 0)
            {
                _allEnded.TrySetResult();
            }

            closed = ([.. _open], _allEnded.Task);
        }

        await _closing.CancelAsync().ConfigureAwait(false);
        return closed;
    }

    /// <exception cref="ObjectDisposedException">The recorder is closed.</exception>
    public void ThrowIfClosed() => ClosedStore.ThrowIf(_allEnded is not null);
}
