using System.Data;
using System.Runtime.CompilerServices;
using EventSourcing.Recording;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>
/// Connections of the user's creator, which is called for each physical one. They are kept in a pool of their own, because the driver's pool
/// can't call a creator.
/// </summary>
/// <param name="create">The creator.</param>
/// <param name="size">The maximum number of connections; with 0, each is closed when it is returned.</param>
/// <param name="patience">How long to wait for a connection that is in use.</param>
/// <param name="time">Measures how long one is idle.</param>
internal sealed class CreatedConnections(
    Func<CancellationToken, ValueTask<NpgsqlConnection>> create, int size, TimeSpan patience, TimeProvider time) : ConnectionSource
{
    private static readonly TimeSpan LongestIdle = TimeSpan.FromMinutes(5);

    // Each connection that a creator ever returned: one that it returns twice would be used by two callers at once.
    private static readonly ConditionalWeakTable<NpgsqlConnection, object> Known = [];

    private readonly SemaphoreSlim _free = new(Math.Max(size, 1));
    private readonly Lock _sync = new();

    // The last used connection is used next, so that unneeded ones get old at the other end.
    private readonly List<(NpgsqlConnection Connection, long Since)> _idle = [];
    private readonly HashSet<NpgsqlConnection> _lost = [];
    private bool _isDisposed;

    /// <summary>The settings of each new connection, set once; null for none.</summary>
    public string? Settings { get; init; }

    /// <summary>Undoes the changes that the user of a connection made to its session; null if nothing is changed.</summary>
    public string? Reset { get; init; }

    /// <summary>Called for each new connection.</summary>
    public Action<NpgsqlConnection>? Created { get; init; }

    public override async ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        if (!await _free.WaitAsync(patience, cancellationToken).ConfigureAwait(false))
        {
            throw new TimeoutException("All connections of the pool are in use.");
        }

        try
        {
            while (TryTake(out var connection))
            {
                if (connection.FullState == ConnectionState.Open)
                {
                    return connection;
                }

                await DropAsync(connection).ConfigureAwait(false);
            }

            return await CreateOutsideAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            _free.Release();
            throw;
        }
    }

    public override async ValueTask CloseAsync(NpgsqlConnection connection)
    {
        try
        {
            if (connection.FullState == ConnectionState.Open && await TryResetAsync(connection).ConfigureAwait(false) && TryKeep(connection))
            {
                return;
            }

            await DropAsync(connection).ConfigureAwait(false);
        }
        finally
        {
            lock (_sync)
            {
                _lost.Remove(connection);
            }

            _free.Release();
        }

        await DropOldAsync().ConfigureAwait(false);
    }

    public override void Clear(NpgsqlConnection connection)
    {
        List<NpgsqlConnection> idle;
        lock (_sync)
        {
            _lost.Add(connection);
            idle = [.. _idle.Select(static i => i.Connection)];
            _idle.Clear();
        }

        foreach (var one in idle)
        {
            _ = DropAsync(one);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        lock (_sync)
        {
            _isDisposed = true;
        }

        while (TryTake(out var connection))
        {
            await DropAsync(connection).ConfigureAwait(false);
        }
    }

    private bool TryTake(out NpgsqlConnection connection)
    {
        lock (_sync)
        {
            connection = null!;
            if (_idle.Count == 0)
            {
                return false;
            }

            connection = _idle[^1].Connection;
            _idle.RemoveAt(_idle.Count - 1);
            return true;
        }
    }

    private bool TryKeep(NpgsqlConnection connection)
    {
        lock (_sync)
        {
            if (_isDisposed || size == 0 || _lost.Contains(connection))
            {
                return false;
            }

            _idle.Add((connection, time.GetTimestamp()));
            return true;
        }
    }

    private async Task DropOldAsync()
    {
        while (true)
        {
            NpgsqlConnection oldest;
            lock (_sync)
            {
                if (_idle.Count == 0 || time.GetElapsedTime(_idle[0].Since) < LongestIdle)
                {
                    return;
                }

                oldest = _idle[0].Connection;
                _idle.RemoveAt(0);
            }

            await DropAsync(oldest).ConfigureAwait(false);
        }
    }

    private async Task<bool> TryResetAsync(NpgsqlConnection connection)
    {
        if (Reset is null || size == 0)
        {
            return true;
        }

        try
        {
            await ExecuteAsync(connection, Reset, CancellationToken.None).ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (PostgreSqlErrors.IsOfOpenConnection(exception))
        {
            return false;
        }
    }

    /// <summary>Calls the creator without the caller's execution context, and doesn't wait for a creator that ignores cancellation.</summary>
    private async Task<NpgsqlConnection> CreateOutsideAsync(CancellationToken cancellationToken)
    {
        var creating = Background.Start(() => Task.Run(() => CreateAsync(cancellationToken), CancellationToken.None));
        try
        {
            return await creating.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!creating.IsCompleted)
        {
            _ = DropWhenOpenedAsync(creating);
            throw;
        }
    }

    private async Task<NpgsqlConnection> CreateAsync(CancellationToken cancellationToken)
    {
        var connection = await CreatorFailure.AskAsync(create, cancellationToken).ConfigureAwait(false);
        if (!Known.TryAdd(connection, this))
        {
            throw new CreatorFailure(new StoreConfigurationException("The creator of connections returned a connection that it has returned before. It must return a new connection each time."));
        }

        try
        {
            PostgreSqlAddress.ThrowIfMultiplexing(new NpgsqlConnectionStringBuilder(connection.ConnectionString));
            if (connection.State == ConnectionState.Closed)
            {
                await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            }

            Created?.Invoke(connection);
            if (Settings is not null)
            {
                await ExecuteAsync(connection, Settings, cancellationToken).ConfigureAwait(false);
            }

            return connection;
        }
        catch
        {
            await DropAsync(connection).ConfigureAwait(false);
            throw;
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 10 };
        await using (command.ConfigureAwait(false))
        {
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
