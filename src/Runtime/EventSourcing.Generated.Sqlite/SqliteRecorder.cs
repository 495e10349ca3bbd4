using System.ComponentModel;
using EventSourcing.CompilerServices;
using EventSourcing.Generators.Recorders.Sql;
using EventSourcing.Recording;
using Microsoft.Data.Sqlite;

namespace EventSourcing.Sqlite;

/// <summary>
/// Keeps the events of an application in a SQLite database. The generator derives a class from it for each application, with
/// the SQL of its table as constants. Thread safe.
/// </summary>
/// <remarks>
/// All recorders of a file share one writer in a process: saves that wait together are committed together. Reads complete
/// synchronously once the store is open. <c>sqlite:///:memory:</c> is a database of this recorder alone, and not durable.
/// </remarks>
/// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
public partial class SqliteRecorder<TKey> : IApplicationRecorder<TKey>
    where TKey : notnull
{
    private readonly SqliteAddress _address;
    private readonly EventStoreOptions _options;
    private readonly EventsTable _table;
    private readonly TableNames _names;
    private readonly RowReader<TKey> _reader;
    private readonly OpenOnce _opening;
    private volatile SqliteDatabase? _database;

    /// <summary>Whether a URL or ADO.NET connection string is one of SQLite.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static bool Accepts(string url) => StoreUrl.IsOf(url, ["sqlite"], ["Data Source", "DataSource", "Filename"]);

    /// <summary>Creates the recorder; no file is touched yet.</summary>
    /// <param name="url">
    /// <c>sqlite:///relative.db</c>, <c>sqlite:////absolute.db</c> or <c>sqlite:///:memory:</c>, with the options
    /// <c>synchronous=full|normal</c> and <c>busy_timeout=</c> milliseconds; or an ADO.NET connection string.
    /// </param>
    /// <param name="options">The options of the store.</param>
    /// <param name="sql">The SQL of the events table.</param>
    /// <exception cref="StoreConfigurationException">The URL or an option is wrong.</exception>
    protected SqliteRecorder(string url, EventStoreOptions options, SqliteEventsSql sql)
    {
        ArgumentNullException.ThrowIfNull(sql);
        StoredEvents.ThrowIfNoKey<TKey>();
        _address = SqliteAddress.Parse(url, options);
        _options = options;
        _opening = new OpenOnce();
        _table = new EventsTable(sql, typeof(TKey) == typeof(string));
        _tracking = new TrackingTable(SqliteTrackingSql.Of(sql));
        _names = TableNames.OfEventsTable(sql.Table, "", hasTextKeys: false);
        _projections = new ProjectionsTable(ProjectionsSql.Of(new SqliteDialect().Projections(_names)));
        _reader = new RowReader<TKey>(sql);
        _appended = new AppendSignal(SetWatched);
        Sql = sql;
    }

    /// <summary>Creates the recorder; no file is touched yet.</summary>
    /// <param name="url">As for the other constructor; it must name the file of the connections.</param>
    /// <param name="options">The options of the store.</param>
    /// <param name="sql">The SQL of the events table.</param>
    /// <param name="creator">Creates a connection each time one is needed, open or not. Its exceptions reach the caller as they are.</param>
    /// <exception cref="StoreConfigurationException">The URL or an option is wrong.</exception>
    protected SqliteRecorder(string url, EventStoreOptions options, SqliteEventsSql sql, Func<SqliteConnection> creator)
        : this(url, options, sql) => _address = _address with { Creator = creator };

    private SqliteRecorder(string url, EventStoreOptions options, SqliteEventsSql sql, bool mayCreate)
        : this(url, options, sql) => _address = _address with { MayCreate = mayCreate };

    /// <summary>
    /// Creates a recorder for the tables of an application that isn't compiled in, for tools. No file is touched yet.
    /// </summary>
    /// <param name="url">As for the constructors of generated recorders: <c>sqlite:///path/to/file.db</c>.</param>
    /// <param name="tablePrefix">The beginning of the tables' names: the name of the application's class in lower case, or its <c>TablePrefix</c>.</param>
    /// <param name="options">Limits and timeouts; null for the defaults.</param>
    /// <param name="createTables">Whether a missing file and missing tables are created when it is opened; otherwise the database is refused.</param>
    /// <returns>The recorder. Dispose of it at the end.</returns>
    /// <exception cref="StoreConfigurationException">The URL, the prefix, the type of the keys or an option is wrong.</exception>
    public static SqliteRecorder<TKey> ForTables(string url, string tablePrefix, EventStoreOptions? options = null, bool createTables = false) =>
        new(url, options ?? new EventStoreOptions(), SqliteEventsSql.Of(tablePrefix, typeof(TKey) == typeof(string), createTables), mayCreate: createTables);

    internal SqliteEventsSql Sql { get; }

    internal int LockTimeout => _address.LockTimeout;

    /// <summary>The open database.</summary>
    internal SqliteDatabase Database => _database ?? throw new InvalidOperationException("The store is not open.");

    /// <inheritdoc/>
    public async ValueTask OpenAsync(CancellationToken cancellationToken = default) =>
        await GetDatabaseAsync(cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<long>> AppendAsync(AppendRequest<TKey> request, CancellationToken cancellationToken = default)
    {
        _opening.ThrowIfClosed();
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<IReadOnlyList<long>>(cancellationToken);
        }

        if (request.Trackings.Count + request.Projections.Count > 0)
        {
            return request.Trackings.Count + request.Events.Count > 0
                ? OwnTransactionAppend.RunAsync(this, request, cancellationToken)
                : AppendStepsAsync(request, cancellationToken);
        }

        if (request.Events.Count == 0)
        {
            return ValueTask.FromResult<IReadOnlyList<long>>([]);
        }

        return _database is { } open
            ? Append(open, request, cancellationToken)
            : OpenAndAppendAsync(request, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask ReadStreamAsync(StreamQuery<TKey> query, EventSink<TKey> sink, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sink);
        await ReadAsync(
            static (recorder, session, query, sink, token) => recorder._reader.ReadStream(session, query, sink!, token),
            query, sink, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask ReadLogAsync(LogQuery query, EventSink<TKey> sink, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sink);
        if (!query.IsEmpty)
        {
            await ReadAsync(
                static (recorder, session, query, sink, token) => recorder._reader.ReadLog(session, query, sink!, token),
                query, sink, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<long?> GetMaxPositionAsync(CancellationToken cancellationToken = default) => await ReadAsync(
        static (recorder, session, _, _, _) => recorder._reader.ReadMaxPosition(session), default(ValueTuple), null, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public async ValueTask<LogState> GetLogStateAsync(CancellationToken cancellationToken = default) => await ReadAsync(
        static (recorder, session, _, _, _) => new LogState
        {
            GreatestPosition = recorder._reader.ReadMaxPosition(session),
            GivenPosition = recorder._reader.ReadGivenPosition(session),
        },
        default(ValueTuple), null, cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// Closes the store: rolls back its open transactions, and then waits for the saves that were begun. The last store on a file closes the
    /// file.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await _opening.CloseAsync(CloseNowAsync).ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    private async ValueTask<IReadOnlyList<long>> OpenAndAppendAsync(AppendRequest<TKey> request, CancellationToken cancellationToken)
    {
        var open = await GetDatabaseAsync(cancellationToken).ConfigureAwait(false);
        return await Append(open, request, cancellationToken).ConfigureAwait(false);
    }

    private ValueTask<IReadOnlyList<long>> Append(SqliteDatabase open, AppendRequest<TKey> request, CancellationToken cancellationToken)
    {
        OwnTransaction<TKey>.ThrowIfHeldByThisFlow(open);
        var save = EventsSave<TKey>.Create(Sql, LockTimeout, request, _projections, ViewTables, request.Inline is null ? null : open.Tracked.Set);
        if (cancellationToken.CanBeCanceled)
        {
            save.CancelBy(cancellationToken);
        }

        open.Writer.Save(save);
        return save.Completion;
    }

    private async ValueTask<TResult> ReadAsync<TQuery, TResult>(
        Func<SqliteRecorder<TKey>, StoreConnection, TQuery, EventSink<TKey>?, CancellationToken, TResult> read,
        TQuery query, EventSink<TKey>? sink, CancellationToken cancellationToken)
    {
        var open = await GetDatabaseAsync(cancellationToken).ConfigureAwait(false);
        open.File?.ThrowIfReplaced();
        var session = await open.Readers.RentAsync(cancellationToken).ConfigureAwait(false);
        var isLost = false;
        try
        {
            lock (session.Sync)
            {
                // In memory all stores use one connection: others must not see what a store transaction has written there.
                if (open.Path is not null || !session.IsInTransaction)
                {
                    return read(this, session, query, sink, cancellationToken);
                }
            }

            await open.Gate.EnterAsync(LockTimeout, isTransaction: false, cancellationToken).ConfigureAwait(false);
            try
            {
                lock (session.Sync)
                {
                    return read(this, session, query, sink, cancellationToken);
                }
            }
            finally
            {
                open.Gate.Exit();
            }
        }
        catch (StoreException exception) when (SqliteErrors.IsConnectionLost(exception))
        {
            isLost = true;
            throw session.FindReplaced() ?? exception;
        }
        finally
        {
            if (isLost)
            {
                session.Close();
            }

            open.Readers.Return(isLost ? null : session);
        }
    }
}
