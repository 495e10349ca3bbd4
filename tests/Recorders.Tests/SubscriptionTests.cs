using EventSourcing;
using EventSourcing.Recording;
using Recorders.Contract;
using Xunit;

namespace Recorders.Tests;

/// <summary>How subscriptions handle failures, on any recorder.</summary>
public sealed class SubscriptionTests(ITestOutputHelper output)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Failures_and_wrong_hints_lose_nothing()
    {
        var rounds = TestRounds.Of(15, 300);
        var failures = 0;
        for (var round = 0; round < rounds; round++)
        {
            await using var recorder = new InMemoryRecorder<Guid>();
            failures += await SubscriptionFaults.RunAsync(recorder, TestRounds.Seed + round, 20).WaitAsync(TimeSpan.FromMinutes(1), Token);
        }

        output.WriteLine($"{rounds} rounds, {failures} failures met, 0 violations, seed {TestRounds.Seed}");
        Assert.True(failures > rounds);
    }

    [Fact]
    public async Task Pauses_grow_while_the_database_is_unavailable_and_are_reset_afterwards()
    {
        await using var inner = new InMemoryRecorder<Guid>();
        await InsertAsync(inner);
        var failures = 50;
        var clock = new HastyClock();
        var recorder = new HookedRecorder(inner) { Head = head => failures-- > 0 ? throw new TransientStoreException("away") : head };
        await using var subscription = Subscribing.Log(recorder, new() { TimeProvider = clock, PollingInterval = TimeSpan.FromHours(1) }).SubscribeInBatchesAsync(topics: ["Tested"], cancellationToken: Token)
            .GetAsyncEnumerator(Token);

        Assert.True(await subscription.MoveNextAsync());
        int[] wanted = [50, 100, 200, 400, 800, .. Enumerable.Repeat(1500, 45)];
        Assert.Equal(wanted.Length, clock.Waits.Count);
        Assert.All(wanted.Zip(clock.Waits), pair => Assert.InRange(pair.Second.TotalMilliseconds, pair.First / 2.0, pair.First));
        Assert.True(clock.Waits.Distinct().Count() > 40, "The pauses are not spread.");

        clock.Waits.Clear();
        failures = 2;
        await InsertAsync(inner);
        Assert.True(await subscription.MoveNextAsync());
        Assert.Equal(2, clock.Waits.Count(wait => wait < TimeSpan.FromMilliseconds(101)));
    }

    [Fact]
    public async Task Other_failures_end_it()
    {
        await using var inner = new InMemoryRecorder<Guid>();
        foreach (var failure in new Exception[] { new StoreException("damaged"), new StoreConfigurationException("wrong"), new StorageFullException("full"), new InvalidTimeZoneException() })
        {
            var recorder = new HookedRecorder(inner) { Head = _ => throw failure };
            Assert.Same(failure, await Record.ExceptionAsync(() => Subscribing.TakeAsync(Subscribing.Log(recorder), 1, 1)));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(25 * 24 * 3600 * 1000L)]
    public async Task Polling_interval_must_be_positive_and_not_too_long(long milliseconds)
    {
        await using var recorder = new InMemoryRecorder<Guid>();
        var log = Subscribing.Log(recorder, new() { PollingInterval = TimeSpan.FromMilliseconds(milliseconds) });
        await Assert.ThrowsAsync<StoreConfigurationException>(() => Subscribing.TakeAsync(log, null, 1));
    }

    [Fact]
    public async Task A_long_log_without_the_topics_is_skipped_in_steps()
    {
        await using var inner = new InMemoryRecorder<Guid>();
        await InsertAsync(inner);
        var recorder = new HookedRecorder(inner) { Head = _ => 250_001 };
        var positions = new List<long>();
        await foreach (var batch in Subscribing.Log(recorder).SubscribeInBatchesAsync(topics: ["Tested"], cancellationToken: Token))
        {
            positions.Add(batch.Position);
            if (batch.Position == 250_001)
            {
                break;
            }
        }

        Assert.Equal([100_000, 200_000, 250_001], positions);
    }

    private static async Task InsertAsync(IApplicationRecorder<Guid> recorder) =>
        await recorder.InsertEventsAsync([new StoredEvent<Guid>(Guid.NewGuid(), 1, "Tested", "{}"u8.ToArray())], cancellationToken: Token);

    /// <summary>Notes the length of each wait, and doesn't wait.</summary>
    private sealed class HastyClock : TimeProvider
    {
        public List<TimeSpan> Waits { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            // The wait for the next poll isn't a pause.
            if (dueTime > TimeSpan.FromSeconds(5))
            {
                return base.CreateTimer(callback, state, dueTime, period);
            }

            if (dueTime > TimeSpan.Zero)
            {
                Waits.Add(dueTime);
            }

            return base.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? TimeSpan.FromMilliseconds(1) : dueTime, period);
        }
    }
}
