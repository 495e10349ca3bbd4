using System.ComponentModel;
using System.Data;
using System.Data.Common;
using EventSourcing.CompilerServices;
using EventSourcing.Generators.Recorders.Sql;
using EventSourcing.Recording;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>
/// Keeps the events of an application in a PostgreSQL database. The generator derives a class from it for each application, with
/// the SQL of its table. Thread safe.
/// </summary>
/// <remarks>
/// <para>
/// Saves that wait together are committed together. Positions become visible in their order, to every reader: each transaction
/// that appends takes the advisory lock of the store before it draws positions, and keeps it until it is committed.
/// </para>
/// <para>
/// A save that can't be written at once, because the server is unavailable or busy, is retried until the end of
/// <see cref="EventStoreOptions.SaveTimeout"/>. If the connection is lost while the server may be committing a save, the save is looked up
/// before it is sent again.
/// </para>
/// </remarks>
/// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
public partial class PostgreSqlRecorder<TKey> : IApplicationRecorder<TKey>
    where TKey : notnull
{
    private readonly PostgreSqlConnections _connections;
    private readonly EventStoreOptions _options;
    private readonly OpenOnce _opening;
    private readonly SaveTimes _times;
    private readonly GroupWriter<TKey> _writer;
    private readonly AppendNotifier? _notifier;
    private readonly AppendListener _listener;
    private readonly ReaderQuery _query;
    private readonly TransactionFactory<TKey> _transactions;
    private readonly LogPositions _positions;
    private readonly string _selectHead;

    /// <summary>Whether a URL or ADO.NET connection string is one of PostgreSQL.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static bool Accepts(string url) => StoreUrl.IsOf(url, PostgreSqlUrl.Schemes, ["Host", "Server"]);

    /// <summary>Creates the recorder; nothing is connected yet.</summary>
    /// <param name="url">
    /// <c>postgresql://user:password@host:5432/database</c>, with options of PostgreSQL's connection URLs and <c>max_pool_size=</c>
    /// readers, <c>busy_timeout=</c> milliseconds, <c>pgbouncer=true</c>, <c>listen=host:port</c> and
    /// <c>allow_unsafe_settings=true</c>; or an Npgsql connection string, with the last four as keywords.
    /// </param>
    /// <param name="options">The options of the store.</param>
    /// <param name="sql">The SQL of the events table.</param>
    /// <exception cref="StoreConfigurationException">The URL or an option is wrong.</exception>
    protected PostgreSqlRecorder(string url, EventStoreOptions options, PostgreSqlEventsSql sql)
        : this(new PostgreSqlConnections(PostgreSqlAddress.Parse(url, options), options.TimeProvider), options, sql)
    {
    }

    /// <summary>Creates the recorder; nothing is connected yet.</summary>
    /// <param name="dataSource">The source of the connections. It stays the caller's: disposing of the recorder doesn't close it.</param>
    /// <param name="options">The options of the store.</param>
    /// <param name="sql">The SQL of the events table.</param>
    /// <exception cref="StoreConfigurationException">The data source or an option is wrong.</exception>
    protected PostgreSqlRecorder(NpgsqlDataSource dataSource, EventStoreOptions options, PostgreSqlEventsSql sql)
        : this(new PostgreSqlConnections(dataSource, options), options, sql)
    {
    }

    /// <summary>Creates the recorder; nothing is connected yet.</summary>
    /// <param name="url">As for the other constructors; only the library's own options and <c>max_pool_size=</c> are used.</param>
    /// <param name="options">The options of the store.</param>
    /// <param name="sql">The SQL of the events table.</param>
    /// <param name="creator">Creates the connections.</param>
    /// <exception cref="StoreConfigurationException">The URL or an option is wrong.</exception>
    protected PostgreSqlRecorder(string url, EventStoreOptions options, PostgreSqlEventsSql sql, PostgreSqlConnectionCreator creator)
        : this(new PostgreSqlConnections(PostgreSqlAddress.Parse(url, options), creator, options.TimeProvider), options, sql)
    {
    }

    private PostgreSqlRecorder(PostgreSqlConnections connections, EventStoreOptions options, PostgreSqlEventsSql sql)
    {
        ArgumentNullException.ThrowIfNull(sql);
        StoredEvents.ThrowIfNoKey<TKey>();
        (_connections, _options, Sql, _opening) = (connections, options, sql, new OpenOnce());
        _times = new SaveTimes(connections.Address.LockTimeout, options);
        var tracking = PostgreSqlTrackingSql.Of(sql);
        _listener = new AppendListener(connections.Listener, sql, tracking, options.TimeProvider);
        _notifier = sql.NotifyInTransaction ? null : new AppendNotifier(connections.Reader, sql, tracking, options.TimeProvider);
        _query = new ReaderQuery(connections, options.ReadTimeout, options.TimeProvider);
        _positions = new LogPositions(sql);
        _tracking = new TrackingTable(tracking);
        _names = TableNames.OfEventsTable(sql.Table, sql.Schema, hasTextKeys: false);
        _projections = new ProjectionsTable(ProjectionsSql.Of(new PostgreSqlDialect().Projections(_names)));
        var others = new OtherTables(_tracking, _projections, () => ViewTables);
        _writer = new GroupWriter<TKey>(new ServerEngine<TKey>(connections, sql, _positions, others, _times, OnAppended, OnTracked), _times);
        _steps = new StepWriter(connections, others, _times);
        _transactions = new TransactionFactory<TKey>(
            connections, sql, _positions, others, _times, OpenAsync, OnAppended, OnTracked);
        _selectHead = $"SELECT ({sql.SelectMaxPosition}), pg_catalog.pg_is_in_recovery()";
    }

    /// <summary>
    /// Creates a recorder for the tables of an application that isn't compiled in, for tools. Nothing is connected yet.
    /// </summary>
    /// <param name="url">As for the constructors of generated recorders: <c>postgresql://user:password@host/database</c>.</param>
    /// <param name="tablePrefix">The beginning of the tables' names: the name of the application's class in lower case, or its <c>TablePrefix</c>.</param>
    /// <param name="schema">Their schema.</param>
    /// <param name="options">Limits and timeouts; null for the defaults.</param>
    /// <param name="createTables">Whether missing tables are created when it is opened; otherwise the database is refused.</param>
    /// <returns>The recorder. Dispose of it at the end.</returns>
    /// <exception cref="StoreConfigurationException">The URL, a name, the type of the keys or an option is wrong.</exception>
    public static PostgreSqlRecorder<TKey> ForTables(
        string url, string tablePrefix, string schema = "public", EventStoreOptions? options = null, bool createTables = false) =>
        new(url, options ?? new EventStoreOptions(), PostgreSqlEventsSql.Of(tablePrefix, schema, typeof(TKey) == typeof(string), createTables));

    internal PostgreSqlEventsSql Sql { get; }

    /// <inheritdoc/>
    public ValueTask OpenAsync(CancellationToken cancellationToken = default)
    {
        _opening.ThrowIfClosed();
        cancellationToken.ThrowIfCancellationRequested();
        return _opening.IsOpen ? default : CreatorFailure.UnwrapAsync(OpenDetachedAsync(isPatient: false, Timeout.InfiniteTimeSpan, cancellationToken));
    }

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
            return request.Trackings.Count + request.Events.Count == 0
                ? CreatorFailure.UnwrapAsync(AppendStepsAsync(request.Projections, cancellationToken))
                : OwnTransactionAppend.RunAsync(this, request, cancellationToken);
        }

        if (request.Events.Count == 0)
        {
            return ValueTask.FromResult<IReadOnlyList<long>>([]);
        }

        var save = QueuedSave<TKey>.Create(request, _times.Deadline());
        return _opening.IsOpen ? Append(save, cancellationToken) : CreatorFailure.UnwrapAsync(OpenAndAppendAsync(save, cancellationToken));
    }

    /// <inheritdoc/>
    public async ValueTask ReadStreamAsync(StreamQuery<TKey> query, EventSink<TKey> sink, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sink);
        await ReadAsync(EventsQuery.OfStream(Sql, query), sink, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask ReadLogAsync(LogQuery query, EventSink<TKey> sink, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sink);
        if (!query.IsEmpty)
        {
            await ReadAsync(EventsQuery.OfLog(Sql, query), sink, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<long?> GetMaxPositionAsync(CancellationToken cancellationToken = default) =>
        await QueryAsync(
            _selectHead, [], static (command, _, token) => ReadHeadAsync(command, token), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public async ValueTask<LogState> GetLogStateAsync(CancellationToken cancellationToken = default)
    {
        await OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await QueryAsync(
                _positions.SelectState,
                [new NpgsqlParameter<string> { TypedValue = Sql.Schema }, new NpgsqlParameter<string> { TypedValue = Sql.Table }],
                (command, _, token) => ReadStateAsync(command, token), cancellationToken).ConfigureAwait(false);
        }
        catch (StoreException exception) when (!exception.IsTransient && exception.InnerException is PostgresException)
        {
            // Not every engine and not every user may query the identity of the server.
            return await QueryAsync(
                _positions.SelectStateOnly, [], (command, _, token) => ReadStateAsync(command, token), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public AppendWatch Watch()
    {
        _opening.ThrowIfClosed();
        return _listener.Appended.Watch();
    }

    /// <inheritdoc/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public IReadOnlyList<string> OtherTables { get; private set; } = [];

    /// <inheritdoc/>
    public async ValueTask EnsureSchemaAsync(CancellationToken cancellationToken = default) => await CreatorFailure.UnwrapAsync(OnConnectionAsync<object?>(
        async connection =>
        {
            OtherTables = await EventsTable.EnsureAsync<TKey>(connection, Sql, _transactions.WriteLockTimeout, cancellationToken).ConfigureAwait(false);
            await ViewTables.EnsureAsync(connection, _transactions.WriteLockTimeout, cancellationToken).ConfigureAwait(false);
            return null;
        },
        cancellationToken)).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<string>> VerifySchemaAsync(CancellationToken cancellationToken = default) =>
        await CreatorFailure.UnwrapAsync(OnConnectionAsync(
            async connection => (IReadOnlyList<string>)
            [
                .. await EventsTable.VerifyAsync<TKey>(connection, Sql, cancellationToken).ConfigureAwait(false),
                .. await _tracking.CompareAsync(connection, cancellationToken).ConfigureAwait(false),
                .. await ViewTables.CompareAsync(connection, cancellationToken).ConfigureAwait(false),
                .. await ViewTables.CompareVersionsAsync(connection, cancellationToken).ConfigureAwait(false),
            ],
            cancellationToken)).ConfigureAwait(false);

    /// <inheritdoc/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public async ValueTask<RecorderTransaction<TKey>> BeginAsync(bool readOnly, IsolationLevel isolationLevel, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken).ConfigureAwait(false);
        return await CreatorFailure.UnwrapAsync(_transactions.BeginAsync(readOnly, isolationLevel, cancellationToken)).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public RecorderTransaction<TKey> Join(DbTransaction transaction)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        _opening.ThrowIfClosed();
        return _transactions.Use(transaction);
    }

    /// <summary>Closes the store: rolls back its open transactions, and waits for the saves that were begun.</summary>
    public async ValueTask DisposeAsync()
    {
        await _opening.CloseAsync(CloseNowAsync).ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    private async ValueTask CloseNowAsync()
    {
        await _transactions.CloseAsync().ConfigureAwait(false);
        await _writer.StopAsync().ConfigureAwait(false);
        if (_notifier is not null)
        {
            await _notifier.DisposeAsync().ConfigureAwait(false);
        }

        await _listener.DisposeAsync().ConfigureAwait(false);
        await _connections.DisposeAsync().ConfigureAwait(false);
    }

    private void OnAppended()
    {
        _listener.Appended.Set();
        _notifier?.Request(Notice.Appended);
    }

    private void OnTracked()
    {
        _listener.Tracked.Set();
        _notifier?.Request(Notice.Tracked);
    }

    /// <exception cref="TimeoutException">It took longer than the limit.</exception>
    private async ValueTask OpenDetachedAsync(bool isPatient, TimeSpan limit, CancellationToken cancellationToken) => await DriverWork.RunAsync(
        token => OpenNowAsync(isPatient, token), limit, _options.TimeProvider, cancellationToken).ConfigureAwait(false);

    private async Task<bool> OpenNowAsync(bool isPatient, CancellationToken cancellationToken)
    {
        await _opening.OpenAsync(
            async () => await OnConnectionAsync(connection => CheckAsync(connection, isPatient, cancellationToken), cancellationToken).ConfigureAwait(false),
            cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async Task<bool> CheckAsync(NpgsqlConnection connection, bool isPatient, CancellationToken cancellationToken)
    {
        var differences = await ServerCheck.CheckAsync<TKey>(connection, _connections, Sql, isPatient, cancellationToken).ConfigureAwait(false);
        if (_connections.Writer.IsShared)
        {
            await ServerCheck.CheckTypesAsync(connection, cancellationToken).ConfigureAwait(false);
        }

        if (differences.Count > 0 && Sql.CreateTables)
        {
            OtherTables = await EventsTable.EnsureAsync<TKey>(connection, Sql, _transactions.WriteLockTimeout, cancellationToken).ConfigureAwait(false);
            differences = await EventsTable.VerifyAsync<TKey>(connection, Sql, cancellationToken).ConfigureAwait(false);
        }

        if (differences.Count > 0)
        {
            throw EventsTable.Unfit(Sql, Sql.CreateTables ? differences : [.. differences, "The creation of tables is disabled."]);
        }

        if (Sql.CreateTables)
        {
            await ViewTables.EnsureAsync(connection, _transactions.WriteLockTimeout, cancellationToken).ConfigureAwait(false);
        }
        else if (await ViewTables.CompareAsync(connection, cancellationToken).ConfigureAwait(false) is { Count: > 0 } differing)
        {
            throw EventsTable.Unfit(Sql, [.. differing, "The creation of tables is disabled."]);
        }

        await ServerCheck.CheckOrderAsync(connection, Sql, _positions, _transactions.WriteLockTimeout, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async ValueTask<IReadOnlyList<long>> OpenAndAppendAsync(QueuedSave<TKey> save, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_options.SaveTimeout, _options.TimeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        await OpenPatientlyAsync(both.Token, cancellationToken).ConfigureAwait(false);

        return await Append(save, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Opens the store, and retries while the server is unavailable or a standby.</summary>
    /// <param name="limit">Cancelled after SaveTimeout, or with the caller's token.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    private async Task OpenPatientlyAsync(CancellationToken limit, CancellationToken cancellationToken)
    {
        TransientStoreException? last = null;
        try
        {
            while (true)
            {
                try
                {
                    await OpenDetachedAsync(isPatient: true, Timeout.InfiniteTimeSpan, limit).ConfigureAwait(false);
                    return;
                }
                catch (TransientStoreException failure)
                {
                    last = failure;
                    await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(50, 250)), _options.TimeProvider, limit).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TransientStoreException(
                $"The store could not be opened within SaveTimeout; nothing was written.{(last is null ? "" : " " + last.Message)}", (Exception?)last ?? exception);
        }
    }

    private ValueTask<IReadOnlyList<long>> Append(QueuedSave<TKey> save, CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
        {
            save.CancelBy(cancellationToken);
        }

        return _writer.SaveAsync(save, cancellationToken);
    }

    /// <summary>Reads the greatest position. A standby may show less than was committed, so its greatest position proves nothing.</summary>
    private static async Task<long?> ReadHeadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            var head = await reader.IsDBNullAsync(0, cancellationToken).ConfigureAwait(false) ? (long?)null : reader.GetInt64(0);
            return reader.GetBoolean(1) ? throw new ReadOnlyServerException() : head;
        }
    }

    private async Task<LogState> ReadStateAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            var greatest = await reader.IsDBNullAsync(0, cancellationToken).ConfigureAwait(false) ? (long?)null : reader.GetInt64(0);
            var given = await reader.IsDBNullAsync(1, cancellationToken).ConfigureAwait(false) ? 0 : reader.GetInt64(1);
            if (reader.GetBoolean(2))
            {
                throw new ReadOnlyServerException();
            }

            return new LogState
            {
                GreatestPosition = greatest,
                GivenPosition = Math.Max(given, greatest ?? 0),
                RaisedPosition = _positions.Raised,
                Identity = reader.FieldCount > 3 && !await reader.IsDBNullAsync(3, cancellationToken).ConfigureAwait(false) ? reader.GetString(3) : null,
            };
        }
    }

    private async ValueTask ReadAsync(EventsQuery query, EventSink<TKey> sink, CancellationToken cancellationToken) =>
        await QueryAsync(
            query.Text, query.Parameters, (command, reading, token) => RowReader.ReadAsync(command, sink, reading, token), cancellationToken).ConfigureAwait(false);

    private async ValueTask<TResult> QueryAsync<TResult>(
        string sql, NpgsqlParameter[] parameters, Func<NpgsqlCommand, Reading, CancellationToken, Task<TResult>> run, CancellationToken cancellationToken)
    {
        await OpenToReadAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await _query.RunAsync(sql, parameters, run, cancellationToken).ConfigureAwait(false);
        }
        catch (CreatorFailure failure)
        {
            throw failure.Rethrow();
        }
    }

    private ValueTask OpenToReadAsync(CancellationToken cancellationToken)
    {
        _opening.ThrowIfClosed();
        return _opening.IsOpen ? default : CreatorFailure.UnwrapAsync(OpenInTimeAsync());

        async ValueTask OpenInTimeAsync()
        {
            try
            {
                await OpenDetachedAsync(isPatient: false, _options.ReadTimeout, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                throw PostgreSqlErrors.Silent();
            }
        }
    }

    /// <summary>Does work on a connection of the writer's kind, with the library's exceptions.</summary>
    private ValueTask<TResult> OnConnectionAsync<TResult>(Func<NpgsqlConnection, Task<TResult>> work, CancellationToken cancellationToken) =>
        OnConnectionAsync(_connections.Writer, work, cancellationToken);

    private async ValueTask<TResult> OnConnectionAsync<TResult>(
        ConnectionSource source, Func<NpgsqlConnection, Task<TResult>> work, CancellationToken cancellationToken)
    {
        _opening.ThrowIfClosed();
        try
        {
            var connection = await source.OpenAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                return await work(connection).ConfigureAwait(false);
            }
            finally
            {
                await source.CloseAsync(connection).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (PostgreSqlErrors.IsOfConnection(exception))
        {
            throw PostgreSqlErrors.ToReadException(exception);
        }
    }
}
