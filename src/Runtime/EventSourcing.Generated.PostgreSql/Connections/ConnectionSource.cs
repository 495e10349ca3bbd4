using EventSourcing.Recording;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>The source of connections of one kind, to which they are returned. Thread safe.</summary>
internal abstract class ConnectionSource : IAsyncDisposable
{
    /// <summary>Whether other parts of the program also get connections from it.</summary>
    public virtual bool IsShared => false;

    /// <summary>Opens a connection, to be returned by <see cref="CloseAsync"/>.</summary>
    /// <exception cref="CreatorFailure">The user's creator of connections threw an exception.</exception>
    public abstract ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken);

    /// <summary>Takes a connection back, and rolls back its open transaction.</summary>
    public virtual ValueTask CloseAsync(NpgsqlConnection connection) => connection.DisposeAsync();

    /// <summary>Drops a lost connection when it is returned, and all idle ones, which are most likely lost too.</summary>
    public abstract void Clear(NpgsqlConnection connection);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    /// <summary>
    /// Opens a connection outside a System.Transactions transaction of the caller, in which a data source of the user's would enlist.
    /// </summary>
    protected static ValueTask<NpgsqlConnection> OpenOutsideAsync(NpgsqlDataSource dataSource, CancellationToken cancellationToken) =>
        System.Transactions.Transaction.Current is null
            ? dataSource.OpenConnectionAsync(cancellationToken)
            : new(Background.Start(() => Task.Run(() => dataSource.OpenConnectionAsync(cancellationToken).AsTask(), CancellationToken.None)));

    /// <summary>Disposes of a connection. Throws nothing.</summary>
    public static Task DropAsync(IAsyncDisposable connection) => QuietlyAsync(connection.DisposeAsync());

    /// <summary>Disposes of a connection that no caller waits for any more, once it is open. Throws nothing.</summary>
    public static async Task DropWhenOpenedAsync<T>(Task<T> opening)
        where T : IAsyncDisposable
    {
        await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (opening.IsCompletedSuccessfully)
        {
            await DropAsync(await opening.ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until a connection is closed. Throws nothing.</summary>
    public static async Task QuietlyAsync(ValueTask closing)
    {
        try
        {
            await closing.ConfigureAwait(false);
        }
        catch (Exception exception) when (PostgreSqlErrors.IsOfOpenConnection(exception))
        {
            // The connection is lost anyway.
        }
    }
}

/// <summary>Connections of a data source, from the pool of the driver.</summary>
internal sealed class DriverConnections(NpgsqlDataSource dataSource, bool isOwner) : ConnectionSource
{
    public override bool IsShared => !isOwner;

    public override ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) => OpenOutsideAsync(dataSource, cancellationToken);

    // NpgsqlConnection.ClearPool knows no data sources.
    public override void Clear(NpgsqlConnection connection) => dataSource.Clear();

    public override ValueTask DisposeAsync() => isOwner ? dataSource.DisposeAsync() : default;
}

/// <summary>Connections of a data source that the user's creator returns. It is called once, when the first connection is needed.</summary>
internal sealed class CreatedDataSource(Func<CancellationToken, ValueTask<NpgsqlDataSource>> create) : ConnectionSource
{
    private readonly SemaphoreSlim _asking = new(1, 1);
    private volatile NpgsqlDataSource? _dataSource;

    public override bool IsShared => true;

    public override async ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var dataSource = _dataSource ?? await AskAsync(cancellationToken).ConfigureAwait(false);
        return await OpenOutsideAsync(dataSource, cancellationToken).ConfigureAwait(false);
    }

    public override void Clear(NpgsqlConnection connection) => _dataSource?.Clear();

    // The data source belongs to its creator.
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

            var asking = Background.Start(() => Task.Run(() => CreatorFailure.AskAsync(create, cancellationToken), CancellationToken.None));
            var asked = await asking.WaitAsync(cancellationToken).ConfigureAwait(false);
            PostgreSqlAddress.ThrowIfUnfit(new NpgsqlConnectionStringBuilder(asked.ConnectionString));
            return _dataSource = asked;
        }
        finally
        {
            _asking.Release();
        }
    }
}
