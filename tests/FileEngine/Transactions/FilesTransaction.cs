using System.Data.Common;
using EventSourcing.Recording;

namespace EventSourcing.Files;

/// <summary>Reads as of its begin, and holds its events in memory until the commit, which writes one record.</summary>
/// <param name="log">The events of the store.</param>
/// <param name="appended">Told of the commit.</param>
/// <param name="turn">Keeps other writers out; null if the transaction only reads.</param>
internal sealed class FilesTransaction<TKey>(EventLog<TKey> log, AppendSignal appended, IDisposable? turn) : RecorderTransaction<TKey>
    where TKey : notnull
{
    private const string NoConnection = "A store in files has no connection for tables of your own.";

    private readonly long _begin = log.Read(stored => stored.LastPosition);
    private EventIndex<TKey> _events = log.Read(stored => new EventIndex<TKey>(stored));
    private bool _hasEnded;

    public override DbConnection Connection => throw new TransactionException(NoConnection);

    public override DbTransaction DbTransaction => throw new TransactionException(NoConnection);

    public override bool IsUsable => !_hasEnded;

    /// <summary>Throws if a transaction around the caller keeps other writers out: a wait for it would never end.</summary>
    public static void ThrowIfHeldByThisFlow(string path)
    {
        if (OfThisFlow.OfType<FilesTransaction<TKey>>().Any(transaction => transaction.Holds(path)))
        {
            throw new TransactionException("The transaction that this is called in keeps other writers out. Save after it, or in it.");
        }
    }

    public override ValueTask ReadStreamAsync(StreamQuery<TKey> query, EventSink<TKey> sink, CancellationToken cancellationToken)
    {
        Rows.Give(Read(events => events.Select(query).ToList()), sink, cancellationToken);
        return default;
    }

    public override ValueTask ReadLogAsync(LogQuery query, EventSink<TKey> sink, CancellationToken cancellationToken)
    {
        Rows.Give(Read(events => events.Select(query).ToList()), sink, cancellationToken);
        return default;
    }

    public override ValueTask<long?> GetMaxPositionAsync(CancellationToken cancellationToken) =>
        new(Read(events => events.LastPosition is var last and > 0 ? last : (long?)null));

    public override ValueTask<IReadOnlyList<long>> AppendAsync(AppendRequest<TKey> request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _events = Read(events => events.With(request));
        return new([.. _events.Own.Select(row => row.Position)]);
    }

    public override async ValueTask<IReadOnlyList<long>> CommitAsync(AppendRequest<TKey> request, CancellationToken cancellationToken)
    {
        var positions = await AppendAsync(request, cancellationToken).ConfigureAwait(false);
        try
        {
            if (Read(events => events.After(_begin).ToList()) is { Count: > 0 } rows)
            {
                log.Append(rows);
            }
        }
        finally
        {
            await DisposeAsync().ConfigureAwait(false);
        }

        Committed();
        return positions;
    }

    public override void Committed() => appended.Set();

    public override ValueTask DisposeAsync()
    {
        _hasEnded = true;
        turn?.Dispose();
        return default;
    }

    private bool Holds(string path) => turn is not null && !_hasEnded && log.Path == path;

    private T Read<T>(Func<EventIndex<TKey>, T> read) =>
        _hasEnded ? throw new TransactionException("The transaction has ended.") : log.Read(_ => read(_events));
}
