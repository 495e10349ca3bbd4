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
        Meter.CreateCounter<long>("eventsourcing.saves.conflicts", "{save}", "Saves and commits that were refused because another save was first.");

    public static readonly Histogram<double> SaveDuration =
        Meter.CreateHistogram<double>("eventsourcing.saves.duration", "s", "How long saves and commits with events took, until they were durable.");

    public static readonly Counter<long> EventsLoaded =
        Meter.CreateCounter<long>("eventsourcing.events.loaded", "{event}", "Events from which aggregates were loaded.");

    public static readonly Counter<long> EventsRead =
        Meter.CreateCounter<long>("eventsourcing.events.read", "{event}", "Events that were read from the log, subscriptions not included.");

    public static readonly Counter<long> EventsReceived =
        Meter.CreateCounter<long>("eventsourcing.subscriptions.events", "{event}", "Events that subscriptions have read.");

    public static readonly Histogram<double> Lag =
        Meter.CreateHistogram<double>("eventsourcing.subscriptions.lag", "s", "How old the last event of a page was when a subscription read it.");

    public static readonly Counter<long> Failures =
        Meter.CreateCounter<long>("eventsourcing.subscriptions.failures", "{failure}", "Readings of subscriptions that failed. The tag eventsourcing.retried tells whether the subscription goes on.");

    public static readonly UpDownCounter<long> Subscriptions =
        Meter.CreateUpDownCounter<long>("eventsourcing.subscriptions.active", "{subscription}", "Subscriptions that are under way.");

    /// <summary>Begins an activity of an application, if a listener wants it.</summary>
    public static Activity? Start(string name, KeyValuePair<string, object?> tag) => Source.StartActivity(name)?.SetTag(tag.Key, tag.Value);

    /// <summary>Marks an activity as failed, by the type of the exception.</summary>
    public static void Fail(this Activity? activity, Exception failure) => activity?.SetStatus(ActivityStatusCode.Error, failure.GetType().Name);
}
