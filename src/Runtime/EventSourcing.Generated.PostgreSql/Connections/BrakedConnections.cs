using EventSourcing.Recording;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>
/// Slows down the requests for connections of a source while they can't be opened: one caller tries, after a pause, and the others wait for the
/// outcome. Otherwise all callers together would open thousands of connections a second to a server that is just starting.
/// </summary>
/// <param name="source">The source of the connections.</param>
/// <param name="time">Measures the pauses.</param>
internal sealed class BrakedConnections(ConnectionSource source, TimeProvider time) : ConnectionSource
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(250);

    private readonly Lock _sync = new();
    private TimeSpan _pause = ShortestPause;
    private long _failedAt;
    private volatile bool _isFailing;
    private Task<NpgsqlConnection>? _trying;

    public override bool IsShared => source.IsShared;

    public override ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) =>
        _isFailing ? new(OpenInTurnAsync(cancellationToken)) : OpenNowAsync(cancellationToken);

    public override ValueTask CloseAsync(NpgsqlConnection connection) => source.CloseAsync(connection);

    public override void Clear(NpgsqlConnection connection) => source.Clear(connection);

    public override ValueTask DisposeAsync() => source.DisposeAsync();

    private async ValueTask<NpgsqlConnection> OpenNowAsync(CancellationToken cancellationToken)
    {
        try
        {
            var connection = await source.OpenAsync(cancellationToken).ConfigureAwait(false);
            if (_isFailing)
            {
                _isFailing = false;
            }

            return connection;
        }
        catch (Exception exception) when (exception is CreatorFailure || PostgreSqlErrors.IsOfConnection(exception))
        {
            lock (_sync)
            {
                _pause = !_isFailing ? ShortestPause : _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
                (_isFailing, _failedAt) = (true, time.GetTimestamp());
            }

            throw;
        }
    }

    private async Task<NpgsqlConnection> OpenInTurnAsync(CancellationToken cancellationToken)
    {
        while (_isFailing)
        {
            Task<NpgsqlConnection> trying;
            bool isMine;
            lock (_sync)
            {
                isMine = _trying is null;
                trying = _trying ??= TryAsync(cancellationToken);
            }

            if (isMine)
            {
                return await trying.ConfigureAwait(false);
            }

            try
            {
                await ((Task)trying).WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The caller that tried has cancelled, which says nothing about the server.
            }
        }

        return await OpenNowAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<NpgsqlConnection> TryAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Not under the lock of the caller.
            await Task.Yield();
            var pause = _pause - time.GetElapsedTime(_failedAt);
            if (pause > TimeSpan.Zero)
            {
                await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
            }

            return await OpenNowAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lock (_sync)
            {
                _trying = null;
            }
        }
    }
}
