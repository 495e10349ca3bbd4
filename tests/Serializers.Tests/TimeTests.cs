using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using EventSourcing.CompilerServices;
using Xunit;

namespace EventSourcing.Serializers.Tests;

/// <summary>Our own readers and writers of times give the results of the framework's, at every digit and every limit.</summary>
public sealed partial class TimeTests
{
    private const string Written = "2024-02-29T23:59:58.120340+00:00";

    [Fact]
    public void The_time_of_an_event_is_read_as_the_framework_reads_it()
    {
        var read = 0;
        foreach (var text in Changed(Written))
        {
            var isRight = DateTimeOffset.TryParseExact(text, "yyyy-MM-dd'T'HH:mm:ss.ffffff'+00:00'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var expected);
            Assert.True(isRight == StateJson.TryParseTimestamp(Encoding.Latin1.GetBytes(text), out var time), text);
            Assert.Equal((isRight ? expected.UtcDateTime : default, isRight ? DateTimeKind.Utc : DateTimeKind.Unspecified), (time, time.Kind));
            read += isRight ? 1 : 0;
        }

        Assert.True(read > 100);
        Assert.False(StateJson.TryParseTimestamp(Encoding.ASCII.GetBytes(Written + "0"), out _));
        Assert.False(StateJson.TryParseTimestamp(Encoding.ASCII.GetBytes(Written[..^1]), out _));
    }

    [Fact]
    public void The_time_of_an_event_is_written_as_the_framework_writes_it()
    {
        var text = new byte[StateJson.TimestampLength];
        DateTime[] days = [default, new(2024, 2, 29, 0, 0, 0), new(1999, 12, 31, 0, 0, 0), DateTime.MaxValue.Date];
        long[] times = [0, 9, 10, 99, 999_999, 1_000_000, 10_000_000, 59_999_999, 60_000_000, 3_599_999_999, 3_600_000_000, 35_999_999_999, 36_000_000_000, 86_399_999_999];
        foreach (var time in days.SelectMany(d => times.Select(t => d.AddMicroseconds(t))))
        {
            StateJson.FormatTimestamp(text, time);
            Assert.Equal(time.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'+00:00'", CultureInfo.InvariantCulture), Encoding.ASCII.GetString(text));
        }
    }

    [Theory]
    [InlineData("2024-02-29T23:59:58\"")]
    [InlineData("2024-02-29T23:59:58.1203405\"")]
    [InlineData("0001-01-01T00:00:00.1Z")]
    [InlineData("9999-12-31T00:00:00.0000001+01:00")]
    [InlineData("2023-01-31T23:59:59")]
    [InlineData("2023-01-31T23:59:59.")]
    [InlineData("2023-01-31T23:59:59.5")]
    [InlineData("2023-01-31T23:59:59.\"")]
    [InlineData("2023-01-31T23:59:59.12345678\"")]
    public void A_time_is_read_as_far_as_it_goes(string written)
    {
        foreach (var text in Changed(written))
        {
            // Digits and a character after them; a tick is the seventh digit of a second.
            var match = Time().Match(text);
            var isRight = match.Success & DateTime.TryParseExact(match.Groups["time"].Value, "yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out var expected);
            Assert.True(isRight == StateJson.TryParseTime(Encoding.Latin1.GetBytes(text), out var time, out var length), text);
            if (!isRight)
            {
                continue;
            }

            expected = expected.AddTicks(long.Parse(match.Groups["fraction"].Value.PadRight(7, '0'), CultureInfo.InvariantCulture));
            Assert.Equal((expected, match.Length), (time, length));
        }
    }

    [Fact]
    public void Trailing_zeros_of_a_fraction_are_cut()
    {
        foreach (var zone in new[] { "", "Z", "+02:00" })
        {
            foreach (var fraction in new[] { "0000000", "1000000", "1200000", "1234567", "0000001", "0100000", "1010000" })
            {
                var text = Encoding.ASCII.GetBytes($"2026-11-23T02:33:10.{fraction}{zone}");
                var length = StateJson.TrimFraction(text);
                Assert.Equal("2026-11-23T02:33:10" + $".{fraction.TrimEnd('0')}".TrimEnd('.') + zone, Encoding.ASCII.GetString(text.AsSpan(0, length)));
            }
        }
    }

    // Every other byte at every place, and every two digits where two digits stand.
    private static IEnumerable<string> Changed(string text)
    {
        yield return text;
        for (var at = 0; at < text.Length; at++)
        {
            for (var b = 0; b <= byte.MaxValue; b++)
            {
                yield return text[..at] + (char)b + text[(at + 1)..];
            }

            if (at + 1 == text.Length || !char.IsAsciiDigit(text[at]) || !char.IsAsciiDigit(text[at + 1]))
            {
                continue;
            }

            for (var digits = 0; digits < 100; digits++)
            {
                yield return $"{text[..at]}{digits:00}{text[(at + 2)..]}";
            }
        }

        yield return string.Concat("0000", text.AsSpan(4));
        for (var length = 0; length < text.Length; length++)
        {
            yield return text[..length];
        }
    }

    [GeneratedRegex(@"^(?<time>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.(?<fraction>[0-9]{1,7})(?=[^0-9])|(?=[^.]))", RegexOptions.Singleline)]
    private static partial Regex Time();
}
