using EventSourcing;
using EventSourcing.Recording;

namespace Recorders.Contract;

/// <summary>The calls of a recorder with the parameters of the Python package, for tests.</summary>
public static class RecorderCalls
{
    public static ValueTask<IReadOnlyList<long>> InsertEventsAsync<TKey>(
        this IAggregateRecorder<TKey> recorder, IReadOnlyList<StoredEvent<TKey>> events, bool contiguous = false, CancellationToken cancellationToken = default)
        where TKey : notnull =>
        recorder.AppendAsync(new(events, contiguous ? AppendCondition.VersionsNext : AppendCondition.VersionsFree), cancellationToken);

    public static ValueTask ReadEventsAsync<TKey>(
        this IAggregateRecorder<TKey> recorder, TKey originatorId, EventSink<TKey> sink, long? after = null, long? upTo = null, bool descending = false,
        int? limit = null, CancellationToken cancellationToken = default)
        where TKey : notnull =>
        recorder.ReadStreamAsync(new(originatorId, after, upTo, descending, limit), sink, cancellationToken);

    public static ValueTask ReadNotificationsAsync<TKey>(
        this IApplicationRecorder<TKey> recorder, EventSink<TKey> sink, int limit, long? start = null, long? stop = null,
        IReadOnlyCollection<string>? topics = null, bool inclusiveOfStart = true, CancellationToken cancellationToken = default)
        where TKey : notnull =>
        recorder.ReadLogAsync(new(limit, start, stop, topics, inclusiveOfStart), sink, cancellationToken);

    public static ValueTask<IReadOnlyList<long>> WriteAsync<TKey>(
        this RecorderTransaction<TKey> session, IReadOnlyList<StoredEvent<TKey>> events, bool contiguous, CancellationToken cancellationToken)
        where TKey : notnull =>
        session.AppendAsync(new(events, contiguous ? AppendCondition.VersionsNext : AppendCondition.VersionsFree), cancellationToken);

    public static ValueTask<IReadOnlyList<long>> CommitAsync<TKey>(
        this RecorderTransaction<TKey> session, IReadOnlyList<StoredEvent<TKey>> events, CancellationToken cancellationToken)
        where TKey : notnull =>
        session.CommitAsync(new AppendRequest<TKey>(events, AppendCondition.VersionsNext), cancellationToken);

    public static ValueTask ReadEventsAsync<TKey>(
        this RecorderTransaction<TKey> session, TKey originatorId, EventSink<TKey> sink, long? after, long? upTo, bool descending, int? limit,
        CancellationToken cancellationToken)
        where TKey : notnull =>
        session.ReadStreamAsync(new(originatorId, after, upTo, descending, limit), sink, cancellationToken);

    public static ValueTask ReadNotificationsAsync<TKey>(
        this RecorderTransaction<TKey> session, EventSink<TKey> sink, int limit, long? start, long? stop, IReadOnlyCollection<string>? topics,
        bool inclusiveOfStart, CancellationToken cancellationToken)
        where TKey : notnull =>
        session.ReadLogAsync(new(limit, start, stop, topics, inclusiveOfStart), sink, cancellationToken);
}
