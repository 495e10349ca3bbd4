namespace Recorders.Contract;

/// <summary>
/// The bytes that the garbage collector has to clean up: of a save of one event, the event and its encoding included; of a loaded
/// event and of an event of the log, beside the event itself and what it owns.
/// </summary>
public sealed record Allocated(double Save, double LoadedEvent, double Notification)
{
    /// <summary>Fails where more was allocated, or nothing where something must be.</summary>
    public void CheckWithin(Allocated budget) => Check.True(
        Save >= 1 && Save <= budget.Save && LoadedEvent >= 0 && LoadedEvent <= budget.LoadedEvent && Notification >= 1 && Notification <= budget.Notification,
        $"{this}; at most {budget}");

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Save:F1} bytes a save, {LoadedEvent:F1} a loaded event, {Notification:F1} a notification");
}

/// <summary>What may be allocated at most: a little above what is. docs/performance.md tells the figures.</summary>
public static class AllocationBudgets
{
    /// <summary>On a SQLite file.</summary>
    public static Allocated Sqlite { get; } = new(Save: 960, LoadedEvent: 5, Notification: 170);

    /// <summary>
    /// On PostgreSQL, without telling other processes. What the driver allocates for the rows of a load depends on how they arrive: 30 to
    /// 90 bytes an event were seen.
    /// </summary>
    public static Allocated PostgreSql { get; } = new(Save: 2660, LoadedEvent: 200, Notification: 250);
}
