using System.Runtime.CompilerServices;
using EventSourcing.CompilerServices;
using EventSourcing.Serialization;

namespace EventSourcing;

/// <summary>All events of an application, in the order of their positions. Thread safe.</summary>
/// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
public sealed class NotificationLog<TKey>
    where TKey : notnull
{
    /// <summary>How many events are read at once where nothing else is said.</summary>
    public const int DefaultPageSize = 500;

    private readonly IApplicationRecorder<TKey> _recorder;
    private readonly EventRegistry<TKey> _registry;
    private readonly EventStoreOptions _options;

    internal NotificationLog(IApplicationRecorder<TKey> recorder, EventRegistry<TKey> registry, EventStoreOptions options) =>
        (_recorder, _registry, _options) = (recorder, registry, options);

    /// <summary>A part of the log.</summary>
    /// <param name="start">Where to begin; null for the beginning.</param>
    /// <param name="limit">At most so many events, at least 1.</param>
    /// <param name="stop">The last position wanted; null for no end.</param>
    /// <param name="topics">Only these topics; null or none for all.</param>
    /// <param name="inclusiveOfStart">Whether an event at <paramref name="start"/> itself is wanted.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The events.</returns>
    /// <exception cref="UnknownTopicException">The application has no event of a stored topic.</exception>
    /// <exception cref="StateDecodeException">An event can't be read.</exception>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    public async ValueTask<IReadOnlyList<Recording<TKey>>> SelectAsync(
        long? start = null, int limit = DefaultPageSize, long? stop = null, IReadOnlyCollection<string>? topics = null,
        bool inclusiveOfStart = true, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var page = new Page(_registry, _options.MaxStateSize);
        await _recorder.ReadNotificationsAsync(page, limit, start, stop, topics, inclusiveOfStart, cancellationToken).ConfigureAwait(false);
        return page.Recordings;
    }

    /// <summary>All events from a position on, page by page, up to the end that the log has when it is reached.</summary>
    /// <param name="after">Only greater positions; null for all.</param>
    /// <param name="topics">Only these topics; null or none for all.</param>
    /// <param name="pageSize">How many events are read at once, at least 1. No connection is held while the caller works.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The events.</returns>
    /// <exception cref="UnknownTopicException">The application has no event of a stored topic.</exception>
    /// <exception cref="StateDecodeException">An event can't be read.</exception>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    public async IAsyncEnumerable<Recording<TKey>> ReadAllAsync(
        long? after = null, IReadOnlyCollection<string>? topics = null, int pageSize = DefaultPageSize,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var page = await SelectAsync(after, pageSize, null, topics, inclusiveOfStart: false, cancellationToken).ConfigureAwait(false);
            foreach (var recording in page)
                yield return recording;
            if (page.Count < pageSize)
                yield break;
            after = page[^1].Position;
        }
    }

    /// <summary>The greatest position; null when the log is empty.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    public ValueTask<long?> GetMaxPositionAsync(CancellationToken cancellationToken = default) => _recorder.GetMaxPositionAsync(cancellationToken);

    private sealed class Page(EventRegistry<TKey> registry, int limit) : EventSink<TKey>
    {
        private readonly StateDecoder.EventReader _read = registry.ReadEvent;

        public List<Recording<TKey>> Recordings { get; } = [];

        public override void Add(in EventRow<TKey> row)
        {
            var @event = StateDecoder.Read(row, _read, registry.ApplicationName, limit, out var timestamp);
            Recordings.Add(new(
                row.Position, row.OriginatorId, new EventHeader(row.OriginatorVersion, timestamp), registry.GetTopic(row.Topic), @event, MetadataJson.Read(row.Metadata)));
        }
    }
}
