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

        Assert.Equal(1, counts["eventsourcing.events.saved"]);
        Assert.Equal(1, counts["eventsourcing.saves.conflicts"]);
        Assert.Equal(1, counts["eventsourcing.events.loaded"]);
        Assert.Equal(1, counts["eventsourcing.saves.duration"]);
        var mine = activities.Where(a => Equals(a.GetTagItem("eventsourcing.application"), "TelemetryYard")).ToList();
        Assert.Equal(["eventsourcing.load", "eventsourcing.save", "eventsourcing.save"], mine.Select(a => a.OperationName).Order());
        Assert.Single(mine, a => a.Status == ActivityStatusCode.Error);
        Assert.DoesNotContain("canary", string.Join(' ', mine.SelectMany(a => a.TagObjects).Select(t => t.ToString()).Concat(mine.Select(a => a.StatusDescription))), StringComparison.Ordinal);

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
