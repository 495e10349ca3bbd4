namespace EventSourcing.PostgreSql;

/// <summary>
/// Work of the driver that its caller needs not wait for to the end. The driver sends its requests to cancel on the thread that cancels, and
/// waits there until it has connected: on a server that says nothing that takes seconds, and timers or the thread pool would stand still.
/// So each is sent on a thread of its own.
/// </summary>
internal static class DriverWork
{
    private const int StackSize = 256 << 10;

    /// <summary>Waits for work; no longer than the limit, and not when the token is cancelled. Then the work is cancelled, and goes on to its end by itself.</summary>
    /// <param name="work">The work. What it holds, it has to give back itself.</param>
    /// <param name="limit">How long to wait.</param>
    /// <param name="time">Measures it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="TimeoutException">It took too long.</exception>
    public static async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> work, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var cancellation = new CancellationTokenSource();
        var running = work(cancellation.Token);
        try
        {
            var result = await running.WaitAsync(limit, time, cancellationToken).ConfigureAwait(false);
            cancellation.Dispose();
            return result;
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException && !running.IsCompleted)
        {
            Cancel(running, cancellation);
            throw;
        }
    }

    /// <summary>Cancels work that no caller waits for any more.</summary>
    public static void Cancel(Task work, CancellationTokenSource cancellation)
    {
        _ = work.ContinueWith(static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        var thread = new Thread(
            static source =>
            {
                try
                {
                    ((CancellationTokenSource)source!).Cancel();
                }
                catch (AggregateException)
                {
                    // How the work ends is of no interest any more.
                }
            },
            StackSize)
        {
            IsBackground = true,
            Name = "EventSourcing cancellation",
        };
        thread.UnsafeStart(cancellation);
    }
}
