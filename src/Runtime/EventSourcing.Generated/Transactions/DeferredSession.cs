using System.Data.Common;

namespace EventSourcing.CompilerServices;

/// <summary>Holds neither connection nor lock: it reads and, at the end, writes as everybody does.</summary>
internal sealed class DeferredSession<TKey>(IApplicationRecorder<TKey> recorder, string noConnection) : TransactionSession<TKey>
    where TKey : notnull
{
    private bool _hasEnded;

    public override DbConnection Connection => throw new TransactionException(noConnection);

    public override DbTransaction DbTransaction => throw new TransactionException(noConnection);

    public override bool IsUsable => !_hasEnded;

    public override ValueTask ReadEventsAsync(
        TKey originatorId, EventSink<TKey> sink, long? after, long? upTo, bool descending, int? limit, CancellationToken cancellationToken) =>
        recorder.ReadEventsAsync(originatorId, sink, after, upTo, descending, limit, cancellationToken);

    public override ValueTask ReadNotificationsAsync(
        EventSink<TKey> sink, int limit, long? start, long? stop, IReadOnlyCollection<string>? topics, bool inclusiveOfStart,
        CancellationToken cancellationToken) =>
        recorder.ReadNotificationsAsync(sink, limit, start, stop, topics, inclusiveOfStart, cancellationToken);

    public override ValueTask<long?> GetMaxPositionAsync(CancellationToken cancellationToken) => recorder.GetMaxPositionAsync(cancellationToken);

    public override ValueTask<IReadOnlyList<long>> WriteAsync(
        IReadOnlyList<StoredEvent<TKey>> events, bool contiguous, CancellationToken cancellationToken) => throw new TransactionException(noConnection);

    public override async ValueTask<IReadOnlyList<long>> CommitAsync(IReadOnlyList<StoredEvent<TKey>> events, CancellationToken cancellationToken)
    {
        if (_hasEnded)
        {
            throw new TransactionException("The transaction has ended.");
        }

        try
        {
            return await recorder.InsertEventsAsync(events, contiguous: true, cancellationToken).ConfigureAwait(false);
        }
        catch (InDoubtException)
        {
            _hasEnded = true;
            throw;
        }
    }

    public override void Committed()
    {
    }

    public override ValueTask DisposeAsync()
    {
        _hasEnded = true;
        return default;
    }
}
