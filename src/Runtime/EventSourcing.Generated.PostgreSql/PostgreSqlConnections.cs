using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>
/// Where the connections of a store come from: of several sources, so that readers can't take the writer's, a listener takes nobody's,
/// and transactions of the user's, which may last, take none of these. A data source of the user's serves for all.
/// </summary>
internal sealed class PostgreSqlConnections : IAsyncDisposable
{
    // One that writes; others only while an earlier one is still given up on.
    private const int WriterPoolSize = 4;

    private readonly bool _isOwner;
    private readonly Lazy<NpgsqlDataSource> _transactions;

    internal PostgreSqlConnections(PostgreSqlAddress address)
    {
        _isOwner = true;
        Address = address;
        Reader = Create(address.Connection.ConnectionString, reader =>
        {
            if (!address.IsPooledByServer)
            {
                // Every query has an index. A plan that was made while the table was small would go on without it.
                reader.Options = $"{reader.Options} -c enable_seqscan=off".Trim();
            }
        });
        Writer = Create(address.Connection.ConnectionString, writer =>
        {
            writer.MinPoolSize = 0;
            writer.MaxPoolSize = Math.Clamp(writer.MaxPoolSize, 2, WriterPoolSize);
            // A group goes out in one piece: the server then holds the lock of the store for no packet that is still to come.
            writer.WriteBufferSize = Math.Max(writer.WriteBufferSize, 65_536);
        });
        _transactions = new(() => CreateForTransactions(address));
        if (address.ListenHost is not null || !address.IsPooledByServer)
        {
            Listener = Create(address.Connection.ConnectionString, listener =>
            {
                listener.Pooling = false;
                if (address.ListenHost is { } host)
                {
                    (listener.Host, listener.Port) = (host, address.ListenPort);
                    listener.TargetSessionAttributes = null;
                }
            });
        }
    }

    internal PostgreSqlConnections(NpgsqlDataSource dataSource, EventStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        var connection = new NpgsqlConnectionStringBuilder(dataSource.ConnectionString);
        if (connection.Multiplexing)
        {
            throw PostgreSqlAddress.Wrong("with multiplexing there is no connection that the writer could call its own");
        }

        Address = new PostgreSqlAddress(connection).WithOptions(options);
        Reader = Writer = Listener = dataSource;
        _transactions = new(() => dataSource);
    }

    internal PostgreSqlAddress Address { get; }

    internal NpgsqlDataSource Writer { get; }

    internal NpgsqlDataSource Reader { get; }

    /// <summary>For transactions of the user's. Made when the first one is begun.</summary>
    internal NpgsqlDataSource Transactions => _transactions.Value;

    /// <summary>Null when nobody can listen: behind a pgbouncer that nothing leads around.</summary>
    internal NpgsqlDataSource? Listener { get; }

    /// <summary>Whether a statement that was prepared is there again when its connection is used next.</summary>
    internal bool CanPrepare => !Address.IsPooledByServer;

    public async ValueTask DisposeAsync()
    {
        if (!_isOwner)
        {
            return;
        }

        await Writer.DisposeAsync().ConfigureAwait(false);
        await Reader.DisposeAsync().ConfigureAwait(false);
        if (_transactions.IsValueCreated)
        {
            await Transactions.DisposeAsync().ConfigureAwait(false);
        }

        if (Listener is not null)
        {
            await Listener.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>With all types that Npgsql knows, as users may have any in their own statements.</summary>
    private static NpgsqlDataSource CreateForTransactions(PostgreSqlAddress address)
    {
        var builder = new NpgsqlDataSourceBuilder(address.Connection.ConnectionString);

        // What a user changes in a session ends with the transaction.
        builder.ConnectionStringBuilder.NoResetOnClose = address.IsPooledByServer;
        return builder.Build();
    }

    private static NpgsqlDataSource Create(string connectionString, Action<NpgsqlConnectionStringBuilder> configure)
    {
        var builder = new NpgsqlSlimDataSourceBuilder(connectionString);
        configure(builder.ConnectionStringBuilder);
        builder.EnableArrays();
        builder.EnableTransportSecurity();
        try
        {
            return builder.Build();
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or NotSupportedException)
        {
            throw PostgreSqlAddress.Wrong("its options contradict each other");
        }
    }
}
