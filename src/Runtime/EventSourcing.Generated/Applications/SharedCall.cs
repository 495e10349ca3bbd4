namespace EventSourcing;

/// <summary>A question that many may ask at once: those who ask while it is being asked get the answer of the next time. Thread safe.</summary>
internal sealed class SharedCall<TResult>
{
    private readonly Lock _sync = new();
    private List<TaskCompletionSource<TResult>>? _waiting;

    /// <summary>Asks, or waits for the answer that others ask for.</summary>
    /// <param name="call">Asks.</param>
    /// <param name="cancellationToken">Ends it for this caller alone.</param>
    public async Task<TResult> RunAsync(Func<CancellationToken, ValueTask<TResult>> call, CancellationToken cancellationToken)
    {
        TaskCompletionSource<TResult>? turn = null;
        lock (_sync)
        {
            if (_waiting is null)
                _waiting = [];
            else
                _waiting.Add(turn = new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        if (turn is not null)
            return await turn.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await call(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            StartNext(call);
        }
    }

    private void StartNext(Func<CancellationToken, ValueTask<TResult>> call)
    {
        TaskCompletionSource<TResult>[] together;
        lock (_sync)
        {
            together = [.. _waiting!];
            _waiting = together.Length == 0 ? null : [];
        }

        if (together.Length == 0)
            return;
        using (ExecutionContext.SuppressFlow())
            _ = Task.Run(() => RunTogetherAsync(call, together), CancellationToken.None);
    }

    private async Task RunTogetherAsync(Func<CancellationToken, ValueTask<TResult>> call, TaskCompletionSource<TResult>[] together)
    {
        Action<TaskCompletionSource<TResult>> answer;
        try
        {
            var result = await call(CancellationToken.None).ConfigureAwait(false);
            answer = turn => turn.TrySetResult(result);
        }
        catch (Exception failure)
        {
            answer = turn => turn.TrySetException(failure);
        }
        finally
        {
            StartNext(call);
        }

        await Crowd.ForEachAsync(together, answer).ConfigureAwait(false);
    }
}
