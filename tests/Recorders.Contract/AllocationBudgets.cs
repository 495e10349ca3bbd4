using EventSourcing.Recording;

namespace Recorders.Contract;

/// <summary>
/// The bytes that the garbage collector has to clean up: for a save of one event, including the event and its encoding; for a
/// loaded event and for an event of the log, without the event itself and what it owns.
/// </summary>
public sealed record Allocated(double Save, double LoadedEvent, double Notification)
{
    /// <summary>Fails if more was allocated, or nothing where something must be allocated.</summary>
    public void CheckWithin(Allocated budget) => Check.True(IsWithin(budget), $"{this}; at most {budget}");

    /// <summary>Whether not more was allocated, and something where something must be.</summary>
    public bool IsWithin(Allocated budget) =>
        Save >= 1 && Save <= budget.Save && LoadedEvent >= 0 && LoadedEvent <= budget.LoadedEvent && Notification >= 1 && Notification <= budget.Notification;

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Save:F1} bytes a save, {LoadedEvent:F1} a loaded event, {Notification:F1} a notification");
}

/// <summary>The upper limits, a little above the measured figures, which are in docs/performance.md.</summary>
public static class AllocationBudgets
{
    /// <summary>On a SQLite file.</summary>
    public static Allocated Sqlite { get; } = new(Save: 960, LoadedEvent: 5, Notification: 170);

    /// <summary>
    /// On PostgreSQL, without notifying other processes. The driver's allocations for the rows of a load depend on how they arrive: 30 to
    /// 90 bytes an event were seen.
    /// </summary>
    public static Allocated PostgreSql { get; } = new(Save: 2660, LoadedEvent: 200, Notification: 250);
}
