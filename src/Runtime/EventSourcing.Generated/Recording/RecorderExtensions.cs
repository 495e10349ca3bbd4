using System.Text;

namespace EventSourcing;

/// <summary>Reads rows as values that outlive the call.</summary>
public static class RecorderExtensions
{
    /// <summary>The events of one aggregate, in the order of their versions.</summary>
    /// <inheritdoc cref="IAggregateRecorder{TKey}.ReadEventsAsync" path="/*[not(self::summary)]"/>
    /// <returns>The events, copied; the positions are set for recorders that keep a log.</returns>
    public static async ValueTask<IReadOnlyList<Notification<TKey>>> SelectEventsAsync<TKey>(
        this IAggregateRecorder<TKey> recorder, TKey originatorId, long? after = null, long? upTo = null, bool descending = false,
        int? limit = null, CancellationToken cancellationToken = default)
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(recorder);
        var sink = new CopyingSink<TKey>();
        await recorder.ReadEventsAsync(originatorId, sink, after, upTo, descending, limit, cancellationToken).ConfigureAwait(false);
        return sink.Rows;
    }

    /// <summary>A part of the log, in the order of its positions.</summary>
    /// <inheritdoc cref="IApplicationRecorder{TKey}.ReadNotificationsAsync" path="/*[not(self::summary)]"/>
    /// <returns>The events, copied.</returns>
    public static async ValueTask<IReadOnlyList<Notification<TKey>>> SelectNotificationsAsync<TKey>(
        this IApplicationRecorder<TKey> recorder, int limit, long? start = null, long? stop = null,
        IReadOnlyCollection<string>? topics = null, bool inclusiveOfStart = true, CancellationToken cancellationToken = default)
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(recorder);
        var sink = new CopyingSink<TKey>();
        await recorder.ReadNotificationsAsync(sink, limit, start, stop, topics, inclusiveOfStart, cancellationToken).ConfigureAwait(false);
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
