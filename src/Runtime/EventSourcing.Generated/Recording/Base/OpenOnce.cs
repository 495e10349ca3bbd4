namespace EventSourcing.Recording;

/// <summary>
/// The opening and the closing of a recorder, each done once and never at the same time. An opening that fails is tried again by the next
/// call. Thread safe.
/// </summary>
internal sealed class OpenOnce
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile bool _isOpen;
    private volatile bool _isClosed;

    /// <summary>Whether it was opened. It may be closed since: see <see cref="ThrowIfClosed"/>.</summary>
    public bool IsOpen => _isOpen;

    /// <exception cref="ObjectDisposedException">The recorder is closed, or is being closed.</exception>
    public void ThrowIfClosed() => ClosedStore.ThrowIf(_isClosed);

    /// <summary>Opens the recorder, unless it is open.</summary>
    /// <param name="open">Opens it. After an exception it has to hold nothing.</param>
    /// <param name="cancellationToken">Cancels the wait for another caller that opens.</param>
    /// <exception cref="ObjectDisposedException">The recorder is closed.</exception>
    public async ValueTask OpenAsync(Func<ValueTask> open, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ThrowIfClosed();
            if (!_isOpen)
            {
                await open().ConfigureAwait(false);
                _isOpen = true;
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Closes the recorder. A second call also returns only when it is closed.</summary>
    /// <param name="close">Closes it, whether it was opened or not.</param>
    public async ValueTask CloseAsync(Func<ValueTask> close)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (!_isClosed)
            {
                _isClosed = true;
                await close().ConfigureAwait(false);
            }
        }
        finally
        {
            _turn.Release();
        }
    }
}
