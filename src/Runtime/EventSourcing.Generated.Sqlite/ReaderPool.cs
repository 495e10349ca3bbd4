namespace EventSourcing.Sqlite;

/// <summary>Sessions for reading, opened as they are needed and kept. Thread safe.</summary>
internal sealed class ReaderPool(int size, Func<SqliteSession> open)
{
    private readonly SemaphoreSlim free = new(size);
    private readonly Lock sync = new();
    private readonly Stack<SqliteSession> idle = new();
    private TaskCompletionSource? closing;
    private int rented;

    /// <summary>Takes a session, at once when fewer than all are in use.</summary>
    internal async ValueTask<SqliteSession> RentAsync(CancellationToken cancellationToken)
    {
        if (!free.Wait(0, CancellationToken.None))
        {
            await free.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        SqliteSession? session;
        lock (sync)
        {
            if (closing is not null)
            {
                free.Release();
                throw new ObjectDisposedException(null, "The store is closed.");
            }

            rented++;
            idle.TryPop(out session);
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

    /// <summary>Gives a session back; null when it was lost and closed.</summary>
    internal void Return(SqliteSession? session)
    {
        lock (sync)
        {
            rented--;
            if (session is not null)
            {
                if (closing is null)
                {
                    idle.Push(session);
                }
                else
                {
                    session.Close();
                }
            }

            if (rented == 0)
            {
                closing?.TrySetResult();
            }
        }

        free.Release();
    }

    /// <summary>Closes all sessions, after the reading that is going on.</summary>
    internal Task CloseAsync()
    {
        lock (sync)
        {
            closing ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            while (idle.TryPop(out var session))
            {
                session.Close();
            }

            if (rented == 0)
            {
                closing.TrySetResult();
            }

            return closing.Task;
        }
    }
}
