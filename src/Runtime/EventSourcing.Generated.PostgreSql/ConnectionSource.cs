using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>Where connections of one kind come from, and where they go back to. Thread safe.</summary>
internal abstract class ConnectionSource : IAsyncDisposable
{
    /// <summary>An open connection, to be given back by <see cref="CloseAsync"/>.</summary>
    /// <exception cref="CreatorFailure">The user's creator of connections has thrown.</exception>
    internal abstract ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken);

    /// <summary>Takes a connection back, and rolls back what is open on it.</summary>
    internal abstract ValueTask CloseAsync(NpgsqlConnection connection);

    /// <summary>Drops a connection that was lost, when it comes back, and all that are idle: what ended it has most likely ended them.</summary>
    internal abstract void Clear(NpgsqlConnection connection);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}

/// <summary>Connections of a data source, out of the pool of the driver.</summary>
internal sealed class DriverConnections(NpgsqlDataSource dataSource, bool isOwner) : ConnectionSource
{
    internal override ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) => dataSource.OpenConnectionAsync(cancellationToken);

    internal override ValueTask CloseAsync(NpgsqlConnection connection) => connection.DisposeAsync();

    internal override void Clear(NpgsqlConnection connection) => NpgsqlConnection.ClearPool(connection);

    public override ValueTask DisposeAsync() => isOwner ? dataSource.DisposeAsync() : default;
}

/// <summary>Connections of a data source that the user's creator is asked for when the first one is needed, and not again.</summary>
internal sealed class CreatedDataSource(Func<CancellationToken, ValueTask<NpgsqlDataSource>> create) : ConnectionSource
{
    private readonly SemaphoreSlim _asking = new(1, 1);
    private volatile NpgsqlDataSource? _dataSource;

    internal override async ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var dataSource = _dataSource ?? await AskAsync(cancellationToken).ConfigureAwait(false);
        return await dataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
    }

    internal override ValueTask CloseAsync(NpgsqlConnection connection) => connection.DisposeAsync();

    internal override void Clear(NpgsqlConnection connection) => NpgsqlConnection.ClearPool(connection);

    // The data source stays its creator's.
    public override ValueTask DisposeAsync() => default;

    private async Task<NpgsqlDataSource> AskAsync(CancellationToken cancellationToken)
    {
        await _asking.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_dataSource is { } known)
            {
                return known;
            }

            Task<NpgsqlDataSource>? asking = null;
            _ = Background.Start(() => asking = Task.Run(() => CreatorFailure.AskAsync(create, cancellationToken), CancellationToken.None));
            var asked = await asking!.WaitAsync(cancellationToken).ConfigureAwait(false);
            PostgreSqlConnections.ThrowIfMultiplexing(new NpgsqlConnectionStringBuilder(asked.ConnectionString));
            return _dataSource = asked;
        }
        finally
        {
            _asking.Release();
        }
    }
}
