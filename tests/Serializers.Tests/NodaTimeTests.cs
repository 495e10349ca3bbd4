using NodaTime;
using Xunit;

namespace EventSourcing.Serializers.Tests;

/// <summary>An event of NodaTime's types, stored by the converters of the sample.</summary>
[EventSourced]
public sealed partial class Visit
{
    public static Guid CreateId(Instant at) => Guid.Empty;

    [Event("Planned")]
    public partial Visit(
        Instant at, Duration lasts, Period? period, LocalDate date, LocalTime time, LocalDateTime local, YearMonth month, AnnualDate birthday, Offset offset,
        OffsetDateTime offsetTime, ZonedDateTime zoned, DateTimeZone zone, List<Interval> open, DateInterval? days, Dictionary<string, LocalDate> byName, Instant? never);

    private void Apply(Planned e) => _ = e;
}

/// <summary>The converters of samples/NodaTime, which the guide points to.</summary>
public class NodaTimeTests
{
    private static readonly Instant At = Instant.FromUtc(2026, 11, 23, 2, 33, 16).PlusNanoseconds(123_456_789);
    private static readonly DateTimeZone Berlin = DateTimeZoneProviders.Tzdb["Europe/Berlin"];

    private static Visit.Planned Event(LocalDate date) => new(
        At, Duration.FromNanoseconds(-1_000_000_001), Period.FromMonths(13) + Period.FromNanoseconds(1), date, new LocalTime(2, 33, 16, 5), At.InUtc().LocalDateTime,
        new YearMonth(2026, 2), new AnnualDate(2, 29), Offset.FromSeconds(-3_661), At.WithOffset(Offset.FromHoursAndMinutes(5, 30)), At.InZone(Berlin), Berlin,
        [new Interval(null, At), new Interval(At, null), new Interval(At, At)], new DateInterval(new LocalDate(2026, 1, 1), new LocalDate(2026, 12, 31)), new() { ["x"] = date }, null);

    [Fact]
    public void Values_of_NodaTime_are_stored_to_the_nanosecond()
    {
        var e = Event(new LocalDate(-43, 3, 15));
        var (topic, state) = Codec.Encode<Visit>(e);
        var read = (Visit.Planned)Codec.Decode<Visit>(System.Text.Encoding.UTF8.GetBytes(topic), state).Event;
        Assert.Equal(e with { Open = read.Open, ByName = read.ByName }, read);
        Assert.Equal(e.Open, read.Open);
        Assert.Equal(e.ByName, read.ByName);
        Assert.Contains("\"at\":\"2026-11-23T02:33:16.123456789Z\",\"lasts\":\"-0:00:00:01.000000001\"", System.Text.Encoding.UTF8.GetString(state), StringComparison.Ordinal);
    }

    [Fact]
    public void A_date_of_another_calendar_is_refused()
    {
        var e = Event(new LocalDate(2026, 1, 1, CalendarSystem.Julian));
        Assert.Throws<StateEncodeException>(() => Codec.Encode<Visit>(e));
        Assert.Throws<EventValueException>(() => FixingTests.Fix(e.GetType(), e));
    }
}
