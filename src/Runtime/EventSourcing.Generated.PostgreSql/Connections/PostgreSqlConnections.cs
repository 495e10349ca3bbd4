using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>
/// The connections of a store. They come from several sources, so that readers can't use up the writer's connections, a listener uses none of
/// either, and transactions of the user's, which may last, use none of these. A data source of the user's serves for all.
/// </summary>
internal sealed class PostgreSqlConnections : IAsyncDisposable
{
    // One connection writes; others exist only while an earlier one is abandoned and not yet closed.
    private const int WriterPoolSize = 4;

    // A step has two or three statements for each view.
    private const int MostPrepared = 200;

    // As Npgsql resets connections with prepared statements, which must stay.
    private const string ResetSession =
        "ROLLBACK; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; CLOSE ALL; UNLISTEN *; SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD SEQUENCES; DISCARD TEMP";

    private readonly Lazy<ConnectionSource> _transactions;
    private readonly bool _isOfDataSource;
    private volatile NpgsqlConnectionStringBuilder? _target;
    private volatile bool _isFoundPooled;

    public PostgreSqlConnections(PostgreSqlAddress address, TimeProvider time)
    {
        Address = address;
        _target = address.Connection;
        Reader = Braked(Create(address.Connection.ConnectionString, reader =>
        {
            if (!address.IsPooledByServer)
            {
                // Every query has an index. A plan made while the table was small would continue without it.
                reader.Options = $"{reader.Options} -c enable_seqscan=off".Trim();

                // Steps of projections. To prepare them before, when a table is locked, would wait without a limit.
                (reader.MaxAutoPrepare, reader.AutoPrepareMinUsages) = (MostPrepared, 2);
            }
        }));
        Writer = Braked(Create(address.Connection.ConnectionString, writer =>
        {
            writer.MinPoolSize = 0;
            writer.MaxPoolSize = Math.Clamp(writer.MaxPoolSize, 2, WriterPoolSize);
            // A group is sent in one piece: the server then never holds the lock of the store while it waits for a packet.
            writer.WriteBufferSize = Math.Max(writer.WriteBufferSize, 65_536);
        }));
        _transactions = new(() => Braked(new DriverConnections(CreateForTransactions(address), isOwner: true)));
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

        BrakedConnections Braked(ConnectionSource source) => new(source, time);
    }

    public PostgreSqlConnections(NpgsqlDataSource dataSource, EventStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        var connection = new NpgsqlConnectionStringBuilder(dataSource.ConnectionString);
        PostgreSqlAddress.ThrowIfUnfit(connection);
        Address = new PostgreSqlAddress(connection).WithOptions(options);
        _target = connection;
        var source = new BrakedConnections(new DriverConnections(dataSource, isOwner: false), options.TimeProvider);
        Reader = Writer = Listener = source;
        _isOfDataSource = true;
        _transactions = new(() => source);
    }

    /// <summary>Creates the connections. The place of the database is known from the connections that the creator returns.</summary>
    public PostgreSqlConnections(PostgreSqlAddress address, PostgreSqlConnectionCreator creator, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(creator);
        if (address.ListenHost is not null)
        {
            throw PostgreSqlAddress.Wrong("the option listen isn't supported with a creator of connections");
        }

        Address = address;
        if (creator.DataSource is { } create)
        {
            var source = new BrakedConnections(new CreatedDataSource(create), time);
            Reader = Writer = source;
            Listener = address.IsPooledByServer ? null : source;
            _transactions = new(() => source);
            return;
        }

        var size = address.Connection.MaxPoolSize;
        Reader = Create(size, settings: address.IsPooledByServer ? null : "SET enable_seqscan = off");
        Writer = Create(Math.Clamp(size, 2, WriterPoolSize));
        _transactions = new(() => Create(size, reset: address.IsPooledByServer ? "ROLLBACK" : ResetSession));
        Listener = address.IsPooledByServer ? null : Create(0);

        ConnectionSource Create(int size, string? settings = null, string? reset = null) => new BrakedConnections(
            new CreatedConnections(creator.Connections!, size, address.ConnectTimeout, time)
            {
                Settings = settings,
                Reset = reset,
                Created = connection => _target ??= new() { Host = connection.Host, Port = connection.Port, Database = connection.Database },
            },
            time);
    }

    public PostgreSqlAddress Address { get; }

    /// <summary>Host, port and name of the database; null while no connection was opened that shows them.</summary>
    public NpgsqlConnectionStringBuilder? Target => _target;

    public ConnectionSource Writer { get; }

    public ConnectionSource Reader { get; }

    /// <summary>The connections for transactions of the user's. Created when the first one is begun.</summary>
    public ConnectionSource Transactions => _transactions.Value;

    /// <summary>The connections for listening; null if that isn't possible: behind a pgbouncer, without the address of the server itself.</summary>
    public ConnectionSource? Listener { get; }

    /// <summary>Whether there is a pgbouncer in between, which shares connections.</summary>
    public bool IsPooledByServer => Address.IsPooledByServer || _isFoundPooled;

    /// <summary>Whether a prepared statement is still there when its connection is used next.</summary>
    public bool CanPrepare => !IsPooledByServer;

    /// <summary>Notes that there is a pgbouncer in between, although its address doesn't say so.</summary>
    /// <returns>False if the address has to say so, because some sources rely on connections of their own.</returns>
    public bool TryBePooled() => _isFoundPooled = _isOfDataSource;

    public async ValueTask DisposeAsync()
    {
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

    /// <summary>Creates a data source with all types that Npgsql knows, because users may use any in their own statements.</summary>
    private static NpgsqlDataSource CreateForTransactions(PostgreSqlAddress address)
    {
        var builder = new NpgsqlDataSourceBuilder(address.Connection.ConnectionString);

        // Changes that a user makes to a session end with the transaction.
        builder.ConnectionStringBuilder.NoResetOnClose = address.IsPooledByServer;
        return builder.Build();
    }

    private static DriverConnections Create(string connectionString, Action<NpgsqlConnectionStringBuilder> configure)
    {
        var builder = new NpgsqlSlimDataSourceBuilder(connectionString);
        configure(builder.ConnectionStringBuilder);
        builder.EnableArrays();
        builder.EnableTransportSecurity();

        // The types of the store's own statements have the same numbers in every database, so they need not be loaded. The query is long, and each
        // source would send it.
        builder.ConfigureTypeLoading(static types => types.EnableTypeLoading(false));
        try
        {
            return new DriverConnections(builder.Build(), isOwner: true);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or NotSupportedException or FormatException)
        {
            // Without the driver's message, which may contain a part of the address.
            throw PostgreSqlAddress.Wrong("its options contradict each other");
        }
    }
}
