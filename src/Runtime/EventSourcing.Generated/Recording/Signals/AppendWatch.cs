using System.ComponentModel;

namespace EventSourcing;

/// <summary>
/// Waits for the appends of a recorder, in this process and in others. It gives hints only: one may come without an event, and
/// a waiting reader looks again after a while all the same. For one reader at a time.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class AppendWatch : IDisposable
{
    private readonly AppendSignal _signal;

    // Keeps a hint that comes while the reader is reading, so that none is lost between a read and the wait after it.
    private readonly SemaphoreSlim _hints = new(0, 1);
    private int _isSet;

    internal AppendWatch(AppendSignal signal) => _signal = signal;

    /// <summary>Waits for a hint; returns at once when one has come since the last wait.</summary>
    /// <param name="atMost">How long to wait for it.</param>
    /// <param name="timeProvider">Measures the time.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Whether a hint came.</returns>
    /// <exception cref="OperationCanceledException">The waiting was ended.</exception>
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

    /// <summary>Waits for a hint, however long; returns at once when one has come since the last wait.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="OperationCanceledException">The waiting was ended.</exception>
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
