using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using EventSourcing.CompilerServices;
using EventSourcing.Recording;

namespace EventSourcing;

/// <summary>All events of an application, in the order of their positions. Thread safe.</summary>
/// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
public sealed class NotificationLog<TKey>
    where TKey : notnull
{
    /// <summary>The default number of events in a page.</summary>
    public const int DefaultPageSize = 500;

    // Without the transactions of a flow: a subscription sees committed events only.
    private readonly IApplicationRecorder<TKey> _recorder;
    private readonly TransactionManager<TKey> _transactions;
    private readonly EventRegistry<TKey> _registry;
    private readonly StoreContext<TKey> _store;
    private readonly SharedLog<TKey> _shared;

    internal NotificationLog(StoreContext<TKey> store, TransactionManager<TKey> transactions)
    {
        (_store, _recorder, _registry, _transactions) = (store, store.Provider, store.Registry, transactions);
        _shared = new(_recorder, store.Options);
    }

    /// <summary>The monitor of subscriptions whose reads fail, for instance because the database is unavailable.</summary>
    public SubscriptionMonitor Subscriptions => _shared.Monitor;

    /// <summary>Reads a part of the log. Inside a transaction, its held events come last, without positions.</summary>
    /// <param name="start">The position to begin at; null for the beginning.</param>
    /// <param name="limit">The maximum number of events, at least 1.</param>
    /// <param name="stop">The last position to read; null for no end.</param>
    /// <param name="topics">Only events of these topics, former ones included, see <see cref="Topics"/>; null or none for all.</param>
    /// <param name="inclusiveOfStart">Whether an event at <paramref name="start"/> itself is included.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>The events.</returns>
    /// <exception cref="ArgumentException">The application has no event of one of the <paramref name="topics"/>.</exception>
    /// <exception cref="UnknownTopicException">The application has no event of a stored topic.</exception>
    /// <exception cref="StateDecodeException">An event can't be read.</exception>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    public async ValueTask<IReadOnlyList<RecordedEvent<TKey>>> SelectAsync(
        long? start = null, int limit = DefaultPageSize, long? stop = null, IReadOnlyCollection<string>? topics = null,
        bool inclusiveOfStart = true, CancellationToken cancellationToken = default)
    {
        var query = new LogQuery(limit, start, stop, _registry.Filter(topics), inclusiveOfStart);
        var page = NewPage(isBounded: false);
        await ReadPageAsync(page, _transactions.FindWork(), query, cancellationToken).ConfigureAwait(false);
        return page.Events;
    }

    /// <summary>Reads all events after a position, page by page, up to the end that the log has when it is reached.</summary>
    /// <param name="after">Only greater positions; null for all.</param>
    /// <param name="topics">Only events of these topics, former ones included, see <see cref="Topics"/>; null or none for all.</param>
    /// <param name="pageSize">
    /// The number of events in a page, at least 1; a page ends earlier at about 4 MiB. No connection is held while the caller works.
    /// </param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>
    /// The events. The enumeration stays in the transaction that this flow has at the call; its held events come last, without positions. A failure
    /// ends the enumeration, after the events before it.
    /// </returns>
    /// <exception cref="ArgumentException">The application has no event of one of the <paramref name="topics"/>.</exception>
    /// <exception cref="UnknownTopicException">The application has no event of a stored topic.</exception>
    /// <exception cref="StateDecodeException">An event can't be read.</exception>
    /// <exception cref="TransactionException">The transaction ended before the enumeration did.</exception>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    public IAsyncEnumerable<RecordedEvent<TKey>> ReadAllAsync(
        long? after = null, IReadOnlyCollection<string>? topics = null, int pageSize = DefaultPageSize, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pageSize, 1);
        return ReadAllAsync(_transactions.FindWork(), after, _registry.Filter(topics), pageSize, cancellationToken);
    }

    /// <summary>Returns the greatest position; null when the log is empty.</summary>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    public ValueTask<long?> GetMaxPositionAsync(CancellationToken cancellationToken = default) =>
        _transactions.FindWork() is { } work ? work.GetMaxPositionAsync(cancellationToken) : _recorder.GetMaxPositionAsync(cancellationToken);

    /// <summary>Subscribes to all events after a position: first the stored ones, then each one as it is recorded, without end.</summary>
    /// <param name="after">Only greater positions: the last position read, to continue after it; null for all.</param>
    /// <param name="topics">Only events of these topics, former ones included, see <see cref="Topics"/>; null or none for all.</param>
    /// <param name="cancellationToken">Cancels the subscription, which ends with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>
    /// The events, each once and in order. Subscriptions are independent of each other. Each reads at most one page of
    /// <see cref="DefaultPageSize"/> events, or about 4 MiB, ahead of its caller, and holds no connection while the caller works. Subscriptions
    /// near the end of the log share their reads.
    /// </returns>
    /// <remarks>
    /// While the database is busy or unavailable, the subscription retries, at least every 5 seconds, and continues where it was. Any other failure
    /// ends it, after the events before the failure. A new subscription can begin after the last of them, or after the position of an event that
    /// can't be read. When the store is disposed of, the subscription ends with an <see cref="ObjectDisposedException"/>. New events are seen at
    /// once if the database signals them, and after <see cref="EventStoreOptions.PollingInterval"/> at the latest.
    /// </remarks>
    /// <exception cref="ArgumentException">The application has no event of one of the <paramref name="topics"/>.</exception>
    /// <exception cref="UnknownTopicException">The application has no event of a stored topic.</exception>
    /// <exception cref="StateDecodeException">An event can't be read.</exception>
    /// <exception cref="PositionAheadOfStoreException">
    /// The log ends before <paramref name="after"/>, and none of its events ever had that position.
    /// </exception>
    /// <exception cref="StoreException">The database refused or failed, and a retry won't help.</exception>
    public IAsyncEnumerable<RecordedEvent<TKey>> SubscribeAsync(
        long? after = null, IReadOnlyCollection<string>? topics = null, CancellationToken cancellationToken = default) =>
        Single(SubscribeInBatchesAsync(after, topics, CancellationToken.None), cancellationToken);

    /// <summary>As <see cref="SubscribeAsync"/>, in batches of the available events, up to <see cref="DefaultPageSize"/>.</summary>
    /// <inheritdoc cref="SubscribeAsync" path="/*[not(self::summary) and not(self::returns)]"/>
    /// <returns>
    /// Events, and the position up to which the log was read. With topics, the position also moves when no event matches. The batch is then empty,
    /// so that the subscriber can store its position.
    /// </returns>
    public IAsyncEnumerable<RecordedEventBatch<TKey>> SubscribeInBatchesAsync(
        long? after = null, IReadOnlyCollection<string>? topics = null, CancellationToken cancellationToken = default) =>
        InBatches(after, _registry.Filter(topics), cancellationToken);

    /// <summary>Returns the time of the first committed event of some topics after a position; null if there is none, or if it can't be read.</summary>
    internal async ValueTask<DateTimeOffset?> FindTimeAsync(long after, IReadOnlyCollection<string> topics, CancellationToken cancellationToken)
    {
        var page = NewPage(isBounded: false);
        try
        {
            await ReadPageAsync(page, null, new(1, after, topics: _registry.Filter(topics), inclusiveOfStart: false), cancellationToken).ConfigureAwait(false);
        }
        catch (StoredEventException)
        {
            return null;
        }

        return page.Count == 0 ? null : page.Events[0].Header.Timestamp;
    }

    private static async IAsyncEnumerable<RecordedEvent<TKey>> Single(
        IAsyncEnumerable<RecordedEventBatch<TKey>> batches, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var batch in batches.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            foreach (var recording in batch.Events)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return recording;
            }
        }
    }

    private async IAsyncEnumerable<RecordedEventBatch<TKey>> InBatches(
        long? after, IReadOnlyCollection<string>? topics, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var subscription = new Subscription<TKey>(_shared, _store, after, topics);
        while (true)
        {
            yield return await subscription.NextAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async IAsyncEnumerable<RecordedEvent<TKey>> ReadAllAsync(
        UnitOfWork<TKey>? work, long? after, IReadOnlyCollection<string>? topics, int pageSize, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // The held events of the transaction that were returned. They come last and have no position to continue from, so the next page has them
        // again. It is the last page, so this happens once.
        var held = new List<(TKey, long)>();
        while (true)
        {
            var (limit, again) = (held.Count == 0 ? pageSize : int.MaxValue, held.Count);
            var page = NewPage(isBounded: work is null);
            var failure = (ExceptionDispatchInfo?)null;
            try
            {
                await ReadPageAsync(page, work, new(limit, after, topics: topics, inclusiveOfStart: false), cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (page.Count > 0 && !cancellationToken.IsCancellationRequested)
            {
                // The events before the failure are complete, and are returned first.
                failure = ExceptionDispatchInfo.Capture(exception);
            }

            if (failure is null && !page.Events.Where(r => r.Position is null).Take(again).Select(r => (r.AggregateId, r.Header.Version)).SequenceEqual(held))
            {
                throw new TransactionException("Saves that the transaction holds were written or discarded while its log was enumerated. Write or discard them before or after the enumeration, or read with larger pages.");
            }

            foreach (var recording in page.Events)
            {
                if (recording.Position is { } position)
                {
                    after = position;
                }
                else if (again-- > 0)
                {
                    continue;
                }
                else
                {
                    held.Add((recording.AggregateId, recording.Header.Version));
                }

                yield return recording;
            }

            failure?.Throw();
            if (page.Count < limit && !page.IsFull)
            {
                yield break;
            }
        }
    }

    /// <summary>Creates a page that converts the rows of one read.</summary>
    internal RecordedEventPage<TKey> NewPage(bool isBounded) => new(_registry, _store.Codec, isBounded);

    /// <summary>Reads into a page. After a failure, the page has the events before it.</summary>
    private async ValueTask ReadPageAsync(RecordedEventPage<TKey> page, UnitOfWork<TKey>? work, LogQuery query, CancellationToken cancellationToken)
    {
        var tag = _registry.Tag;
        using var activity = Telemetry.Start("eventsourcing.read", tag);
        try
        {
            await (work is null
                ? _recorder.ReadLogAsync(query, page, cancellationToken)
                : work.ReadLogAsync(query, page, cancellationToken)).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            activity.Fail(failure);
            throw;
        }

        activity?.SetTag("eventsourcing.events", page.Count);
        Telemetry.EventsRead.Add(page.Count, tag);
    }
}
