using System.ComponentModel;
using System.Data;
using System.Data.Common;

namespace EventSourcing.Recording;

/// <summary>Stores the events of aggregates and reads them back. Implementations are thread safe.</summary>
/// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
public interface IAggregateRecorder<TKey>
    where TKey : notnull
{
    /// <summary>Appends events, with positions that follow each other, tracks positions and writes steps of projections, all or none.</summary>
    /// <param name="request">The events with their condition, the positions and the steps. Without any of them nothing is written.</param>
    /// <param name="cancellationToken">Cancels the call before the writing has begun; from then on it has no effect.</param>
    /// <returns>The positions, one for each event. Afterwards the events are durable.</returns>
    /// <exception cref="ConcurrencyException">The condition doesn't hold. Nothing was written.</exception>
    /// <exception cref="AlreadyTrackedException">A position, or a greater one, is tracked already. Nothing was written.</exception>
    /// <exception cref="ProjectionFencedException">A step isn't that of the projection's owner, or doesn't continue from the stored position. Nothing was written.</exception>
    /// <exception cref="StateFormatException">A value of a row can't be stored. Nothing was written.</exception>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    ValueTask<IReadOnlyList<long>> AppendAsync(AppendRequest<TKey> request, CancellationToken cancellationToken = default);

    /// <summary>Reads events of one aggregate, in the order of their versions.</summary>
    /// <param name="query">Which events.</param>
    /// <param name="sink">Receives the rows, before the call ends.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    ValueTask ReadStreamAsync(StreamQuery<TKey> query, EventSink<TKey> sink, CancellationToken cancellationToken = default);
}

/// <summary>An <see cref="IAggregateRecorder{TKey}"/> that also keeps the order of all events of a store.</summary>
/// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
public interface IApplicationRecorder<TKey> : IAggregateRecorder<TKey>, IAsyncDisposable
    where TKey : notnull
{
    /// <summary>Connects, checks the database, and creates the tables if that is on. Every other call does so when needed.</summary>
    /// <param name="cancellationToken">Cancels the call. A later call opens the store.</param>
    /// <exception cref="StoreConfigurationException">The database doesn't fit.</exception>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    ValueTask OpenAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// The events tables that the database already had when the opening created the events table; otherwise empty. One of them may be the
    /// table of the same application under an earlier name.
    /// </summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    IReadOnlyList<string> OtherTables => [];

    /// <summary>Reads a part of the log, in the order of its positions.</summary>
    /// <param name="query">Which part.</param>
    /// <param name="sink">Receives the rows, before the call ends.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    ValueTask ReadLogAsync(LogQuery query, EventSink<TKey> sink, CancellationToken cancellationToken = default);

    /// <summary>Returns the greatest position of the log; null when it is empty.</summary>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    ValueTask<long?> GetMaxPositionAsync(CancellationToken cancellationToken = default);

    /// <summary>Returns how far the log goes, and which log it is, for a subscription that doesn't find an event that it has read.</summary>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    [EditorBrowsable(EditorBrowsableState.Never)]
    async ValueTask<LogState> GetLogStateAsync(CancellationToken cancellationToken = default) =>
        new() { GreatestPosition = await GetMaxPositionAsync(cancellationToken).ConfigureAwait(false) };

    /// <summary>
    /// Reads the tracked positions in the database of the store. A recorder without it isn't given a request that tracks positions.
    /// </summary>
    /// <exception cref="NotSupportedException">The recorder doesn't track positions.</exception>
    [EditorBrowsable(EditorBrowsableState.Never)]
    ITrackingRecorder Tracking => throw new NotSupportedException($"{GetType().Name} doesn't track positions.");

    /// <summary>
    /// Reads the views in the database of the store. A recorder without it isn't given a request with steps of projections.
    /// </summary>
    /// <exception cref="NotSupportedException">The recorder has no views.</exception>
    [EditorBrowsable(EditorBrowsableState.Never)]
    IProjectionRecorder Projections => throw new NotSupportedException($"{GetType().Name} has no views.");

    /// <summary>Starts to watch for appends, for a subscription.</summary>
    /// <returns>The watch, which ends when it is disposed.</returns>
    AppendWatch Watch();

    /// <summary>Creates the missing parts of the tables, even if that is off at opening. Several processes may do so at once.</summary>
    /// <param name="cancellationToken">Cancels the call. The missing parts may then be created or not.</param>
    /// <exception cref="StoreConfigurationException">The database doesn't fit, and not because a part is missing.</exception>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    ValueTask EnsureSchemaAsync(CancellationToken cancellationToken = default);

    /// <summary>Compares the tables with what the store needs. Nothing is changed.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>
    /// The differences, one sentence each: columns, unique indexes and, on PostgreSQL, the sequence. Privileges and triggers aren't compared.
    /// </returns>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    ValueTask<IReadOnlyList<string>> VerifySchemaAsync(CancellationToken cancellationToken = default);

    /// <summary>Begins a transaction: takes a connection and, on SQLite for writing, the file.</summary>
    /// <param name="readOnly">Whether it only reads, as of one moment if no isolation level is given; no writer waits for it.</param>
    /// <param name="isolationLevel">Unspecified for the default of the database.</param>
    /// <param name="cancellationToken">Cancels the call. Then, and after any exception, nothing is held.</param>
    /// <exception cref="TransactionException">The recorder has no transactions, or another transaction of this flow prevents it.</exception>
    /// <exception cref="StoreException">The database refused or failed; a transient exception if another writer takes too long.</exception>
    [EditorBrowsable(EditorBrowsableState.Never)]
    ValueTask<RecorderTransaction<TKey>> BeginAsync(bool readOnly, IsolationLevel isolationLevel, CancellationToken cancellationToken) =>
        throw new TransactionException($"{GetType().Name} doesn't support transactions.");

    /// <summary>Joins an external transaction, to read and write in it.</summary>
    /// <param name="transaction">An open transaction of this provider.</param>
    /// <exception cref="TransactionException">It is of another provider or on another database, or it has ended.</exception>
    [EditorBrowsable(EditorBrowsableState.Never)]
    RecorderTransaction<TKey> Join(DbTransaction transaction) =>
        throw new TransactionException($"{GetType().Name} can't take part in a transaction of the caller.");
}
