using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using EventSourcing.CompilerServices;

namespace EventSourcing;

/// <summary>All events of an application, in the order of their positions. Thread safe.</summary>
/// <typeparam name="TKey">The type of the key: <see cref="Guid"/> or <see cref="string"/>.</typeparam>
public sealed class NotificationLog<TKey>
    where TKey : notnull
{
    /// <summary>How many events are read at once where nothing else is said.</summary>
    public const int DefaultPageSize = 500;

    // Without the transactions of a flow: a subscription is of what is committed.
    private readonly IApplicationRecorder<TKey> _recorder;
    private readonly TransactionManager<TKey> _transactions;
    private readonly EventRegistry<TKey> _registry;
    private readonly EventStoreOptions _options;
    private readonly SharedLog<TKey> _shared;

    internal NotificationLog(StoreContext<TKey> store, TransactionManager<TKey> transactions)
    {
        (_recorder, _registry, _options, _transactions) = (store.Provider, store.Registry, store.Options, transactions);
        _shared = new(_recorder, _options);
    }

    /// <summary>Tells of the subscriptions that don't get on, because the database is away for instance.</summary>
    public SubscriptionMonitor Subscriptions => _shared.Monitor;

    /// <summary>A part of the log. Inside a transaction, what it holds comes last, without positions.</summary>
    /// <param name="start">Where to begin; null for the beginning.</param>
    /// <param name="limit">At most so many events, at least 1.</param>
    /// <param name="stop">The last position wanted; null for no end.</param>
    /// <param name="topics">Only events of these topics, former ones included, see <see cref="Topics"/>; null or none for all.</param>
    /// <param name="inclusiveOfStart">Whether an event at <paramref name="start"/> itself is wanted.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
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

    /// <summary>All events from a position on, page by page, up to the end that the log has when it is reached.</summary>
    /// <param name="after">Only greater positions; null for all.</param>
    /// <param name="topics">Only events of these topics, former ones included, see <see cref="Topics"/>; null or none for all.</param>
    /// <param name="pageSize">How many events are read at once, at least 1; a page ends earlier at about 4 MiB. No connection is held while the caller works.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>
    /// The events. The transaction that this flow is in now stays that of the enumeration; those that it holds come last, without
    /// positions. A failure ends the enumeration, after the events before it were given.
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

    /// <summary>The greatest position; null when the log is empty.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreException">The database refused or failed.</exception>
    public ValueTask<long?> GetMaxPositionAsync(CancellationToken cancellationToken = default) =>
        _transactions.FindWork() is { } work ? work.GetMaxPositionAsync(cancellationToken) : _recorder.GetMaxPositionAsync(cancellationToken);

    /// <summary>All events from a position on: first those that are there, then each one as it is recorded, without end.</summary>
    /// <param name="after">Only greater positions: the last one seen, to go on from it; null for all.</param>
    /// <param name="topics">Only events of these topics, former ones included, see <see cref="Topics"/>; null or none for all.</param>
    /// <param name="cancellationToken">Ends the subscription, with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>
    /// The events, each once and in order. Several subscriptions go their ways at their own paces; each reads a page of
    /// <see cref="DefaultPageSize"/> events, or about 4 MiB, at most ahead of its caller, and holds no connection while the caller works.
    /// Those that are near the end of the log read together.
    /// </returns>
    /// <remarks>
    /// While the database is busy or away, the subscription tries again, at least every 5 seconds, and goes on where it was. Any
    /// other failure ends it, after the events before it were given; it can be begun again after the last of them, or after the
    /// position of an event that can't be read. When the store is disposed of, the subscription ends with an
    /// <see cref="ObjectDisposedException"/>. New events are seen at once where the database tells of them, and after
    /// <see cref="EventStoreOptions.PollingInterval"/> at the latest.
    /// </remarks>
    /// <exception cref="ArgumentException">The application has no event of one of the <paramref name="topics"/>.</exception>
    /// <exception cref="UnknownTopicException">The application has no event of a stored topic.</exception>
    /// <exception cref="StateDecodeException">An event can't be read.</exception>
    /// <exception cref="PositionAheadOfStoreException">The log ends before <paramref name="after"/>, which no event of it ever had.</exception>
    /// <exception cref="StoreException">The database refused or failed, and waiting won't help.</exception>
    public IAsyncEnumerable<RecordedEvent<TKey>> SubscribeAsync(
        long? after = null, IReadOnlyCollection<string>? topics = null, CancellationToken cancellationToken = default) =>
        Single(SubscribeInBatchesAsync(after, topics, CancellationToken.None), cancellationToken);

    /// <summary>As <see cref="SubscribeAsync"/>, with as many events at a time as there are, up to <see cref="DefaultPageSize"/>.</summary>
    /// <inheritdoc cref="SubscribeAsync" path="/*[not(self::summary) and not(self::returns)]"/>
    /// <returns>
    /// Events, and the position up to which the log was seen. With topics, it moves on also where none of them occurs: then a
    /// batch is empty, so that the way that was made can be remembered.
    /// </returns>
    public IAsyncEnumerable<RecordedEventBatch<TKey>> SubscribeInBatchesAsync(
        long? after = null, IReadOnlyCollection<string>? topics = null, CancellationToken cancellationToken = default) =>
        InBatches(after, _registry.Filter(topics), cancellationToken);

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
        using var subscription = new Subscription<TKey>(_shared, _registry, _options, after, topics);
        while (true)
        {
            yield return await subscription.NextAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async IAsyncEnumerable<RecordedEvent<TKey>> ReadAllAsync(
        UnitOfWork<TKey>? work, long? after, IReadOnlyCollection<string>? topics, int pageSize, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Those that the transaction holds and that were given. They come last and have no position to go on from, so the next page has
        // them again; it is the last one, so that this is done once.
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
                // What came before it is complete, and is given first.
                failure = ExceptionDispatchInfo.Capture(exception);
            }

            if (failure is null && !page.Events.Where(r => r.Position is null).Take(again).Select(r => (r.AggregateId, r.Header.Version)).SequenceEqual(held))
            {
                throw new TransactionException("What the transaction holds was written or discarded while its log was enumerated. Do so before or after that, or read with larger pages.");
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

    private RecordedEventPage<TKey> NewPage(bool isBounded) => new(_registry, _options.MaxStateSize, isBounded);

    /// <summary>Reads into a page. After a failure, it has what came before it.</summary>
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
