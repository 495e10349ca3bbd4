namespace Recorders.Contract;

/// <summary>
/// The bytes that the garbage collector has to clean up: of a save of one event, the event and its encoding included; of a loaded
/// event and of an event of the log, beside the event itself and what it owns.
/// </summary>
public sealed record Allocated(double Save, double LoadedEvent, double Notification)
{
    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Save:F1} bytes a save, {LoadedEvent:F1} a loaded event, {Notification:F1} a notification");
}

/// <summary>What may be allocated at most: a little above what is. docs/performance.md tells the figures.</summary>
public static class AllocationBudgets
{
    /// <summary>On a SQLite file.</summary>
    public static Allocated Sqlite { get; } = new(Save: 900, LoadedEvent: 5, Notification: 170);

    /// <summary>
    /// On PostgreSQL. A save there includes its share of telling other processes, which is done every few milliseconds: on a slow
    /// machine once for each save.
    /// </summary>
    public static Allocated PostgreSql { get; } = new(Save: 3900, LoadedEvent: 60, Notification: 190);
}
