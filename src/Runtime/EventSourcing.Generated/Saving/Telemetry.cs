using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace EventSourcing;

/// <summary>
/// The telemetry of the library: <see cref="ActivitySource"/> and <see cref="Meter"/>, both named <c>EventSourcing.Generated</c>. It
/// contains no state, parameters or connection strings.
/// </summary>
internal static class Telemetry
{
    private const string Name = "EventSourcing.Generated";

    public static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);

    public static readonly Counter<long> EventsSaved =
        Meter.CreateCounter<long>("eventsourcing.events.saved", "{event}", "Events that were saved and committed.");

    public static readonly Counter<long> Conflicts =
        Meter.CreateCounter<long>("eventsourcing.saves.conflicts", "{save}", "Saves and commits that were refused because another save was committed first.");

    public static readonly Histogram<double> SaveDuration =
        Meter.CreateHistogram<double>("eventsourcing.saves.duration", "s", "Duration of saves and commits with events until they were durable.");

    public static readonly Counter<long> EventsLoaded =
        Meter.CreateCounter<long>("eventsourcing.events.loaded", "{event}", "Events that were read to load aggregates.");

    public static readonly Counter<long> EventsRead =
        Meter.CreateCounter<long>("eventsourcing.events.read", "{event}", "Events that were read from the log, excluding subscriptions.");

    public static readonly Counter<long> EventsReceived =
        Meter.CreateCounter<long>("eventsourcing.subscriptions.events", "{event}", "Events that subscriptions have read.");

    public static readonly Histogram<double> Lag =
        Meter.CreateHistogram<double>("eventsourcing.subscriptions.lag", "s", "Age of the last event of a page when a subscription read it.");

    public static readonly Counter<long> Failures =
        Meter.CreateCounter<long>("eventsourcing.subscriptions.failures", "{failure}", "Reads of subscriptions that failed. The tag eventsourcing.retried tells whether the subscription continues.");

    public static readonly UpDownCounter<long> Subscriptions =
        Meter.CreateUpDownCounter<long>("eventsourcing.subscriptions.active", "{subscription}", "Active subscriptions.");

    public static readonly Counter<long> EventsProjected =
        Meter.CreateCounter<long>("eventsourcing.projections.events", "{event}", "Events that projections have processed. The tag eventsourcing.projection names the projection.");

    public static readonly Histogram<double> ProjectionDelay =
        Meter.CreateHistogram<double>("eventsourcing.projections.delay", "s", "Age of the last event of a step when the step was committed.");

    public static readonly Counter<long> ProjectionFailures =
        Meter.CreateCounter<long>("eventsourcing.projections.failures", "{failure}", "Events that stopped a projection, or were parked or skipped. The tag eventsourcing.outcome tells which.");

    /// <summary>Begins an activity of an application, if a listener wants it.</summary>
    public static Activity? Start(string name, KeyValuePair<string, object?> tag) => Source.StartActivity(name)?.SetTag(tag.Key, tag.Value);

    /// <summary>Marks an activity as failed, by the type of the exception.</summary>
    public static void Fail(this Activity? activity, Exception failure) => activity?.SetStatus(ActivityStatusCode.Error, failure.GetType().Name);
}
