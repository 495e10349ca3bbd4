using System.Buffers;
using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using EventSourcing.CompilerServices;
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
    private const int LongestTopicShown = 1000; // bytes
    private const int NoLimit = -1;

    private readonly SqliteAddress _address;
    private readonly EventStoreOptions _options;
    private readonly EventsTable _table;
    private readonly SemaphoreSlim _opening = new(1);
    private volatile SqliteDatabase? _database;
    private volatile bool _isDisposed;

    /// <summary>Makes the recorder; no file is touched yet.</summary>
    /// <param name="url">
    /// <c>sqlite:///relative.db</c>, <c>sqlite:////absolute.db</c> or <c>sqlite:///:memory:</c>, with the options
    /// <c>synchronous=full|normal</c> and <c>busy_timeout=</c> milliseconds; or an ADO.NET connection string.
    /// </param>
    /// <param name="options">What else can be set.</param>
    /// <param name="sql">The SQL of the events table.</param>
    /// <exception cref="StoreConfigurationException">The URL or an option is wrong.</exception>
    protected SqliteRecorder(string url, EventStoreOptions options, SqliteEventsSql sql)
    {
        ArgumentNullException.ThrowIfNull(sql);
        if (typeof(TKey) != typeof(Guid) && typeof(TKey) != typeof(string))
        {
            throw new StoreConfigurationException($"Keys are of the type Guid or string, not {typeof(TKey).Name}.");
        }

        _address = SqliteAddress.Parse(url, options);
        _options = options;
        _table = new EventsTable(sql, typeof(TKey) == typeof(string));
        _appended = new AppendSignal(SetWatched);
        Sql = sql;
    }

    /// <summary>Makes the recorder; no file is touched yet.</summary>
    /// <param name="url">As for the other; it must name the file that the connections are to.</param>
    /// <param name="options">What else can be set.</param>
    /// <param name="sql">The SQL of the events table.</param>
    /// <param name="creator">Makes a connection each time that one is needed, open or not. Its exceptions reach the caller as they are.</param>
    /// <exception cref="StoreConfigurationException">The URL or an option is wrong.</exception>
    protected SqliteRecorder(string url, EventStoreOptions options, SqliteEventsSql sql, Func<SqliteConnection> creator)
        : this(url, options, sql) => _address = _address with { Creator = creator };

    /// <summary>
    /// Makes a recorder for the tables of an application that isn't compiled in, as tools do. No file is touched yet.
    /// </summary>
    /// <param name="url">As for the constructors of generated recorders: <c>sqlite:///path/to/file.db</c>.</param>
    /// <param name="tablePrefix">The beginning of the tables' names: the name of the application's class in lower case, or its <c>TablePrefix</c>.</param>
    /// <param name="options">Limits and timeouts; null for the usual ones.</param>
    /// <param name="createTables">Whether missing tables are created when it is opened; otherwise the database is refused.</param>
    /// <returns>The recorder. To be disposed of.</returns>
    /// <exception cref="StoreConfigurationException">The URL, the prefix, the type of the keys or an option is wrong.</exception>
    public static SqliteRecorder<TKey> ForTables(string url, string tablePrefix, EventStoreOptions? options = null, bool createTables = false) =>
        new(url, options ?? new EventStoreOptions(), SqliteEventsSql.Of(tablePrefix, typeof(TKey) == typeof(string), createTables));

    internal SqliteEventsSql Sql { get; }

    internal int LockTimeout => _address.LockTimeout;

    /// <summary>For tests: the open database.</summary>
    internal SqliteDatabase Database => _database ?? throw new InvalidOperationException("The store is not open.");

    /// <inheritdoc/>
    public async ValueTask OpenAsync(CancellationToken cancellationToken = default) =>
        await GetDatabaseAsync(cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<long>> AppendAsync(AppendRequest<TKey> request, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<IReadOnlyList<long>>(cancellationToken);
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
            static (recorder, session, query, sink, token) => recorder.ReadStream(session, query, sink!, token),
            query, sink, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask ReadLogAsync(LogQuery query, EventSink<TKey> sink, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sink);
        if (!query.IsEmpty)
        {
            await ReadAsync(
                static (recorder, session, query, sink, token) => recorder.ReadLog(session, query, sink!, token),
                query, sink, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<long?> GetMaxPositionAsync(CancellationToken cancellationToken = default) => await ReadAsync(
        static (recorder, session, _, _, _) => recorder.ReadMaxPosition(session), default(ValueTuple), null, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public async ValueTask<LogState> GetLogStateAsync(CancellationToken cancellationToken = default) => await ReadAsync(
        static (recorder, session, _, _, _) => new LogState
        {
            GreatestPosition = recorder.ReadMaxPosition(session),
            GivenPosition = recorder.ReadGivenPosition(session),
        },
        default(ValueTuple), null, cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// Closes the store: rolls back its transactions that are open, and then waits for the saves that were begun. The last one on a
    /// file closes the file.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        // Held to the end, so that a second call returns when the store is closed, too.
        await _opening.WaitAsync().ConfigureAwait(false);
        try
        {
            _isDisposed = true;

            // First, as the saves that were begun may wait for one of them.
            await _transactions.CloseAsync().ConfigureAwait(false);
            if (_database is { } open)
            {
                SetDatabase(null);
                await open.Writer.RunAsync(null).ConfigureAwait(false);
                await open.ReleaseAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            _opening.Release();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Binds a key by its type.</summary>
    /// <param name="statement">The statement.</param>
    /// <param name="index">The parameter, counted from 1.</param>
    /// <param name="key">The key.</param>
    internal static void BindKey(SqliteStatement statement, int index, TKey key)
    {
        // The compiler knows the type of a Guid, and leaves one branch; nothing is boxed.
        if (typeof(TKey) == typeof(Guid))
        {
            statement.BindGuid(index, Unsafe.BitCast<TKey, Guid>(key));
        }
        else
        {
            statement.BindText(index, (string)(object)key);
        }
    }

    private static TKey ReadKey(SqliteStatement statement, int column) => typeof(TKey) == typeof(Guid)
        ? Unsafe.BitCast<Guid, TKey>(statement.ReadGuid(column))
        : (TKey)(object)statement.ReadText(column);

    private static byte[] ToJson(IReadOnlyCollection<string> topics)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartArray();
        foreach (var topic in topics)
        {
            writer.WriteStringValue(topic);
        }

        writer.WriteEndArray();
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private async ValueTask<IReadOnlyList<long>> OpenAndAppendAsync(AppendRequest<TKey> request, CancellationToken cancellationToken)
    {
        var open = await GetDatabaseAsync(cancellationToken).ConfigureAwait(false);
        return await Append(open, request, cancellationToken).ConfigureAwait(false);
    }

    private ValueTask<IReadOnlyList<long>> Append(SqliteDatabase open, AppendRequest<TKey> request, CancellationToken cancellationToken)
    {
        OwnTransaction<TKey>.ThrowIfHeldByThisFlow(open);
        var save = new EventsSave<TKey>(this, request);
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
                // In memory all are on one connection: what an outer transaction has written there must not be seen by others.
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

    internal int ReadStream(StoreConnection session, in StreamQuery<TKey> query, EventSink<TKey> sink, CancellationToken cancellationToken)
    {
        var statements = session.For(Sql);
        var statement = query.Descending ? statements.SelectEventsDescending : statements.SelectEvents;
        BindKey(statement, 1, query.OriginatorId);
        statement.BindInt64(2, query.After);
        statement.BindInt64(3, query.UpTo);
        statement.BindInt64(4, query.Limit ?? NoLimit);
        return ReadRows(session, statement, sink, cancellationToken);
    }

    internal int ReadLog(StoreConnection session, in LogQuery query, EventSink<TKey> sink, CancellationToken cancellationToken)
    {
        var statements = session.For(Sql);
        var statement = query.Topics is null ? statements.SelectNotifications : statements.SelectNotificationsOfTopics;
        statement.BindInt64(1, query.First);
        statement.BindInt64(2, query.Last);
        statement.BindInt64(3, query.Limit);
        if (query.Topics is { } topics)
        {
            statement.BindUtf8(4, ToJson(topics));
        }

        return ReadRows(session, statement, sink, cancellationToken);
    }

    private int ReadRows(StoreConnection session, SqliteStatement statement, EventSink<TKey> sink, CancellationToken cancellationToken)
    {
        var rows = 0;
        try
        {
            while (statement.Step())
            {
                cancellationToken.ThrowIfCancellationRequested();
                var id = ReadKeyOfRow(statement);
                var version = statement.IsInteger(2) ? statement.ReadInt64(2) : throw Damaged(statement, "its version isn't a whole number", id);
                Give(sink, statement.ReadInt64(0), id, version, statement.ReadBlob(3), statement.ReadBlob(4), statement.ReadBlob(5));
                rows++;
                if (sink.IsFull)
                {
                    break;
                }
            }

            if (rows == 0)
            {
                session.ThrowIfReplaced();
            }

            return rows;
        }
        finally
        {
            // A statement that is left open would keep the log from being moved into the database.
            statement.Reset();
        }
    }

    // A row is large enough for the compiler to make and copy it in 256-bit registers. Whatever does that must have returned before SQLite is
    // called again: its code, and the runtime's for the call, is slowed down by their upper halves, on some processors by 100 ns a call.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Give(
        EventSink<TKey> sink, long position, TKey id, long version, ReadOnlySpan<byte> topic, ReadOnlySpan<byte> state, ReadOnlySpan<byte> metadata) =>
        sink.Add(new EventRow<TKey>
        {
            Position = position,
            OriginatorId = id,
            OriginatorVersion = version,
            Topic = topic,
            State = state,
            Metadata = metadata,
        });

    private TKey ReadKeyOfRow(SqliteStatement statement)
    {
        try
        {
            var key = ReadKey(statement, 1);
            return key is string { Length: 0 } && statement.IsNull(1) ? throw Damaged(statement, "the id of the aggregate is NULL", null) : key;
        }
        catch (StoreException exception)
        {
            throw Damaged(statement, $"the id of the aggregate can't be read. {exception.Message}", null);
        }
    }

    /// <summary>Says which row it is. Something else than the store has written it: SQLite takes values of any type in a column.</summary>
    private static StreamCorruptedException Damaged(SqliteStatement statement, string reason, object? key)
    {
        var topic = statement.ReadBlob(3);
        return new(reason, Encoding.UTF8.GetString(topic[..Math.Min(topic.Length, LongestTopicShown)]), key, statement.ReadInt64(2), statement.ReadInt64(0));
    }

    internal long? ReadMaxPosition(StoreConnection session)
    {
        session.ThrowIfReplaced();
        return ReadNumber(session.For(Sql).SelectMaxPosition);
    }

    private long? ReadGivenPosition(StoreConnection session)
    {
        var statements = session.For(Sql);
        if (ReadNumber(statements.SelectHasSequences) is null or 0)
        {
            return null;
        }

        statements.SelectGivenPosition.BindText(1, Sql.Table);
        return ReadNumber(statements.SelectGivenPosition);
    }

    /// <summary>The first column of the first row; null where there is none.</summary>
    private static long? ReadNumber(SqliteStatement statement)
    {
        try
        {
            return statement.Step() && !statement.IsNull(0) ? statement.ReadInt64(0) : null;
        }
        finally
        {
            statement.Reset();
        }
    }
}
