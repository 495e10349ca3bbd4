// Converters for the types of NodaTime: copy the file into the project with your aggregates, and leave out what you don't need.
// The forms are those of NodaTime's own patterns, to the nanosecond. Dates of calendars other than ISO are refused, because
// their texts don't name the calendar.
using System.Text.Json;
using EventSourcing;
using NodaTime;
using NodaTime.Text;

[assembly: StateConverterFor(typeof(Instant), typeof(InstantConverter))]
[assembly: StateConverterFor(typeof(Duration), typeof(DurationConverter))]
[assembly: StateConverterFor(typeof(Period), typeof(PeriodConverter))]
[assembly: StateConverterFor(typeof(LocalDate), typeof(LocalDateConverter))]
[assembly: StateConverterFor(typeof(LocalTime), typeof(LocalTimeConverter))]
[assembly: StateConverterFor(typeof(LocalDateTime), typeof(LocalDateTimeConverter))]
[assembly: StateConverterFor(typeof(YearMonth), typeof(YearMonthConverter))]
[assembly: StateConverterFor(typeof(AnnualDate), typeof(AnnualDateConverter))]
[assembly: StateConverterFor(typeof(Offset), typeof(OffsetConverter))]
[assembly: StateConverterFor(typeof(OffsetDateTime), typeof(OffsetDateTimeConverter))]
[assembly: StateConverterFor(typeof(ZonedDateTime), typeof(ZonedDateTimeConverter))]
[assembly: StateConverterFor(typeof(DateTimeZone), typeof(DateTimeZoneConverter))]
[assembly: StateConverterFor(typeof(Interval), typeof(IntervalConverter))]
[assembly: StateConverterFor(typeof(DateInterval), typeof(DateIntervalConverter))]

internal static class InstantConverter
{
    public static void Write(Utf8JsonWriter writer, Instant value) => writer.WriteStringValue(InstantPattern.ExtendedIso.Format(value));

    public static Instant Read(ref Utf8JsonReader reader) => NodaTimeText.Parse(InstantPattern.ExtendedIso, ref reader);
}

internal static class DurationConverter
{
    public static void Write(Utf8JsonWriter writer, Duration value) => writer.WriteStringValue(DurationPattern.Roundtrip.Format(value));

    public static Duration Read(ref Utf8JsonReader reader) => NodaTimeText.Parse(DurationPattern.Roundtrip, ref reader);
}

internal static class PeriodConverter
{
    public static void Write(Utf8JsonWriter writer, Period value) => writer.WriteStringValue(PeriodPattern.Roundtrip.Format(value));

    public static Period Read(ref Utf8JsonReader reader) => NodaTimeText.Parse(PeriodPattern.Roundtrip, ref reader);
}

internal static class LocalDateConverter
{
    public static void Write(Utf8JsonWriter writer, LocalDate value)
    {
        NodaTimeText.RequireIso(value.Calendar);
        writer.WriteStringValue(LocalDatePattern.Iso.Format(value));
    }

    public static LocalDate Read(ref Utf8JsonReader reader) => NodaTimeText.Parse(LocalDatePattern.Iso, ref reader);
}

internal static class LocalTimeConverter
{
    public static void Write(Utf8JsonWriter writer, LocalTime value) => writer.WriteStringValue(LocalTimePattern.ExtendedIso.Format(value));

    public static LocalTime Read(ref Utf8JsonReader reader) => NodaTimeText.Parse(LocalTimePattern.ExtendedIso, ref reader);
}

internal static class LocalDateTimeConverter
{
    public static void Write(Utf8JsonWriter writer, LocalDateTime value)
    {
        NodaTimeText.RequireIso(value.Calendar);
        writer.WriteStringValue(LocalDateTimePattern.ExtendedIso.Format(value));
    }

    public static LocalDateTime Read(ref Utf8JsonReader reader) => NodaTimeText.Parse(LocalDateTimePattern.ExtendedIso, ref reader);
}

internal static class YearMonthConverter
{
    public static void Write(Utf8JsonWriter writer, YearMonth value)
    {
        NodaTimeText.RequireIso(value.Calendar);
        writer.WriteStringValue(YearMonthPattern.Iso.Format(value));
    }

    public static YearMonth Read(ref Utf8JsonReader reader) => NodaTimeText.Parse(YearMonthPattern.Iso, ref reader);
}

