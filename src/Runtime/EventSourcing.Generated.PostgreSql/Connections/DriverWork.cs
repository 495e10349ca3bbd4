namespace EventSourcing.PostgreSql;

/// <summary>
/// Work of the driver whose end its caller needs not await. The driver sends its requests to cancel on the thread that cancels, and waits there
/// until it has connected. If the server doesn't answer, that takes seconds, and would block timers or the thread pool. So each request is sent
/// on a thread of its own.
/// </summary>
internal static class DriverWork
{
    private const int StackSize = 256 << 10;

    /// <summary>Waits for work, until the limit or the cancellation. Then the work is cancelled, and continues to its end by itself.</summary>
    /// <param name="work">The work. It has to release everything that it holds.</param>
    /// <param name="limit">How long to wait.</param>
    /// <param name="time">Measures the limit.</param>
    /// <param name="cancellationToken">Cancels the work. The call doesn't wait for its end.</param>
    /// <exception cref="TimeoutException">The limit is over.</exception>
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
                    // The outcome of the work is of no interest any more.
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
