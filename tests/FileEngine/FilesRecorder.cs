using System.Data;
using EventSourcing.Recording;

namespace EventSourcing.Files;

/// <summary>
/// Keeps the events of a store in an append-only file, and all of them in memory. It shows what an engine needs; applications use a database.
/// Several recorders and processes may use a folder. Thread safe.
/// </summary>
/// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
public sealed class FilesRecorder<TKey> : IApplicationRecorder<TKey>
    where TKey : notnull
{
    private readonly EventLog<TKey> _log;
    private readonly WriteLock _writers;
    private readonly AppendHints _hints;

    /// <summary>Creates a recorder, which opens the file when it is first used.</summary>
    /// <param name="folder">The folder of the stores, which is created if it is missing.</param>
    /// <param name="table">The name of the store, and of its file.</param>
    /// <param name="options">Limits and timeouts.</param>
    public FilesRecorder(string folder, string table, EventStoreOptions options)
    {
        var schema = new LogSchema(folder, table, typeof(TKey).Name);
        _log = new EventLog<TKey>(schema);
        _writers = new WriteLock(schema.Path + ".lock", options);
        _hints = new AppendHints(schema.Path);
    }

    public IReadOnlyList<string> OtherTables => _log.OtherTables;

    public ValueTask OpenAsync(CancellationToken cancellationToken = default)
    {
        Read(_ => true, cancellationToken);
        return default;
    }

    public async ValueTask<IReadOnlyList<long>> AppendAsync(AppendRequest<TKey> request, CancellationToken cancellationToken = default)
    {
        await using var transaction = await BeginAsync(readOnly: false, IsolationLevel.Unspecified, cancellationToken).ConfigureAwait(false);
        return await transaction.CommitAsync(request, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask ReadStreamAsync(StreamQuery<TKey> query, EventSink<TKey> sink, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sink);
        Rows.Give(Read(events => events.Select(query).ToList(), cancellationToken), sink, cancellationToken);
        return default;
    }

    public ValueTask ReadLogAsync(LogQuery query, EventSink<TKey> sink, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sink);
        Rows.Give(Read(events => events.Select(query).ToList(), cancellationToken), sink, cancellationToken);
        return default;
    }

    public ValueTask<long?> GetMaxPositionAsync(CancellationToken cancellationToken = default) =>
        new(Read(events => events.LastPosition is var last and > 0 ? last : (long?)null, cancellationToken));

    public AppendWatch Watch()
    {
        Read(_ => true, default);
        return _hints.Signal.Watch();
    }

    public ValueTask EnsureSchemaAsync(CancellationToken cancellationToken = default) => OpenAsync(cancellationToken);

    public ValueTask<IReadOnlyList<string>> VerifySchemaAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(_log.Compare());
    }

    public async ValueTask<RecorderTransaction<TKey>> BeginAsync(bool readOnly, IsolationLevel isolationLevel, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken).ConfigureAwait(false);
        if (readOnly)
        {
            return new FilesTransaction<TKey>(_log, _hints.Signal, turn: null);
        }

        FilesTransaction<TKey>.ThrowIfHeldByThisFlow(_log.Path);
        var turn = await _writers.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return new FilesTransaction<TKey>(_log, _hints.Signal, turn);
        }
        catch
        {
            turn.Dispose();
            throw;
        }
    }

    public ValueTask DisposeAsync()
    {
        _log.Dispose();
        _hints.Signal.Set();
        return default;
    }

    private T Read<T>(Func<EventIndex<TKey>, T> read, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return _log.Read(read);
    }
}
