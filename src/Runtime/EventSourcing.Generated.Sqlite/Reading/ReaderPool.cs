namespace EventSourcing.Sqlite;

/// <summary>Sessions for reading, opened when needed and kept. Thread safe.</summary>
internal sealed class ReaderPool(int size, Func<StoreConnection> open)
{
    private readonly SemaphoreSlim _free = new(size);
    private readonly Lock _sync = new();
    private readonly Stack<StoreConnection> _idle = new();
    private TaskCompletionSource? _closing;
    private int _rented;

    /// <summary>Takes a session, at once if fewer than all are in use.</summary>
    public async ValueTask<StoreConnection> RentAsync(CancellationToken cancellationToken)
    {
        if (!_free.Wait(0, CancellationToken.None))
        {
            await _free.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        StoreConnection? session;
        lock (_sync)
        {
            if (_closing is not null)
            {
                _free.Release();
                throw ClosedStore.Exception();
            }

            _rented++;
            _idle.TryPop(out session);
        }

        try
        {
            return session ?? open();
        }
        catch
        {
            Return(null);
            throw;
        }
    }

    /// <summary>Returns a session to the pool; null if it was lost and closed.</summary>
    public void Return(StoreConnection? session)
    {
        lock (_sync)
        {
            _rented--;
            if (session is not null)
            {
                if (_closing is null)
                {
                    _idle.Push(session);
                }
                else
                {
                    session.Close();
                }
            }

            if (_rented == 0)
            {
                _closing?.TrySetResult();
            }
        }

        _free.Release();
    }

    /// <summary>Closes all sessions, after the reads under way.</summary>
    public Task CloseAsync()
    {
        lock (_sync)
        {
            _closing ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            while (_idle.TryPop(out var session))
            {
                session.Close();
            }

            if (_rented == 0)
            {
                _closing.TrySetResult();
            }

            return _closing.Task;
        }
    }
}
