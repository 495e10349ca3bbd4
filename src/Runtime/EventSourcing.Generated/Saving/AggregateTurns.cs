namespace EventSourcing;

/// <summary>
/// Lets callers that retry after a conflict take turns at an aggregate, in the order of arrival, so that they don't conflict with each
/// other again. Turns only save work: the stored versions decide what is correct. So a caller continues without its turn if that takes too
/// long, for instance because two callers wait for each other. Thread safe.
/// </summary>
internal sealed class AggregateTurns<TKey>
    where TKey : notnull
{
    private readonly Lock _sync = new();
    private readonly Dictionary<TKey, LinkedList<TaskCompletionSource>> _waiting = [];

    // The turns of this flow: a command may call another one of the same aggregate.
    private readonly AsyncLocal<Turn?> _flow = new();

    /// <summary>Waits for the turn.</summary>
    /// <param name="key">The aggregate's id.</param>
    /// <param name="longest">How long to wait.</param>
    /// <param name="time">Measures it.</param>
    /// <param name="cancellationToken">Cancels the wait. The caller then has no turn.</param>
    /// <returns>The turn, to pass to <see cref="Enter"/> and dispose of; null if the flow has it, or if it took too long.</returns>
    public async ValueTask<Turn?> TakeAsync(TKey key, TimeSpan longest, TimeProvider time, CancellationToken cancellationToken)
    {
        for (var held = _flow.Value; held is not null; held = held.Outer)
        {
            if (held.Key.Equals(key))
            {
                return null;
            }
        }

        LinkedListNode<TaskCompletionSource> mine;
        lock (_sync)
        {
            if (!_waiting.TryGetValue(key, out var waiting))
            {
                _waiting.Add(key, []);
                return new Turn(this, key);
            }

            mine = waiting.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        try
        {
            await mine.Value.Task.WaitAsync(longest, time, cancellationToken).ConfigureAwait(false);
            return new Turn(this, key);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            lock (_sync)
            {
                if (mine.List is { } waiting)
                {
                    waiting.Remove(mine);
                }
                else if (exception is TimeoutException)
                {
                    return new Turn(this, key); // it came just now
                }
                else
                {
                    Release(key);
                }
            }

            if (exception is TimeoutException)
            {
                return null;
            }

            throw;
        }
    }

    /// <summary>Notes that this flow has the turn. Not async: a value set in an async method doesn't reach its caller.</summary>
    public void Enter(Turn? turn)
    {
        if (turn is null)
        {
            return;
        }

        turn.Outer = _flow.Value;
        _flow.Value = turn;
    }

    /// <summary>Gives the turn to the next caller. Call it under the lock.</summary>
    private void Release(TKey key)
    {
        var waiting = _waiting[key];
        if (waiting.First is { } next)
        {
            waiting.RemoveFirst();
            next.Value.SetResult();
        }
        else
        {
            _waiting.Remove(key);
        }
    }

    public sealed class Turn(AggregateTurns<TKey> turns, TKey key) : IDisposable
    {
        public TKey Key => key;

        public Turn? Outer { get; set; }

        public void Dispose()
        {
            lock (turns._sync)
            {
                turns.Release(key);
            }
        }
    }
}
