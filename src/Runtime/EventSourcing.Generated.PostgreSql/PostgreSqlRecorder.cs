using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>
/// Keeps the events of an application in a PostgreSQL database. The generator derives a class from it for each application, with
/// the SQL of its table. Thread safe.
/// </summary>
/// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
public abstract class PostgreSqlRecorder<TKey> : IApplicationRecorder<TKey>
    where TKey : notnull
{
    /// <summary>Makes the recorder; nothing is connected yet.</summary>
    /// <param name="url">
    /// <c>postgresql://user:password@host:5432/database</c> with options, or an Npgsql connection string.
    /// </param>
    /// <param name="options">What else can be set.</param>
    /// <param name="sql">The SQL of the events table.</param>
    /// <exception cref="StoreConfigurationException">The URL or an option is wrong.</exception>
    protected PostgreSqlRecorder(string url, EventStoreOptions options, PostgreSqlEventsSql sql)
    {
    }

    /// <summary>Makes the recorder; nothing is connected yet.</summary>
    /// <param name="dataSource">Where connections come from. It stays the caller's: disposing of the recorder doesn't close it.</param>
    /// <param name="options">What else can be set.</param>
    /// <param name="sql">The SQL of the events table.</param>
    /// <exception cref="StoreConfigurationException">The data source or an option is wrong.</exception>
    protected PostgreSqlRecorder(NpgsqlDataSource dataSource, EventStoreOptions options, PostgreSqlEventsSql sql)
    {
    }

    /// <inheritdoc/>
    public ValueTask OpenAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<long>> InsertEventsAsync(IReadOnlyList<StoredEvent<TKey>> events, bool contiguous = false, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask ReadEventsAsync(TKey originatorId, EventSink<TKey> sink, long? after = null, long? upTo = null, bool descending = false, int? limit = null, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask ReadNotificationsAsync(EventSink<TKey> sink, int limit, long? start = null, long? stop = null, IReadOnlyCollection<string>? topics = null, bool inclusiveOfStart = true, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<long?> GetMaxPositionAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <inheritdoc/>
    public AppendWatch Watch() => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask EnsureSchemaAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> VerifySchemaAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Closes the store, after the saves that were begun.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
