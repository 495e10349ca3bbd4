using System.ComponentModel;
using System.Data;
using EventSourcing.Recording;
using Npgsql;

namespace EventSourcing.PostgreSql;

public partial class PostgreSqlRecorder<TKey> : ITrackingRecorder
{
    private readonly TrackingTable _tracking;

    /// <inheritdoc/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public ITrackingRecorder Tracking => this;

    async ValueTask<long?> ITrackingRecorder.GetPositionAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await QueryAsync(
                _tracking.SelectPosition, [new NpgsqlParameter<string> { TypedValue = name }],
                (command, _, token) => _tracking.ReadAsync(command, token), cancellationToken).ConfigureAwait(false);
        }
        catch (StoreException exception) when (exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.UndefinedTable })
        {
            return null;
        }
        catch (StoreException exception) when (exception.InnerException is PostgresException error && _tracking.Explain(error) is StoreException explained)
        {
            throw explained;
        }
    }

    async ValueTask ITrackingRecorder.EnsureSchemaAsync(CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken).ConfigureAwait(false);
        await CreatorFailure.UnwrapAsync(OnConnectionAsync(
            async connection =>
            {
                await _tracking.EnsureAsync(connection, _transactions.WriteLockTimeout, cancellationToken).ConfigureAwait(false);
                return true;
            },
            cancellationToken)).ConfigureAwait(false);
    }

    async ValueTask<bool> ITrackingRecorder.MigrateAsync(CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken).ConfigureAwait(false);
        return await CreatorFailure.UnwrapAsync(OnConnectionAsync(
            connection => _tracking.MigrateAsync(connection, _transactions.WriteLockTimeout, cancellationToken), cancellationToken)).ConfigureAwait(false);
    }

    AppendWatch ITrackingRecorder.Watch()
    {
        _opening.ThrowIfClosed();
        return _listener.Tracked.Watch();
    }
}
