using System.Diagnostics;
using System.Globalization;

namespace EventSourcing.Sqlite;

/// <summary>
/// A writer to a database file of this process holds its gate: the writer's thread for each group, a store transaction
/// from its begin to its end. First come, first served. Of a database in memory, readers hold it too while a transaction is open.
/// </summary>
internal sealed class FileGate
{
    // The writer leaves a moment after its saves have ended: who doesn't want to wait at all would meet it there.
    private const int ShortestWait = 100;

    private readonly Lock _sync = new();
    private readonly Queue<GateTurn> _waiting = new();
    private bool _isTaken;
    private long _transactionBegan;

    /// <summary>Whether it is held just now.</summary>
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

    /// <summary>Takes the gate when it is free.</summary>
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

    /// <summary>Takes the gate, or a place in the queue before it.</summary>
    /// <param name="granted">Called by the holder that lets the waiting one in.</param>
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

    /// <summary>Takes the gate, at once when it is free.</summary>
    public async ValueTask EnterAsync(CancellationToken cancellationToken = default) =>
        await EnterAsync(Timeout.Infinite, isTransaction: false, cancellationToken).ConfigureAwait(false);

    /// <summary>Takes the gate, at once when it is free.</summary>
    /// <exception cref="TransientStoreException">It was not free in time.</exception>
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

    /// <summary>Takes the gate, blocking the thread: for threads of their own.</summary>
    public void Enter()
    {
        var turn = Queue();
        if (!turn.IsGranted)
        {
            turn.Task.GetAwaiter().GetResult();
        }
    }

    /// <summary>Hands the gate to the next who waits.</summary>
    public void Exit()
    {
        GateTurn? next;
        lock (_sync)
        {
            // False for one that has given up meanwhile.
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

    /// <summary>Says what held the gate, to a caller that has waited long enough.</summary>
    public TransientStoreException Busy()
    {
        lock (_sync)
        {
            return new TransientStoreException(_transactionBegan == 0
                ? "The writer of this process holds the database: perhaps it waits for another process. Nothing was written."
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"A transaction of this process that was begun {Stopwatch.GetElapsedTime(_transactionBegan).TotalSeconds:0.#} s ago holds the database, and no other can write before it ends. Nothing was written."));
        }
    }

    private void Take(GateTurn turn)
    {
        _isTaken = true;
        _transactionBegan = turn.IsTransaction ? Stopwatch.GetTimestamp() : 0;
    }
}

/// <summary>A place in the queue before a <see cref="FileGate"/>.</summary>
internal sealed class GateTurn(Action? granted, bool isTransaction)
{
    private readonly TaskCompletionSource<bool> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsTransaction => isTransaction;

    /// <summary>Ends when the gate is entered.</summary>
    public Task Task => _ended.Task;

    public bool IsGranted => _ended.Task is { IsCompletedSuccessfully: true, Result: true };

    /// <summary>False when the gate was entered meanwhile, and is to be left.</summary>
    public bool TryGiveUp() => _ended.TrySetResult(false);

    public bool TryGrant() => _ended.TrySetResult(true);

    public void Tell() => granted?.Invoke();
}
