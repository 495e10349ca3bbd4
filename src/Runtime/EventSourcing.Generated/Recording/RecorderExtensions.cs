using System.Text;

namespace EventSourcing.Recording;

/// <summary>Reads rows as values that stay valid after the call.</summary>
public static class RecorderExtensions
{
    /// <summary>Reads the events of one aggregate, in the order of their versions.</summary>
    /// <param name="recorder">The recorder.</param>
    /// <param name="originatorId">The key of the aggregate.</param>
    /// <param name="after">Only greater versions; null for all.</param>
    /// <param name="upTo">Only this version and smaller ones; null for all.</param>
    /// <param name="descending">Greatest version first.</param>
    /// <param name="limit">The maximum number of events, at least 1; null for all.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    /// <returns>The events, copied; the positions are set for recorders that keep a log.</returns>
    public static async ValueTask<IReadOnlyList<Notification<TKey>>> SelectEventsAsync<TKey>(
        this IAggregateRecorder<TKey> recorder, TKey originatorId, long? after = null, long? upTo = null, bool descending = false,
        int? limit = null, CancellationToken cancellationToken = default)
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(recorder);
        var sink = new CopyingSink<TKey>();
        await recorder.ReadStreamAsync(new(originatorId, after, upTo, descending, limit), sink, cancellationToken).ConfigureAwait(false);
        return sink.Rows;
    }

    /// <summary>Reads a part of the log, in the order of its positions.</summary>
    /// <param name="recorder">The recorder.</param>
    /// <param name="limit">The maximum number of events, at least 1.</param>
    /// <param name="start">The position to begin at; null for the beginning.</param>
    /// <param name="stop">The last position to read; null for no end.</param>
    /// <param name="topics">Only events of these topics; null or none for all.</param>
    /// <param name="inclusiveOfStart">Whether an event at <paramref name="start"/> itself is included.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    /// <returns>The events, copied.</returns>
    public static async ValueTask<IReadOnlyList<Notification<TKey>>> SelectNotificationsAsync<TKey>(
        this IApplicationRecorder<TKey> recorder, int limit, long? start = null, long? stop = null,
        IReadOnlyCollection<string>? topics = null, bool inclusiveOfStart = true, CancellationToken cancellationToken = default)
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(recorder);
        var sink = new CopyingSink<TKey>();
        await recorder.ReadLogAsync(new(limit, start, stop, topics, inclusiveOfStart), sink, cancellationToken).ConfigureAwait(false);
        return sink.Rows;
    }

    private sealed class CopyingSink<TKey> : EventSink<TKey>
        where TKey : notnull
    {
        public List<Notification<TKey>> Rows { get; } = [];

        public override void Add(in EventRow<TKey> row) => Rows.Add(new Notification<TKey>(
            row.Position, row.OriginatorId, row.OriginatorVersion, Encoding.UTF8.GetString(row.Topic), row.State.ToArray(), row.Metadata.ToArray()));
    }
}
