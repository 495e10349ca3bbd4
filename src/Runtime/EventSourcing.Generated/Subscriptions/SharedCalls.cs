namespace EventSourcing;

/// <summary>
/// Shares calls that many callers make at once. A caller that comes during a call for the same question gets the answer of the next call,
/// together with others. Thread safe.
/// </summary>
/// <typeparam name="TQuestion">Identifies a question.</typeparam>
/// <typeparam name="TAnswer">The answer.</typeparam>
/// <param name="together">Asks for several callers.</param>
internal sealed class SharedCalls<TQuestion, TAnswer>(Func<TQuestion, ValueTask<TAnswer>> together)
    where TQuestion : notnull
{
    private readonly Lock _sync = new();

    // The callers that wait for the next call, for each question under way.
    private readonly Dictionary<TQuestion, List<TaskCompletionSource<TAnswer>>> _waiting = [];

    /// <summary>Asks, or waits for the answer of the next call.</summary>
    /// <param name="question">The question.</param>
    /// <param name="alone">Asks for this caller alone, if no call is under way.</param>
    /// <param name="cancellationToken">Cancels the call for this caller alone.</param>
    public async ValueTask<TAnswer> AskAsync(TQuestion question, Func<ValueTask<TAnswer>> alone, CancellationToken cancellationToken)
    {
        TaskCompletionSource<TAnswer>? turn = null;
        lock (_sync)
        {
            if (_waiting.TryGetValue(question, out var waiting))
            {
                waiting.Add(turn = new(TaskCreationOptions.RunContinuationsAsynchronously));
            }
            else
            {
                _waiting.Add(question, []);
            }
        }

        if (turn is not null)
        {
            return await turn.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        try
        {
            return await alone().ConfigureAwait(false);
        }
        finally
        {
            StartNext(question);
        }
    }

    /// <summary>Asks for the callers that came meanwhile.</summary>
    private void StartNext(TQuestion question)
    {
        TaskCompletionSource<TAnswer>[] turns;
        lock (_sync)
        {
            turns = [.. _waiting[question]];
            if (turns.Length == 0)
            {
                _waiting.Remove(question);
            }
            else
            {
                _waiting[question].Clear();
            }
        }

        // Without the execution context of any of them.
        if (turns.Length > 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(_ => _ = AskTogetherAsync(question, turns), null);
        }
    }

    private async Task AskTogetherAsync(TQuestion question, TaskCompletionSource<TAnswer>[] turns)
    {
        Action<TaskCompletionSource<TAnswer>> give;
        try
        {
            var answer = await together(question).ConfigureAwait(false);
            give = turn => turn.TrySetResult(answer);
        }
        catch (Exception failure)
        {
            give = turn => turn.TrySetException(failure);
        }
        finally
        {
            StartNext(question);
        }

        await Crowd.ForEachAsync(turns, give).ConfigureAwait(false);
    }
}
