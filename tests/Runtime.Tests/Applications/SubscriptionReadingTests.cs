using System.Collections.Concurrent;
using EventSourcing.Recording;
using Xunit;

namespace EventSourcing.Tests.Applications;

/// <summary>How a subscription reads: events read before a failure, the failures it reports, and the reads it asks of the recorder.</summary>
public sealed class SubscriptionReadingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Events_read_before_a_failure_are_delivered_although_the_failure_lasts(bool hasTopics)
    {
        string[]? topics = hasTopics ? ["Dog.Registered"] : null;
        foreach (var failure in new Exception[] { new TransientStoreException("away"), new StoreException("damaged") })
        {
            var recorder = new HookedRecorder { HasRow = position => position < 3 ? true : throw failure };
            await using var yard = await FilledAsync(recorder, 5);
            await using var batches = yard.NotificationLog.SubscribeInBatchesAsync(topics: topics, cancellationToken: Token).GetAsyncEnumerator(Token);
            Assert.True(await batches.MoveNextAsync());
            Assert.Equal([1L, 2L], batches.Current.Events.Select(r => r.Position!.Value));
            Assert.Equal(2, batches.Current.Position);
            Assert.Empty(yard.NotificationLog.Subscriptions.Failing);
            if (failure is not TransientStoreException)
            {
                Assert.Same(failure, await Assert.ThrowsAsync<StoreException>(async () => await batches.MoveNextAsync()));
                continue;
            }

            var next = batches.MoveNextAsync().AsTask();
            while (yard.NotificationLog.Subscriptions.Failing.Count == 0)
            {
                await Task.Delay(1, Token);
            }

            Assert.Equal(2, yard.NotificationLog.Subscriptions.Failing[0].Position);
            recorder.HasRow = null;
            Assert.True(await next);
            Assert.Equal([3L, 4L, 5L], batches.Current.Events.Select(r => r.Position!.Value));
            Assert.Empty(yard.NotificationLog.Subscriptions.Failing);
        }
    }

    // The last event seen is deleted later. The log is not taken for another one, because the log of the new server is known by then.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task After_a_failure_the_log_of_the_server_that_took_over_is_recorded(int rowsBefore)
    {
        var recorder = new HookedRecorder { State = new LogState { GreatestPosition = 1, Identity = "a" } };
        await using var yard = await FilledAsync(recorder, 1);
        await using var batches = yard.NotificationLog.SubscribeInBatchesAsync(cancellationToken: Token).GetAsyncEnumerator(Token);
        Assert.True(await batches.MoveNextAsync());

        var hasFailed = false;
        recorder.HasRow = position =>
        {
            if (position <= 1 + rowsBefore)
            {
                return true;
            }

            if (hasFailed)
            {
                return true;
            }

            hasFailed = true;
            recorder.State = new LogState { GreatestPosition = 3, GivenPosition = 3, Identity = "b" };
            throw new TransientStoreException("away");
        };
        await yard.SaveAsync([new Dog("Rex"), new Dog("Bo")], Token);
        for (var last = 1L; last < 3; last = batches.Current.Position)
        {
            Assert.True(await batches.MoveNextAsync());
        }

        Assert.True(hasFailed);

        recorder.HasRow = position => position != 3;
        recorder.State = new LogState { GreatestPosition = 4, GivenPosition = 4, Identity = "b" };
        await yard.SaveAsync(new Dog("Ace"), Token);
        Assert.True(await batches.MoveNextAsync());
        Assert.Equal(4, batches.Current.Position);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_end_of_a_subscription_is_not_a_failure(bool isCancelled)
    {
        using var end = new CancellationTokenSource();
        var (told, recorder) = (new ConcurrentQueue<SubscriptionFailure>(), new HookedRecorder());
        var yard = await FilledAsync(recorder, 3);
        yard.NotificationLog.Subscriptions.Failed += told.Enqueue;
        await using var batches = yard.NotificationLog.SubscribeInBatchesAsync(cancellationToken: end.Token).GetAsyncEnumerator(end.Token);
        recorder.HasRow = position =>
        {
            // In the middle of a page.
            if (isCancelled && position == 2)
            {
                end.Cancel();
            }

            return true;
        };
        if (isCancelled)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await batches.MoveNextAsync());
        }
        else
        {
            Assert.True(await batches.MoveNextAsync());
            var next = batches.MoveNextAsync().AsTask();
            await yard.DisposeAsync();
            recorder.Signal?.Set();
            await yard.Recorder.Provider.DisposeAsync();
            await Assert.ThrowsAsync<ObjectDisposedException>(() => next.WaitAsync(TimeSpan.FromSeconds(30), Token));
        }

        Assert.Empty(told);
        await yard.DisposeAsync();
    }

    [Fact]
    public async Task A_failure_is_reported_with_its_time_and_topics_until_the_subscription_ends()
    {
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var (told, clock) = (new ConcurrentQueue<SubscriptionFailure>(), new StoppedClock(now));
        await using var yard = await FilledAsync(new HookedRecorder { Reading = _ => throw new TransientStoreException("away") }, 1, new EventStoreOptions { TimeProvider = clock });
        yard.NotificationLog.Subscriptions.Failed += failure =>
        {
            told.Enqueue(failure);
            clock.Now += TimeSpan.FromMinutes(1);
        };
        using var end = new CancellationTokenSource();
        await using (var batches = yard.NotificationLog.SubscribeInBatchesAsync(topics: [], cancellationToken: end.Token).GetAsyncEnumerator(end.Token))
        {
            var next = batches.MoveNextAsync().AsTask();
            while (told.Count < 3)
            {
                await Task.Delay(1, Token);
            }

            Assert.Single(yard.NotificationLog.Subscriptions.Failing);
            await end.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
        }

        Assert.Empty(yard.NotificationLog.Subscriptions.Failing);
        Assert.All(told, failure => Assert.Equal((now, null, true, "HookedYard"), (failure.Since, failure.Topics, failure.IsRetried, failure.Application)));
        Assert.Equal(Enumerable.Range(1, told.Count), told.Select(f => f.Failures));
    }

    [Theory]
    [InlineData(15, 0, 400, false)]
    [InlineData(16, 0, 400, true)]
    [InlineData(16, 0, 500, true)]
    [InlineData(16, 0, 501, false)]
    [InlineData(16, 300, 700, true)]
    public async Task Many_subscriptions_near_the_end_read_all_topics_together_and_few_read_their_own(int others, int after, int head, bool areAll)
    {
        var recorder = new HookedRecorder();
        await using var yard = await FilledAsync(recorder, head, new EventStoreOptions { PollingInterval = TimeSpan.FromHours(1) });
        using var end = new CancellationTokenSource();
        var waiting = Enumerable.Range(0, others).Select(_ => yard.NotificationLog.SubscribeInBatchesAsync(head, cancellationToken: end.Token).GetAsyncEnumerator(end.Token)).ToList();
        var nexts = waiting.Select(w => w.MoveNextAsync().AsTask()).ToList();
        await Task.Delay(50, Token);
        var readings = new ConcurrentQueue<string?>();
        recorder.Reading = topics =>
        {
            readings.Enqueue(topics?.Single());
            return default;
        };
        await using (var batches = yard.NotificationLog.SubscribeInBatchesAsync(after, ["Dog.Registered"], Token).GetAsyncEnumerator(Token))
        {
            Assert.True(await batches.MoveNextAsync());
            Assert.Equal(Math.Min(head - after, 500), batches.Current.Events.Count);
        }

        Assert.Equal([areAll ? null : "Dog.Registered"], readings);
        await end.CancelAsync();
        foreach (var (one, next) in waiting.Zip(nexts))
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
            await one.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_log_read_begun_outside_of_the_transaction_has_only_committed_events()
    {
        await using var yard = await FilledAsync(new HookedRecorder(), 2);
        var outside = yard.NotificationLog.ReadAllAsync(cancellationToken: Token);
        await using var transaction = await yard.Recorder.BeginTransactionAsync(eventsOnly: true, cancellationToken: Token);
        await yard.SaveAsync(new Dog("Held"), Token);
        Assert.Equal([1L, 2L], await PositionsAsync(outside, 10));
        Assert.Equal([1L, 2L, null], await PositionsAsync(yard.NotificationLog.ReadAllAsync(cancellationToken: Token), 10));
        Assert.Equal([1L, 2L], await PositionsAsync(yard.NotificationLog.SubscribeAsync(cancellationToken: Token), 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => yard.NotificationLog.ReadAllAsync(pageSize: 0, cancellationToken: Token));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await yard.NotificationLog.SelectAsync(limit: 0, cancellationToken: Token));
    }

    private static async Task<List<long?>> PositionsAsync(IAsyncEnumerable<RecordedEvent<Guid>> recordings, int count)
    {
        var positions = new List<long?>();
        await foreach (var recording in recordings)
        {
            positions.Add(recording.Position);
            if (positions.Count == count)
            {
                break;
            }
        }

        return positions;
    }

    private static async Task<HookedYard> FilledAsync(HookedRecorder recorder, int dogs, EventStoreOptions? options = null)
    {
        var yard = HookedYard.Over(recorder, options);
        if (dogs > 0)
        {
            await yard.SaveAsync([.. Enumerable.Range(0, dogs).Select(i => new Dog($"Dog {i}"))], Token);
        }

        return yard;
    }
}
