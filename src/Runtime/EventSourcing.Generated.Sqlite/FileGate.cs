namespace EventSourcing.Sqlite;

/// <summary>
/// Whoever writes to a database file of this process holds its gate: the writer's thread for each group, an outer transaction
/// from its begin to its end. First come, first served.
/// </summary>
internal sealed class FileGate
{
    private readonly Lock _sync = new();
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private bool _isTaken;

    /// <summary>Takes the gate, at once when it is free.</summary>
    public ValueTask EnterAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        TaskCompletionSource turn;
        lock (_sync)
        {
            if (!_isTaken)
            {
                _isTaken = true;
                return ValueTask.CompletedTask;
            }

            turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(turn);
        }

        return cancellationToken.CanBeCanceled ? WaitAsync(turn, cancellationToken) : new ValueTask(turn.Task);
    }

    /// <summary>Takes the gate, blocking the thread: for threads that nobody else needs.</summary>
    public void Enter()
    {
        var turn = EnterAsync();
        if (!turn.IsCompletedSuccessfully)
        {
            turn.AsTask().GetAwaiter().GetResult();
        }
    }

    /// <summary>Hands the gate to the next who waits.</summary>
    public void Exit()
    {
        lock (_sync)
        {
            while (_waiting.TryDequeue(out var turn))
            {
                // False for one that was cancelled meanwhile.
                if (turn.TrySetResult())
                {
                    return;
                }
            }

            _isTaken = false;
        }
    }

    private static async ValueTask WaitAsync(TaskCompletionSource turn, CancellationToken cancellationToken)
    {
        using var registration = cancellationToken.UnsafeRegister(
            static (turn, token) => ((TaskCompletionSource)turn!).TrySetCanceled(token), turn);
        await turn.Task.ConfigureAwait(false);
    }
}
