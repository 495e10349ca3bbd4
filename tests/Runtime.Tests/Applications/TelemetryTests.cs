using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using EventSourcing.Recording;
using Xunit;

namespace EventSourcing.Tests.Applications;

/// <summary>The library's activities and metrics, and the values that they must not reveal.</summary>
public class TelemetryTests
{
    [Fact]
    public async Task Saves_loads_and_conflicts_are_reported_without_state()
    {
        var token = TestContext.Current.CancellationToken;
        var activities = new ConcurrentBag<Activity>();
        var counts = new ConcurrentDictionary<string, double>();
        var read = 4;
        var failures = new ConcurrentQueue<Dictionary<string, object?>>();
        using var activityListener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "EventSourcing.Generated",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activities.Add,
        };
        ActivitySource.AddActivityListener(activityListener);
        using var meterListener = new MeterListener();
        meterListener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "EventSourcing.Generated")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        meterListener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Count(instrument, value, tags));
        meterListener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
        {
            Count(instrument, 1, tags);
            Assert.InRange(value, 0, 60);
        });
        meterListener.Start();

        var recorder = new HookedRecorder();
        await using var yard = TelemetryYard.Over(recorder);
        await yard.SaveAsync(new Dog("canary"), token);
        await Assert.ThrowsAsync<ConcurrencyException>(async () => await yard.SaveAsync(new Dog("canary"), token));
        await yard.Repository.GetAsync<Dog>(Dog.CreateId("canary"), token);
        Told(saved: 1, conflicts: 1, loaded: 1, durations: 1, "load", "save", "save!");

        // Saves that are held are counted, timed and marked when they are committed.
        await yard.Recorder.InTransactionAsync(async _ => await yard.SaveAsync([new Dog("one"), new Dog("two")], token), cancellationToken: token);
        Told(saved: 2, conflicts: 0, loaded: 0, durations: 1, "commit", "save");
        await Assert.ThrowsAsync<ConcurrencyException>(async () => await yard.Recorder.InTransactionAsync(async _ => await yard.SaveAsync(new Dog("canary"), token), cancellationToken: token));
        Told(saved: 0, conflicts: 1, loaded: 0, durations: 0, "commit!", "save");
        await using (var session = yard.CreateSession())
        {
            using (session.Use())
            {
                await yard.SaveAsync(new Dog("three"), token);
            }

            await session.CommitAsync(token);
        }

        Told(saved: 1, conflicts: 0, loaded: 0, durations: 1, "commit", "save");
        await using (await yard.Recorder.BeginTransactionAsync(cancellationToken: token))
        {
            await yard.SaveAsync(new Dog("lost"), token);
        }

        Told(saved: 0, conflicts: 0, loaded: 0, durations: 0, "save");

        // A commit without events isn't counted. A commit of another owner is timed from the write on.
        await yard.Recorder.InTransactionAsync(_ => Task.CompletedTask, eventsOnly: true, cancellationToken: token);
        Told(saved: 0, conflicts: 0, loaded: 0, durations: 0, "commit");
        await using (var session = yard.CreateSession())
        await using (var transaction = new FakeTransaction())
        {
            await session.SaveAsync([new Dog("four"), new Dog("five")], token);
            await session.FlushAsync(transaction, token);
            session.Committed();
        }

        Told(saved: 2, conflicts: 0, loaded: 0, durations: 1, "flush", "save");

        Assert.Equal(4, (await yard.NotificationLog.SelectAsync(cancellationToken: token)).Count);
        Assert.Equal(4, counts["eventsourcing.events.read"]);
        Told(saved: 0, conflicts: 0, loaded: 0, durations: 0, "read");
        recorder.Reading = _ => throw new FormatException();
        await Assert.ThrowsAsync<FormatException>(async () => await yard.NotificationLog.SelectAsync(cancellationToken: token));
        Told(saved: 0, conflicts: 0, loaded: 0, durations: 0, "read!");
        recorder.Reading = null;
        await foreach (var batch in yard.NotificationLog.SubscribeInBatchesAsync(topics: ["Dog.TrickAdded"], cancellationToken: token))
        {
            Assert.Empty(batch.Events);
            break;
        }

        Told(saved: 0, conflicts: 0, loaded: 0, durations: 0);
        await foreach (var batch in yard.NotificationLog.SubscribeInBatchesAsync(cancellationToken: token))
        {
            Assert.Equal(1, counts["eventsourcing.subscriptions.active"]);
            break;
        }

        Assert.Equal((0, 4, 1), (counts["eventsourcing.subscriptions.active"], counts["eventsourcing.subscriptions.events"], counts["eventsourcing.subscriptions.lag"]));
        Told(saved: 0, conflicts: 0, loaded: 0, durations: 0, "subscription.read");
        read = 1;
        await foreach (var batch in yard.NotificationLog.SubscribeInBatchesAsync(3, cancellationToken: token))
        {
            break;
        }

        Assert.Equal((5, 2), (counts["eventsourcing.subscriptions.events"], counts["eventsourcing.subscriptions.lag"]));
        Told(saved: 0, conflicts: 0, loaded: 0, durations: 0, "subscription.read");
        await Assert.ThrowsAsync<PositionAheadOfStoreException>(async () =>
        {
            await foreach (var batch in yard.NotificationLog.SubscribeInBatchesAsync(99, cancellationToken: token))
            {
            }
        });
        Assert.Equal(1, counts["eventsourcing.subscriptions.failures"]);
        Assert.Equal(("PositionAheadOfStoreException", false), (failures.Single()["error.type"], failures.Single()["eventsourcing.retried"]));
        Told(saved: 0, conflicts: 0, loaded: 0, durations: 0, "subscription.read!");

        // One read fails in the middle, and one at its beginning: both are retried.
        recorder.HasRow = position => position < 2 ? true : throw new TransientStoreException("away");
        failures.Clear();
        using var end = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var batch in yard.NotificationLog.SubscribeInBatchesAsync(cancellationToken: end.Token))
            {
                end.CancelAfter(200);
            }
        });
        Assert.True(failures.Count > 1);
        Assert.All(failures, tags => Assert.Equal(("TransientStoreException", true), (tags["error.type"], tags["eventsourcing.retried"])));

        void Told(int saved, int conflicts, int loaded, int durations, params string[] spans)
        {
            Assert.Equal(
                (saved, conflicts, loaded, durations),
                (Take("eventsourcing.events.saved"), Take("eventsourcing.saves.conflicts"), Take("eventsourcing.events.loaded"), Take("eventsourcing.saves.duration")));
            var mine = activities.Where(a => Equals(a.GetTagItem("eventsourcing.application"), "TelemetryYard")).ToList();
            activities.Clear();
            Assert.All(mine, a => Assert.InRange(a.Duration, TimeSpan.Zero, TimeSpan.FromMinutes(1)));
            foreach (var whole in mine.Where(a => a.OperationName is "eventsourcing.commit" or "eventsourcing.flush"))
            {
                Assert.Equal(mine.Where(a => a.OperationName is "eventsourcing.save").Sum(a => (int)a.GetTagItem("eventsourcing.events")!), whole.GetTagItem("eventsourcing.events"));
            }

            Assert.All(mine.Where(a => a.OperationName is "eventsourcing.read" or "eventsourcing.subscription.read" && a.Status == ActivityStatusCode.Unset), a => Assert.Equal(read, a.GetTagItem("eventsourcing.events")));
            Assert.Equal(spans, mine.Select(a => a.OperationName["eventsourcing.".Length..] + (a.Status == ActivityStatusCode.Error ? "!" : "")).Order());
            Assert.DoesNotContain("canary", string.Join(' ', mine.SelectMany(a => a.TagObjects).Select(t => t.ToString()).Concat(mine.Select(a => a.StatusDescription))), StringComparison.Ordinal);
        }

        double Take(string name) => counts.TryRemove(name, out var value) ? value : 0;

        void Count(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (instrument.Name == "eventsourcing.subscriptions.failures" && tags.Contains(new("eventsourcing.application", "TelemetryYard")))
            {
                failures.Enqueue(new(tags.ToArray()));
            }

            foreach (var tag in tags)
            {
                if (tag is { Key: "eventsourcing.application", Value: "TelemetryYard" })
                {
                    counts.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value);
                }
            }
        }
    }

    [Fact]
    public async Task The_lag_of_a_subscription_is_the_age_of_its_last_event()
    {
        var token = TestContext.Current.CancellationToken;
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var (clock, lags) = (new StoppedClock(now), new List<double>());
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument is { Meter.Name: "EventSourcing.Generated", Name: "eventsourcing.subscriptions.lag" })
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((_, value, tags, _) =>
        {
            if (tags.Contains(new("eventsourcing.application", "LagYard")))
            {
                lags.Add(value);
            }
        });
        listener.Start();
        await using var yard = await LagYard.OpenAsync("memory:", cancellationToken: token);
        using (AggregateClock.Use(clock))
        {
            var first = new Dog("one");
            clock.Now = now.AddSeconds(10);
            await yard.SaveAsync([first, new Dog("two")], token);
            foreach (var age in new[] { 25, 10, 0 })
            {
                clock.Now = now.AddSeconds(age);
                await foreach (var batch in yard.NotificationLog.SubscribeInBatchesAsync(cancellationToken: token))
                {
                    break;
                }
            }
        }

        Assert.Equal([15, 0, 0], lags);
    }
}

/// <summary>An application of these tests alone, so that other tests' saves aren't counted.</summary>
[EventSourcedApplication(typeof(Dog))]
public sealed partial class TelemetryYard
{
    internal static TelemetryYard Over(IApplicationRecorder<Guid> recorder) => Create(recorder, new EventStoreOptions());
}

/// <inheritdoc cref="TelemetryYard"/>
[EventSourcedApplication(typeof(Dog))]
public sealed partial class LagYard;