internal static class AnnualDateConverter
{
    public static void Write(Utf8JsonWriter writer, AnnualDate value) => writer.WriteStringValue(AnnualDatePattern.Iso.Format(value));

    public static AnnualDate Read(ref Utf8JsonReader reader) => NodaTimeText.Parse(AnnualDatePattern.Iso, ref reader);
}

internal static class OffsetConverter
{
    public static void Write(Utf8JsonWriter writer, Offset value) => writer.WriteStringValue(OffsetPattern.GeneralInvariant.Format(value));

    public static Offset Read(ref Utf8JsonReader reader) => NodaTimeText.Parse(OffsetPattern.GeneralInvariant, ref reader);
}

internal static class OffsetDateTimeConverter
{
    public static void Write(Utf8JsonWriter writer, OffsetDateTime value)
    {
        NodaTimeText.RequireIso(value.Calendar);
        writer.WriteStringValue(OffsetDateTimePattern.ExtendedIso.Format(value));
    }

    public static OffsetDateTime Read(ref Utf8JsonReader reader) => NodaTimeText.Parse(OffsetDateTimePattern.ExtendedIso, ref reader);
}

internal static class ZonedDateTimeConverter
{
    private static readonly ZonedDateTimePattern Pattern =
        ZonedDateTimePattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd'T'HH':'mm':'ss;FFFFFFFFFo<G> z", DateTimeZoneProviders.Tzdb);

    public static void Write(Utf8JsonWriter writer, ZonedDateTime value)
    {
        NodaTimeText.RequireIso(value.Calendar);
        writer.WriteStringValue(Pattern.Format(value));
    }

    public static ZonedDateTime Read(ref Utf8JsonReader reader) => NodaTimeText.Parse(Pattern, ref reader);
}

internal static class DateTimeZoneConverter
{
    public static void Write(Utf8JsonWriter writer, DateTimeZone value) => writer.WriteStringValue(value.Id);

    public static DateTimeZone Read(ref Utf8JsonReader reader) =>
        DateTimeZoneProviders.Tzdb.GetZoneOrNull(reader.GetString() ?? "") ?? throw new StateFormatException("the time zone is unknown");
}

/// <summary>Two instants; an open end is null.</summary>
internal static class IntervalConverter
{
    public static void Write(Utf8JsonWriter writer, Interval value)
    {
        writer.WriteStartArray();
        WriteEnd(writer, value.HasStart ? value.Start : null);
        WriteEnd(writer, value.HasEnd ? value.End : null);
        writer.WriteEndArray();
    }

    public static Interval Read(ref Utf8JsonReader reader)
    {
        NodaTimeText.Enter(ref reader);
        var start = ReadEnd(ref reader);
        reader.Read();
        var end = ReadEnd(ref reader);
        reader.Read();
        return new Interval(start, end);
    }

    private static void WriteEnd(Utf8JsonWriter writer, Instant? end)
    {
        if (end is { } instant)
        {
            InstantConverter.Write(writer, instant);
        }
        else
        {
            writer.WriteNullValue();
        }
    }

    private static Instant? ReadEnd(ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.Null ? null : InstantConverter.Read(ref reader);
}

/// <summary>The first and the last date.</summary>
internal static class DateIntervalConverter
{
    public static void Write(Utf8JsonWriter writer, DateInterval value)
    {
        writer.WriteStartArray();
        LocalDateConverter.Write(writer, value.Start);
        LocalDateConverter.Write(writer, value.End);
        writer.WriteEndArray();
    }

    public static DateInterval Read(ref Utf8JsonReader reader)
    {
        NodaTimeText.Enter(ref reader);
        var start = LocalDateConverter.Read(ref reader);
        reader.Read();
        var end = LocalDateConverter.Read(ref reader);
        reader.Read();
        return new DateInterval(start, end);
    }
}

internal static class NodaTimeText
{
    public static T Parse<T>(IPattern<T> pattern, ref Utf8JsonReader reader)
    {
        var result = pattern.Parse(reader.GetString() ?? "");
        return result.Success ? result.Value : throw new StateFormatException($"the text is no {typeof(T).Name}");
    }

    /// <summary>Moves to the first item of an array.</summary>
    public static void Enter(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new StateFormatException("the value is not an array");
        }

        reader.Read();
    }

    public static void RequireIso(CalendarSystem calendar)
    {
        if (calendar != CalendarSystem.Iso)
        {
            throw new StateFormatException("only dates of the ISO calendar are stored");
        }
    }
}
