using System.Diagnostics;
using EventSourcing.CompilerServices;
using EventSourcing.Serialization;

namespace EventSourcing;

/// <summary>
/// One reader of the log: page by page to its end, and from then on as events come. Hints only wake it; it finds events by reading. For
/// one caller at a time. Between two calls it holds only the watch.
/// </summary>
internal sealed class Subscription<TKey> : IDisposable
    where TKey : notnull
{
    // With a filter, most of the log may be skipped. Spans keep each read short, and each span ends at a place to continue from.
    private const long LargestSpan = 100_000;

    // With more subscriptions, one read of all topics for all is cheaper than one read of its topics for each.
    private const int Few = 16;

    // The event at the own position, and a page.
    private const int OwnAndPage = NotificationLog<TKey>.DefaultPageSize + 1;

    // In milliseconds.
    private const int FirstPause = 50;
    private const int LongestPause = 1500;
    private const int MostDoublings = 10;

    private readonly SharedLog<TKey> _log;
    private readonly EventRegistry<TKey> _registry;
    private readonly StateCodec _codec;
    private readonly EventStoreOptions _options;
    private readonly string[]? _topics;
    private readonly byte[][]? _utf8Topics;
    private readonly SharedLog<TKey>.Follower _follower;
    private readonly KeyValuePair<string, object?> _tag;
    private readonly LogPlace<TKey> _place;
    private int _failures;
    private DateTimeOffset _failingSince;
    private bool _mayBeOther = true;
    private bool _isAtEnd;

    // The greatest position that a read with topics has seen; 0 for none.
    private long _head;

    public Subscription(SharedLog<TKey> log, StoreContext<TKey> store, long? after, IReadOnlyCollection<string>? topics)
    {
        store.Options.Validate();
        (_log, _registry, _codec, _options) = (log, store.Registry, store.Codec, store.Options);
        _topics = topics is { Count: > 0 } ? [.. topics] : null;
        _utf8Topics = _topics is null ? null : Array.ConvertAll(_topics, System.Text.Encoding.UTF8.GetBytes);

        // Positions begin at 1.
        _place = new(log, Math.Max(after ?? 0, 0));

        // Before the first reading, so that no append falls between the last page and the first wait.
        _follower = log.Follow();
        _tag = store.Tag;
        Telemetry.Subscriptions.Add(1, _tag);
    }

    /// <summary>Continues to read; waits first if the end of the log was reached.</summary>
    /// <returns>New events, or at least a greater position.</returns>
    public async ValueTask<RecordedEventBatch<TKey>> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_isAtEnd)
            {
                await _follower.WaitAsync(cancellationToken).ConfigureAwait(false);
            }

            var (page, before) = (new RecordedEventPage<TKey>(_registry, _codec), _place.Position);
            var started = DateTimeOffset.UtcNow;
            try
            {
                _isAtEnd = await ReadAsync(page, cancellationToken).ConfigureAwait(false);
                Succeed();
            }
            catch (Exception failure) when (page.Count > 0 && !cancellationToken.IsCancellationRequested)
            {
                Note(failure, isRetried: true, started);
                Succeed();
                // The events before the failure are complete. If the failure persists, the next read meets it first.
                (_isAtEnd, _mayBeOther) = (false, true);
            }
            catch (StoreException failure) when (failure.IsTransient)
            {
                Note(failure, isRetried: true, started);
                Tell(failure, isRetried: true);
                (_isAtEnd, _mayBeOther) = (false, true);
                await PauseAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is not (OperationCanceledException or ObjectDisposedException))
            {
                Note(failure, isRetried: false, started);
                Tell(failure, isRetried: false);
                throw;
            }

            if (page.Count > 0)
            {
                Note(page, started);
            }

            if (_place.Position != before)
            {
                return new(page.Events, _place.Position);
            }
        }
    }

    public void Dispose()
    {
        Succeed();
        _follower.Dispose();
        Telemetry.Subscriptions.Add(-1, _tag);
    }

    // An idle subscription polls once in a while and finds nothing: that is no activity. So the activity is created when there is something.
    private void Note(RecordedEventPage<TKey> page, DateTimeOffset started)
    {
        using (var activity = Begin(started))
        {
            activity?.SetTag("eventsourcing.events", page.Count);
        }

        Telemetry.EventsReceived.Add(page.Count, _tag);
        if (Telemetry.Lag.Enabled)
        {
            Telemetry.Lag.Record(Math.Max(0, (AggregateClock.Now - page.Events[^1].Header.Timestamp).TotalSeconds), _tag);
        }
    }

    private void Note(Exception failure, bool isRetried, DateTimeOffset started)
    {
        using (var activity = Begin(started))
        {
            activity.Fail(failure);
        }

        Telemetry.Failures.Add(1, _tag, new("error.type", failure.GetType().Name), new("eventsourcing.retried", isRetried));
    }

    private void Succeed()
    {
        if (_failures > 0)
        {
            _log.Monitor.End(this);
        }

        _failures = 0;
    }

    private void Tell(Exception failure, bool isRetried)
    {
        if (_failures++ == 0)
        {
            _failingSince = _options.TimeProvider.GetUtcNow();
        }

        _log.Monitor.Fail(
            this, new((string)_tag.Value!, _place.Position, _topics, failure.GetType().Name, isRetried, _failures, _failingSince));
    }

    private Activity? Begin(DateTimeOffset started) =>
        Telemetry.Source.StartActivity("eventsourcing.subscription.read", ActivityKind.Internal, default(ActivityContext), startTime: started)?.SetTag(_tag.Key, _tag.Value);

    // From the beginning, rows with a position below the first are read too. There must be none.
    private long? Start => _place.Position == 0 ? null : _place.Position;

    /// <summary>
    /// Reads one page and moves forward; true when the end of the log was reached. After a failure, the page has the complete events.
    /// </summary>
    private async ValueTask<bool> ReadAsync(RecordedEventPage<TKey> page, CancellationToken cancellationToken)
    {
        if (_mayBeOther)
        {
            await _place.LookAsync(cancellationToken).ConfigureAwait(false);
            _head = 0;
        }

        _mayBeOther = false;
        var sink = new SubscriptionPage<TKey>(page, _place.Position, NotificationLog<TKey>.DefaultPageSize, _utf8Topics);
        try
        {
            return await (_topics is null ? ReadAllAsync(sink, page, cancellationToken) : ReadTopicsAsync(sink, page, cancellationToken)).ConfigureAwait(false);
        }
        catch (Exception failure) when (page.Count > 0 || failure is StoredEventException)
        {
            await CompareAsync(page, sink, cancellationToken).ConfigureAwait(false);
            if (page.Count > 0)
            {
                _place.Move(page.LastPosition, sink.Last);
            }

            throw;
        }
    }

    private async ValueTask<bool> ReadAllAsync(SubscriptionPage<TKey> sink, RecordedEventPage<TKey> page, CancellationToken cancellationToken)
    {
        await ReadWithOwnAsync(sink, null, null, cancellationToken).ConfigureAwait(false);
        await CompareAsync(page, sink, cancellationToken).ConfigureAwait(false);
        if (page.Count > 0)
        {
            _place.Move(page.LastPosition, sink.Last);
        }
        else if (sink.Own is null)
        {
            await _place.GetHeadAsync(cancellationToken).ConfigureAwait(false);
        }
        else
        {
            _place.Move(_place.Position, sink.Own);
        }

        return !sink.IsFull;
    }

    private async ValueTask<bool> ReadTopicsAsync(SubscriptionPage<TKey> sink, RecordedEventPage<TKey> page, CancellationToken cancellationToken)
    {
        // The head comes first: a reader that has seen a position never finds a new event below it. So a read up to the head that isn't full has seen
        // all events there will ever be, and the position moves forward although no event has it. As long as pages are full, an earlier head serves.
        var isOld = _head > _place.Position;
        _head = isOld ? _head : await _place.GetHeadAsync(cancellationToken).ConfigureAwait(false);
        if (_head == _place.Position && _head > 0)
        {
            return true;
        }

        var stop = Math.Min(_head, _place.Position + LargestSpan);
        var isShared = _log.Followers > Few && _head - _place.Position <= NotificationLog<TKey>.DefaultPageSize;
        await ReadWithOwnAsync(sink, stop, isShared ? null : _topics, cancellationToken).ConfigureAwait(false);
        await CompareAsync(page, sink, cancellationToken).ConfigureAwait(false);
        if (sink.IsFull)
        {
            _place.Move(sink.Last!.Value.Position, sink.Last);
            return _place.Position == _head;
        }

        if (isOld)
        {
            // The log may have lost events since.
            _head = await _place.GetHeadAsync(cancellationToken).ConfigureAwait(false);
            stop = Math.Min(stop, Math.Max(_head, sink.Last?.Position ?? 0));
        }

        _place.Move(stop, sink.Last?.Position == stop || stop < _head ? sink.Last : await _place.FindAsync(stop, cancellationToken).ConfigureAwait(false) ?? sink.Last);
        return _place.Position == _head;
    }

    /// <summary>
    /// Reads a page. The event at the own position is read with the others, as of the same moment, if it has one of the topics. All topics can be read
    /// together with other subscriptions.
    /// </summary>
    private async ValueTask ReadWithOwnAsync(SubscriptionPage<TKey> sink, long? stop, string[]? topics, CancellationToken cancellationToken)
    {
        try
        {
            await _log.ReadAsync(new(OwnAndPage, Start, stop, topics), sink, cancellationToken).ConfigureAwait(false);
        }
        catch (StoredEventException failure) when (failure.Position == _place.Position)
        {
            // The row at the own position has columns that not even the recorder can read. It was skipped on purpose.
            await _log.ReadAsync(new(OwnAndPage, Start, stop, topics, inclusiveOfStart: false), sink, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Checks that what was read is of the same log as before.</summary>
    private async ValueTask CompareAsync(RecordedEventPage<TKey> page, SubscriptionPage<TKey> sink, CancellationToken cancellationToken)
    {
        try
        {
            await _place.CompareAsync(_topics is null || sink.Own is not null, sink.Own, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            page.Events.Clear();
            throw;
        }
    }

    private Task PauseAsync(CancellationToken cancellationToken)
    {
        var pause = Math.Min(FirstPause << Math.Min(_failures - 1, MostDoublings), LongestPause);
        return Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(pause / 2, pause)), _options.TimeProvider, cancellationToken);
    }
}
