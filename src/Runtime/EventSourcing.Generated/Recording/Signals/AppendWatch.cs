using System.ComponentModel;

namespace EventSourcing.Recording;

/// <summary>
/// Waits for the appends of a recorder, in this process and in others. It gives only hints: a hint may come without an event, and a
/// waiting reader polls after a while in any case. For one reader at a time.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class AppendWatch : IDisposable
{
    private readonly AppendSignal _signal;

    // Keeps a hint that comes while the reader reads, so that none is lost between a read and the next wait.
    private readonly SemaphoreSlim _hints = new(0, 1);
    private int _isSet;

    internal AppendWatch(AppendSignal signal) => _signal = signal;

    /// <summary>Waits for a hint; returns at once if one has come since the last wait.</summary>
    /// <param name="atMost">How long to wait for it.</param>
    /// <param name="timeProvider">Measures the time.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>Whether a hint came.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public async ValueTask<bool> WaitAsync(TimeSpan atMost, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(atMost, timeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            await WaitAsync(both.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Waits for a hint without a time limit; returns at once if one has come since the last wait.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    internal async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        await _hints.WaitAsync(cancellationToken).ConfigureAwait(false);
        Volatile.Write(ref _isSet, 0);
    }

    /// <summary>Ends the watch.</summary>
    public void Dispose() => _signal.Remove(this);

    internal void Set()
    {
        if (Interlocked.Exchange(ref _isSet, 1) == 0)
        {
            _hints.Release();
        }
    }
}
