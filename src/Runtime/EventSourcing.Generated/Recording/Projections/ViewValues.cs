using System.ComponentModel;

namespace EventSourcing.Recording;

/// <summary>
/// Cuts values of views to what every engine stores, so that a row is the same before and after it is stored. Thread safe.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class ViewValues
{
    /// <summary>Returns a time in UTC, to the microsecond.</summary>
    public static DateTimeOffset Cut(DateTimeOffset value) => new(value.UtcTicks - value.UtcTicks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);

    /// <summary>Returns a time without its kind, to the microsecond.</summary>
    public static DateTime Cut(DateTime value) => new(value.Ticks - value.Ticks % TimeSpan.TicksPerMicrosecond);

    /// <summary>Returns a time of day, to the microsecond.</summary>
    public static TimeOnly Cut(TimeOnly value) => new(value.Ticks - value.Ticks % TimeSpan.TicksPerMicrosecond);

    /// <summary>Returns a duration, to the microsecond.</summary>
    public static TimeSpan Cut(TimeSpan value) => new(value.Ticks - value.Ticks % TimeSpan.TicksPerMicrosecond);

    /// <summary>Returns zero for negative zero, which SQLite can't store; other numbers as they are.</summary>
    public static double Cut(double value) => value + 0.0;

    /// <inheritdoc cref="Cut(double)"/>
    public static float Cut(float value) => value + 0.0f;

    /// <inheritdoc cref="Cut(double)"/>
    public static double? Cut(double? value) => value + 0.0;

    /// <inheritdoc cref="Cut(double)"/>
    public static float? Cut(float? value) => value + 0.0f;

    /// <inheritdoc cref="Cut(DateTimeOffset)"/>
    public static DateTimeOffset? Cut(DateTimeOffset? value) => value is { } given ? Cut(given) : null;

    /// <inheritdoc cref="Cut(DateTime)"/>
    public static DateTime? Cut(DateTime? value) => value is { } given ? Cut(given) : null;

    /// <inheritdoc cref="Cut(TimeOnly)"/>
    public static TimeOnly? Cut(TimeOnly? value) => value is { } given ? Cut(given) : null;

    /// <inheritdoc cref="Cut(TimeSpan)"/>
    public static TimeSpan? Cut(TimeSpan? value) => value is { } given ? Cut(given) : null;
}
