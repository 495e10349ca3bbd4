using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace EventSourcing;

/// <summary>
/// What the library tells about itself: <see cref="ActivitySource"/> and <see cref="Meter"/>, both named
/// <c>EventSourcing.Generated</c>. Never state, parameters or connection strings.
/// </summary>
internal static class Telemetry
{
    private const string Name = "EventSourcing.Generated";

    public static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);

    public static readonly Counter<long> EventsSaved =
        Meter.CreateCounter<long>("eventsourcing.events.saved", "{event}", "Events that were saved.");

    public static readonly Counter<long> Conflicts =
        Meter.CreateCounter<long>("eventsourcing.saves.conflicts", "{save}", "Saves that were refused because another save was first.");

    public static readonly Histogram<double> SaveDuration =
        Meter.CreateHistogram<double>("eventsourcing.saves.duration", "s", "How long saves took, until they were durable.");

    public static readonly Counter<long> EventsLoaded =
        Meter.CreateCounter<long>("eventsourcing.events.loaded", "{event}", "Events from which aggregates were loaded.");
}
