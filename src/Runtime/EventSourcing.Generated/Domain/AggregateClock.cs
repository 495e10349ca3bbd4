namespace EventSourcing;

/// <summary>
/// The source of the times of raised events: <see cref="TimeProvider.System"/>, unless another provider is in use for the current async flow.
/// Thread safe.
/// </summary>
public static class AggregateClock
{
    private static readonly AsyncLocal<TimeProvider?> Current = new();

    /// <summary>The time that an event gets if it is raised now: in UTC, cut to microseconds.</summary>
    public static DateTimeOffset Now => Cut((Current.Value ?? TimeProvider.System).GetUtcNow());

    /// <summary>Uses another time provider in this async flow, until the result is disposed of.</summary>
    /// <param name="provider">The source of the time.</param>
    /// <returns>Restores the provider that was in use before.</returns>
    public static IDisposable Use(TimeProvider provider)
    {
        ArgumentNullException.ThrowIfNull(provider);
        return AsyncLocalScope.Set(Current, provider);
    }

    internal static DateTimeOffset Cut(DateTimeOffset time) =>
        new(time.UtcTicks - time.UtcTicks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
}
