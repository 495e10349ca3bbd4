using System.Diagnostics;
using System.Globalization;

namespace EventSourcing.Sqlite;

/// <summary>
/// Admits one writer of this process to a database file: the writer's thread for each group, a store transaction from its begin to its
/// end. First come, first served. For a database in memory, readers hold the gate too while a transaction is open.
/// </summary>
internal sealed class FileGate
{
    // The writer leaves a moment after its saves have ended. A caller that doesn't want to wait would still find it there.
    private const int ShortestWait = 100;

    private readonly Lock _sync = new();
    private readonly Queue<GateTurn> _waiting = new();
    private bool _isTaken;
    private long _transactionBegan;

    /// <summary>Whether the gate is held at the moment.</summary>
    public bool IsTaken
    {
        get
        {
            lock (_sync)
            {
                return _isTaken;
            }
        }
    }

    /// <summary>Takes the gate if it is free.</summary>
    public bool TryEnter()
    {
        lock (_sync)
        {
            if (_isTaken)
            {
                return false;
            }

            _transactionBegan = 0;
            return _isTaken = true;
        }
    }

    /// <summary>Takes the gate, or a place in its queue.</summary>
    /// <param name="granted">Called by the holder that hands the gate over.</param>
    /// <param name="isTransaction">Whether its owner decides how long it is held.</param>
    public GateTurn Queue(Action? granted = null, bool isTransaction = false)
    {
        var turn = new GateTurn(granted, isTransaction);
        lock (_sync)
        {
            if (_isTaken)
            {
                _waiting.Enqueue(turn);
            }
            else
            {
                turn.TryGrant();
                Take(turn);
            }
        }

        return turn;
    }

    /// <summary>Takes the gate, at once if it is free.</summary>
    public async ValueTask EnterAsync(CancellationToken cancellationToken = default) =>
        await EnterAsync(Timeout.Infinite, isTransaction: false, cancellationToken).ConfigureAwait(false);

    /// <summary>Takes the gate, at once if it is free.</summary>
    /// <exception cref="TransientStoreException">The gate was not free in time.</exception>
    public async ValueTask EnterAsync(int timeout, bool isTransaction, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var turn = Queue(isTransaction: isTransaction);
        if (turn.IsGranted)
        {
            return;
        }

        try
        {
            var wait = timeout == Timeout.Infinite ? timeout : Math.Max(timeout, ShortestWait);
            await turn.Task.WaitAsync(TimeSpan.FromMilliseconds(wait), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            if (exception is TimeoutException)
            {
                var busy = Busy();
                if (turn.TryGiveUp())
                {
                    throw busy;
                }
            }
            else
            {
                if (!turn.TryGiveUp())
                {
                    Exit();
                }

                throw;
            }
        }
    }

    /// <summary>Takes the gate, and blocks the thread until then: for dedicated threads.</summary>
    public void Enter()
    {
        var turn = Queue();
        if (!turn.IsGranted)
        {
            turn.Task.GetAwaiter().GetResult();
        }
    }

    /// <summary>Hands the gate to the next waiting caller.</summary>
    public void Exit()
    {
        GateTurn? next;
        lock (_sync)
        {
            // False for a caller that has stopped waiting.
            while (_waiting.TryDequeue(out next) && !next.TryGrant())
            {
            }

            if (next is null)
            {
                _isTaken = false;
                return;
            }

            Take(next);
        }

        next.Tell();
    }

    /// <summary>Creates the exception for a caller that has waited too long. It says what held the gate.</summary>
    public TransientStoreException Busy()
    {
        lock (_sync)
        {
            return new TransientStoreException(_transactionBegan == 0
                ? "The writer of this process holds the database, possibly because it waits for another process. Nothing was written."
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"A transaction of this process that was begun {Stopwatch.GetElapsedTime(_transactionBegan).TotalSeconds:0.#} s ago holds the database, and no other transaction can write before it ends. Nothing was written."));
        }
    }

    private void Take(GateTurn turn)
    {
        _isTaken = true;
        _transactionBegan = turn.IsTransaction ? Stopwatch.GetTimestamp() : 0;
    }
}

/// <summary>A place in the queue of a <see cref="FileGate"/>.</summary>
internal sealed class GateTurn(Action? granted, bool isTransaction)
{
    private readonly TaskCompletionSource<bool> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsTransaction => isTransaction;

    /// <summary>The task that ends when the gate is entered.</summary>
    public Task Task => _ended.Task;

    public bool IsGranted => _ended.Task is { IsCompletedSuccessfully: true, Result: true };

    /// <summary>Stops the wait. False if the gate was entered meanwhile; the caller then has to leave it.</summary>
    public bool TryGiveUp() => _ended.TrySetResult(false);

    public bool TryGrant() => _ended.TrySetResult(true);

    public void Tell() => granted?.Invoke();
}
