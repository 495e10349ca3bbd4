using System.Data.Common;

namespace EventSourcing.Recording;

/// <summary>Holds neither connection nor lock: it reads outside of a transaction, and writes at its commit like any other save.</summary>
internal sealed class DeferredTransaction<TKey>(IApplicationRecorder<TKey> recorder, string noConnection) : RecorderTransaction<TKey>
    where TKey : notnull
{
    private bool _hasEnded;

    public override DbConnection Connection => throw new TransactionException(noConnection);

    public override DbTransaction DbTransaction => throw new TransactionException(noConnection);

    public override bool IsUsable => !_hasEnded;

    public override ValueTask ReadStreamAsync(StreamQuery<TKey> query, EventSink<TKey> sink, CancellationToken cancellationToken) =>
        recorder.ReadStreamAsync(query, sink, cancellationToken);

    public override ValueTask ReadLogAsync(LogQuery query, EventSink<TKey> sink, CancellationToken cancellationToken) =>
        recorder.ReadLogAsync(query, sink, cancellationToken);

    public override ValueTask<long?> GetMaxPositionAsync(CancellationToken cancellationToken) => recorder.GetMaxPositionAsync(cancellationToken);

    public override ValueTask<long?> GetTrackedPositionAsync(string name, CancellationToken cancellationToken) =>
        recorder.Tracking.GetPositionAsync(name, cancellationToken);

    public override ValueTask ReadRowsAsync(ViewQuery query, ViewRowSink sink, CancellationToken cancellationToken) =>
        recorder.Projections.ReadRowsAsync(query, sink, cancellationToken);

    public override ValueTask<IReadOnlyList<long>> AppendAsync(AppendRequest<TKey> request, CancellationToken cancellationToken) =>
        throw new TransactionException(noConnection);

    public override async ValueTask<IReadOnlyList<long>> CommitAsync(AppendRequest<TKey> request, CancellationToken cancellationToken)
    {
        if (_hasEnded)
        {
            throw new TransactionException("The transaction has ended.");
        }

        try
        {
            return await recorder.AppendAsync(request, cancellationToken).ConfigureAwait(false);
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
