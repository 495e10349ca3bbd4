namespace EventSourcing;

/// <summary>
/// The first attempts that are under way of work that is repeated after a conflict. They have no turn at an aggregate yet, as it isn't known
/// which ones they will save, and so they can be in the way of those who have one. Thread safe.
/// </summary>
internal sealed class FirstAttempts
{
    private const int LongestWait = 1000; // milliseconds

    private readonly Lock _sync = new();
    private readonly HashSet<TaskCompletionSource> _underWay = [];

    /// <summary>Begins one, to be given to <see cref="End"/>.</summary>
    public TaskCompletionSource Begin()
    {
        var attempt = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_sync)
        {
            _underWay.Add(attempt);
        }

        return attempt;
    }

    /// <summary>Ends one, however it went.</summary>
    public void End(TaskCompletionSource attempt)
    {
        lock (_sync)
        {
            _underWay.Remove(attempt);
        }

        attempt.TrySetResult();
    }

    /// <summary>Waits until those that are under way have ended; not long, as one of them may be waiting for the caller.</summary>
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
