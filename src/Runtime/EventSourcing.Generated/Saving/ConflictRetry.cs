namespace EventSourcing;

/// <summary>
/// Retries work that ends in a conflict. After a conflict, the callers of a store take turns at the aggregate. Thread safe.
/// </summary>
/// <param name="options">The clock, and how long a caller waits for its turn.</param>
internal sealed class ConflictRetry<TKey>(EventStoreOptions options)
    where TKey : notnull
{
    private const int PauseStep = 10; // milliseconds

    private readonly AggregateTurns<TKey> _turns = new();
    private readonly FirstAttempts _firstAttempts = new();

    /// <summary>Runs work, and retries it after a conflict. Before each retry it waits for its turn.</summary>
    /// <param name="work">The work; it is told whether this is the last attempt.</param>
    /// <param name="canRepeat">Called after a conflict: whether the work can run again; null for always.</param>
    /// <param name="maxAttempts">How often it may run, at least once.</param>
    /// <param name="cancellationToken">Passed to the work; also cancels the pauses.</param>
    public async ValueTask<TResult> RunAsync<TResult>(
        Func<bool, CancellationToken, ValueTask<TResult>> work, Func<bool>? canRepeat, int maxAttempts, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxAttempts, 1);
        AggregateTurns<TKey>.Turn? turn = null;
        var first = maxAttempts > 1 ? _firstAttempts.Begin() : null;
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    return await work(attempt == maxAttempts, cancellationToken).ConfigureAwait(false);
                }
                catch (Exception failure) when (Conflicts.IsOne(failure) && attempt < maxAttempts && canRepeat?.Invoke() is not false)
                {
                    // The first retry is immediate, because most conflicts are over by then. Later retries are spread out.
                    EndFirst();
                    var pause = TimeSpan.FromMilliseconds((attempt - 1) * PauseStep * (0.5 + Random.Shared.NextDouble()));
                    await Task.Delay(pause, options.TimeProvider, cancellationToken).ConfigureAwait(false);
                    if (attempt > 1)
                    {
                        await _firstAttempts.WaitAsync(options.TimeProvider, cancellationToken).ConfigureAwait(false);
                    }

                    if (turn is null && failure is ConcurrencyException { AggregateId: TKey key })
                    {
                        turn = await TakeTurnAsync(key, cancellationToken).ConfigureAwait(false);
                        _turns.Enter(turn);
                    }
                }
            }
        }
        finally
        {
            EndFirst();
            turn?.Dispose();
        }

        void EndFirst()
        {
            if (first is not null)
            {
                _firstAttempts.End(first);
            }

            first = null;
        }
    }

    /// <summary>As <see cref="RunAsync"/>, for work on one aggregate: it also waits for its turn before the first attempt.</summary>
    public async ValueTask<TResult> RunOnAsync<TResult>(
        TKey key, Func<bool, CancellationToken, ValueTask<TResult>> work, int maxAttempts, CancellationToken cancellationToken)
    {
        using var turn = await TakeTurnAsync(key, cancellationToken).ConfigureAwait(false);
        _turns.Enter(turn);
        return await RunAsync(work, null, maxAttempts, cancellationToken).ConfigureAwait(false);
    }

    private ValueTask<AggregateTurns<TKey>.Turn?> TakeTurnAsync(TKey key, CancellationToken cancellationToken) =>
        _turns.TakeAsync(key, options.LockTimeout, options.TimeProvider, cancellationToken);
}
