using System.Runtime.CompilerServices;

namespace EventSourcing.Recording;

/// <summary>The connection: opened when needed, abandoned when it answers too late, dropped when it is lost.</summary>
internal sealed partial class GroupAppender<TKey>
{
    /// <summary>
    /// Waits for work of the connection, and after a while abandons both. The work isn't cancelled, because the database handles a commit as a whole
    /// in any case.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WaitAsync(Task work, TimeSpan limit)
    {
        if (!work.IsCompleted)
        {
            try
            {
                await work.WaitAsync(limit, Time).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                if (!work.IsCompleted)
                {
                    var connection = _connection!;
                    _connection = null;
                    _ = DisposeWhenEndedAsync(work, connection);
                    throw;
                }
            }
        }

        await work.ConfigureAwait(false);
    }

    /// <summary>Opens the connection that writes; retries until the saves' time is over. False when no save is left.</summary>
    private async Task<bool> TryConnectAsync(List<QueuedSave<TKey>> saves, Exception? last)
    {
        var pause = TimeSpan.FromMilliseconds(10);
        while (RemoveExpired(saves, last))
        {
            try
            {
                _connection = await ConnectAsync(SaveTimes.Min(_times.Patience, Remaining(saves))).ConfigureAwait(false);
                return true;
            }
            catch (Exception exception) when (exception is OperationCanceledException or TimeoutException || _engine.IsExpected(exception))
            {
                last = exception;
                if (exception is not (OperationCanceledException or TimeoutException) && (_engine.IsLockHeld(exception) || !_engine.IsTransient(exception)))
                {
                    FailAll(saves, _engine.ToException(exception));
                    return false;
                }
            }
            catch (CreatorFailure failure)
            {
                FailAll(saves, failure.Original);
                return false;
            }

            await PauseAsync(SaveTimes.Min(pause, Remaining(saves))).ConfigureAwait(false);
            pause = SaveTimes.Min(pause * 2, TimeSpan.FromMilliseconds(250));
        }

        return false;
    }

    private async Task<AppendConnection<TKey>> ConnectAsync(TimeSpan limit)
    {
        using var cancellation = new CancellationTokenSource(limit, Time);
        var connecting = _engine.OpenAsync(cancellation.Token);
        try
        {
            // The driver may need a while to end cancelled work on a connection that doesn't answer.
            return await connecting.WaitAsync(limit, Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _ = DisposeWhenOpenedAsync(connecting);
            throw;
        }
    }

    /// <param name="isLost">Whether the pool must not return it again, although it is open.</param>
    private async ValueTask DropAsync(bool isLost = false)
    {
        if (_connection is { } connection)
        {
            _connection = null;
            if (isLost)
            {
                connection.Clear();
            }

            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async Task DisposeWhenEndedAsync(Task work, IAsyncDisposable connection)
    {
        await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await connection.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Returns a connection that no caller waits for any more, once it is open.</summary>
    private static async Task DisposeWhenOpenedAsync(Task<AppendConnection<TKey>> opening)
    {
        await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (opening.IsCompletedSuccessfully)
        {
            await (await opening.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }
    }
}
