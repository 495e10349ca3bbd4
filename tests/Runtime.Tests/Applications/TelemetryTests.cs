using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Xunit;

namespace EventSourcing.Tests.Applications;

/// <summary>What the library tells of itself, and what it keeps to itself.</summary>
public class TelemetryTests
{
    [Fact]
    public async Task Saves_loads_and_conflicts_are_told_without_state()
    {
        var token = TestContext.Current.CancellationToken;
        var activities = new ConcurrentBag<Activity>();
        var counts = new ConcurrentDictionary<string, double>();
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
                listener.EnableMeasurementEvents(instrument);
        };
        meterListener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Count(instrument, value, tags));
        meterListener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Count(instrument, 1, tags));
        meterListener.Start();

        await using var yard = await TelemetryYard.OpenAsync("memory:", cancellationToken: token);
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
                await yard.SaveAsync(new Dog("three"), token);
            await session.CommitAsync(token);
        }

        Told(saved: 1, conflicts: 0, loaded: 0, durations: 1, "commit", "save");
        await using (await yard.Recorder.BeginTransactionAsync(cancellationToken: token))
            await yard.SaveAsync(new Dog("lost"), token);
        Told(saved: 0, conflicts: 0, loaded: 0, durations: 0, "save");

        Assert.Equal(4, (await yard.NotificationLog.SelectAsync(cancellationToken: token)).Count);
        Assert.Equal(4, counts["eventsourcing.events.read"]);
        Told(saved: 0, conflicts: 0, loaded: 0, durations: 0, "read");
        await foreach (var batch in yard.NotificationLog.SubscribeInBatchesAsync(cancellationToken: token))
        {
            Assert.Equal(1, counts["eventsourcing.subscriptions.active"]);
            break;
        }

        Assert.Equal((0, 4, 1), (counts["eventsourcing.subscriptions.active"], counts["eventsourcing.subscriptions.events"], counts["eventsourcing.subscriptions.lag"]));
        Told(saved: 0, conflicts: 0, loaded: 0, durations: 0, "subscription.read");
        await Assert.ThrowsAsync<PositionAheadOfStoreException>(async () =>
        {
            await foreach (var batch in yard.NotificationLog.SubscribeInBatchesAsync(99, cancellationToken: token))
            {
            }
        });
        Assert.Equal(1, counts["eventsourcing.subscriptions.failures"]);
        Told(saved: 0, conflicts: 0, loaded: 0, durations: 0, "subscription.read!");

        void Told(int saved, int conflicts, int loaded, int durations, params string[] spans)
        {
            Assert.Equal(
                (saved, conflicts, loaded, durations),
                (Take("eventsourcing.events.saved"), Take("eventsourcing.saves.conflicts"), Take("eventsourcing.events.loaded"), Take("eventsourcing.saves.duration")));
            var mine = activities.Where(a => Equals(a.GetTagItem("eventsourcing.application"), "TelemetryYard")).ToList();
            activities.Clear();
            Assert.Equal(spans, mine.Select(a => a.OperationName["eventsourcing.".Length..] + (a.Status == ActivityStatusCode.Error ? "!" : "")).Order());
            Assert.DoesNotContain("canary", string.Join(' ', mine.SelectMany(a => a.TagObjects).Select(t => t.ToString()).Concat(mine.Select(a => a.StatusDescription))), StringComparison.Ordinal);
        }

        double Take(string name) => counts.TryRemove(name, out var value) ? value : 0;

        void Count(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            foreach (var tag in tags)
            {
                if (tag is { Key: "eventsourcing.application", Value: "TelemetryYard" })
                    counts.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value);
            }
        }
    }
}

/// <summary>An application of this test alone, so that other tests' saves aren't counted.</summary>
[EventSourcedApplication(typeof(Dog))]
public sealed partial class TelemetryYard;
