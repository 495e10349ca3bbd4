namespace EventSourcing.Sqlite;

/// <summary>The open store transactions of a recorder, so that the recorder can be closed. Thread safe.</summary>
internal sealed class OpenTransactions
{
    private readonly Lock _sync = new();
    private readonly HashSet<OpenTransaction> _open = [];
    private readonly CancellationTokenSource _closing = new();

    // Null until the recorder is closed.
    private TaskCompletionSource? _allEnded;

    /// <summary>The number of open transactions.</summary>
    public int Count
    {
        get
        {
            lock (_sync)
            {
                return _open.Count;
            }
        }
    }

    /// <summary>Begins a transaction that <see cref="CloseAsync"/> will end if it is still open.</summary>
    /// <exception cref="ObjectDisposedException">The recorder is closed, or was closed meanwhile.</exception>
    public async ValueTask BeginAsync(OpenTransaction transaction, CancellationToken cancellationToken)
    {
        lock (_sync)
        {
            ThrowIf(_allEnded is not null);
            _open.Add(transaction);
            transaction.Ended = Remove;
        }

        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
            await transaction.BeginAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            ThrowIf(true);
        }
        catch (OperationCanceledException)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }

    /// <summary>Ends all transactions, and lets no other begin.</summary>
    public async Task CloseAsync()
    {
        TaskCompletionSource allEnded;
        OpenTransaction[] open;
        lock (_sync)
        {
            allEnded = _allEnded ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            open = [.. _open];
            if (open.Length == 0)
            {
                allEnded.TrySetResult();
            }
        }

        await _closing.CancelAsync().ConfigureAwait(false);
        foreach (var transaction in open)
        {
            transaction.End();
        }

        await allEnded.Task.ConfigureAwait(false);
    }

    private static void ThrowIf(bool isClosed)
    {
        if (isClosed)
        {
            throw new ObjectDisposedException(null, "The store is closed.");
        }
    }

    private void Remove(OpenTransaction transaction)
    {
        lock (_sync)
        {
            _open.Remove(transaction);
            if (_open.Count == 0)
            {
                _allEnded?.TrySetResult();
            }
        }
    }
}
