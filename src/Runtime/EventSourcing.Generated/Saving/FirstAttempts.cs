namespace EventSourcing;

/// <summary>
/// The first attempts under way of work that is retried after a conflict. They have no turn at an aggregate yet, because it isn't known
/// which aggregates they will save. So they can conflict with callers that have a turn. Thread safe.
/// </summary>
internal sealed class FirstAttempts
{
    private const int LongestWait = 1000; // milliseconds

    private readonly Lock _sync = new();
    private readonly HashSet<TaskCompletionSource> _underWay = [];

    /// <summary>Begins an attempt, to be passed to <see cref="End"/>.</summary>
    public TaskCompletionSource Begin()
    {
        var attempt = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_sync)
        {
            _underWay.Add(attempt);
        }

        return attempt;
    }

    /// <summary>Ends an attempt, whatever its outcome.</summary>
    public void End(TaskCompletionSource attempt)
    {
        lock (_sync)
        {
            _underWay.Remove(attempt);
        }

        attempt.TrySetResult();
    }

    /// <summary>Waits until the attempts under way have ended; not long, because one of them may wait for the caller.</summary>
    public async Task WaitAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        Task all;
        lock (_sync)
        {
            all = Task.WhenAll(_underWay.Select(static attempt => attempt.Task));
        }

        await all.WaitAsync(TimeSpan.FromMilliseconds(LongestWait), time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }
}
