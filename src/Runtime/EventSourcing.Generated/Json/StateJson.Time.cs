using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace EventSourcing.CompilerServices;

public static partial class StateJson
{
    internal const int TimestampLength = 32; // 2026-11-23T02:33:16.348611+00:00

    /// <summary>Reads the time of an event.</summary>
    /// <param name="reader">Positioned on the value.</param>
    /// <exception cref="StateFormatException">The value isn't a time with an offset.</exception>
    internal static DateTimeOffset ReadTimestamp(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.String && TryParseTimestamp(reader.ValueSpan, out var utc)
            ? new DateTimeOffset(utc)
            : ReadDateTimeOffset(ref reader, "timestamp").ToUniversalTime();

    /// <summary>Reads a time with an offset, in ISO 8601.</summary>
    /// <param name="reader">Positioned on the value.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <exception cref="StateFormatException">The value isn't one.</exception>
    public static DateTimeOffset ReadDateTimeOffset(ref Utf8JsonReader reader, string field)
    {
        Span<char> text = stackalloc char[ShortText];
        var given = text[..Short(ref reader, text, "a time with an offset", field)];
        // Without an offset it would be read as a time of this machine's zone. A date alone also has a hyphen at that place.
        var hasOffset = given is [.., 'Z'] || (given.Length > "2026-11-23T02:33".Length && given[^6] is ('+' or '-'));
        return hasOffset && reader.TryGetDateTimeOffset(out var value) ? value : throw NotA(ref reader, "a time with an offset", field);
    }

    /// <summary>Reads a time in ISO 8601: UTC with Z, local time with an offset, or unspecified with neither.</summary>
    /// <param name="reader">Positioned on the value.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <exception cref="StateFormatException">The value isn't one.</exception>
    public static DateTime ReadDateTime(ref Utf8JsonReader reader, string field) =>
        reader.TokenType == JsonTokenType.String && reader.TryGetDateTime(out var value) ? value : throw NotA(ref reader, "a time", field);

    /// <summary>Writes a date as <c>2026-11-23</c>.</summary>
    /// <param name="writer">Receives it.</param>
    /// <param name="value">The date.</param>
    /// <param name="field">The field that is written, for messages.</param>
    public static void WriteDateOnly(Utf8JsonWriter writer, DateOnly value, string field) => WriteShort(writer, value, "yyyy-MM-dd");

    /// <summary>Reads a date.</summary>
    /// <param name="reader">Positioned on the value.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <exception cref="StateFormatException">The value isn't one.</exception>
    public static DateOnly ReadDateOnly(ref Utf8JsonReader reader, string field)
    {
        Span<char> text = stackalloc char[ShortText];
        var length = Short(ref reader, text, "a date", field);
        return DateOnly.TryParseExact(text[..length], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var value)
            ? value
            : throw NotA(ref reader, "a date", field);
    }

    /// <summary>Writes a time of the day like the span since midnight: <c>02:33:16</c>, <c>02:33:16.3486110</c>.</summary>
    /// <param name="writer">Receives it.</param>
    /// <param name="value">The time.</param>
    /// <param name="field">The field that is written, for messages.</param>
    public static void WriteTimeOnly(Utf8JsonWriter writer, TimeOnly value, string field) => WriteShort(writer, value.ToTimeSpan(), "c");

    /// <summary>Reads a time of the day.</summary>
    /// <param name="reader">Positioned on the value.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <exception cref="StateFormatException">The value isn't one.</exception>
    public static TimeOnly ReadTimeOnly(ref Utf8JsonReader reader, string field) =>
        ReadTimeSpan(ref reader, field) is { Ticks: >= 0 and < TimeSpan.TicksPerDay } value
            ? TimeOnly.FromTimeSpan(value)
            : throw NotA(ref reader, "a time of day", field);

    /// <summary>Writes a span in the constant format: <c>[-][d.]hh:mm:ss[.fffffff]</c>.</summary>
    /// <param name="writer">Receives it.</param>
    /// <param name="value">The span.</param>
    /// <param name="field">The field that is written, for messages.</param>
    public static void WriteTimeSpan(Utf8JsonWriter writer, TimeSpan value, string field) => WriteShort(writer, value, "c");

    /// <summary>Reads a span in the constant format.</summary>
    /// <param name="reader">Positioned on the value.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <exception cref="StateFormatException">The value isn't one.</exception>
    public static TimeSpan ReadTimeSpan(ref Utf8JsonReader reader, string field)
    {
        Span<char> text = stackalloc char[ShortText];
        Span<char> again = stackalloc char[ShortText];
        var given = text[..Short(ref reader, text, "a time span", field)];
        // The framework accepts "1:2" and "5", which other readers may read differently.
        return TimeSpan.TryParseExact(given, "c", CultureInfo.InvariantCulture, out var value)
            && value.TryFormat(again, out var length, "c", CultureInfo.InvariantCulture) && given.SequenceEqual(again[..length])
            ? value
            : throw NotA(ref reader, "a time span", field);
    }

    private static void WriteShort<T>(Utf8JsonWriter writer, T value, string format)
        where T : IUtf8SpanFormattable
    {
        ArgumentNullException.ThrowIfNull(writer);
        Span<byte> text = stackalloc byte[ShortText];
        value.TryFormat(text, out var length, format, CultureInfo.InvariantCulture);
        writer.WriteStringValue(text[..length]);
    }

    // The layout is fixed, so that neither side needs a general formatter or parser.
    internal static void FormatTimestamp(Span<byte> text, DateTime utc)
    {
        "0000-00-00T00:00:00.000000+00:00"u8.CopyTo(text);
        var (year, month, day) = utc;
        var micros = (ulong)(utc.Ticks % TimeSpan.TicksPerDay / TimeSpan.TicksPerMicrosecond);
        var seconds = (uint)(micros / 1_000_000);
        var fraction = (uint)(micros % 1_000_000);
        Put(text, 0, (uint)year / 100);
        Put(text, 2, (uint)year % 100);
        Put(text, 5, (uint)month);
        Put(text, 8, (uint)day);
        Put(text, 11, seconds / 3600);
        Put(text, 14, seconds / 60 % 60);
        Put(text, 17, seconds % 60);
        Put(text, 20, fraction / 10_000);
        Put(text, 22, fraction / 100 % 100);
        Put(text, 24, fraction % 100);
    }

    internal static bool TryParseTimestamp(ReadOnlySpan<byte> text, out DateTime utc)
    {
        utc = default;
        if (text.Length != TimestampLength || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':'
            || text[19] != '.' || !text[26..].SequenceEqual("+00:00"u8))
        {
            return false;
        }
        // A character that isn't a digit makes a sum negative. It is left to the general parser.
        int year = (Two(text, 0) * 100) + Two(text, 2), month = Two(text, 5), day = Two(text, 8);
        int hour = Two(text, 11), minute = Two(text, 14), second = Two(text, 17);
        int high = Two(text, 20), middle = Two(text, 22), low = Two(text, 24);
        if ((year | month | day | hour | minute | second | high | middle | low) < 0 || year == 0 || month is 0 or > 12
            || day == 0 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59)
        {
            return false;
        }

        var micros = (((high * 100) + middle) * 100) + low;
        utc = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc).AddTicks(micros * TimeSpan.TicksPerMicrosecond);
        return true;
    }

    /// <summary>Removes trailing zeros of the fraction of a second, and a point without a fraction, from a time with seven digits.</summary>
    /// <returns>The remaining length.</returns>
    internal static int TrimFraction(Span<byte> text)
    {
        const int Point = 19, End = Point + 8;
        var end = End;
        while (text[end - 1] == '0')
        {
            end--;
        }

        if (end == Point + 1)
        {
            end = Point;
        }

        text[End..].CopyTo(text[end..]);
        return text.Length - (End - end);
    }

    /// <summary>Reads a time up to its second or the fraction of it, if it has the form that is written.</summary>
    internal static bool TryParseTime(ReadOnlySpan<byte> text, out DateTime time, out int length)
    {
        (time, length) = (default, "0000-00-00T00:00:00".Length);
        // Another character always follows.
        if (text.Length <= length || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':')
        {
            return false;
        }

        int year = (Two(text, 0) * 100) + Two(text, 2), month = Two(text, 5), day = Two(text, 8);
        int hour = Two(text, 11), minute = Two(text, 14), second = Two(text, 17);
        if ((year | month | day | hour | minute | second) < 0 || year == 0 || month is 0 or > 12
            || day == 0 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59)
        {
            return false;
        }

        var ticks = 0L;
        if (text[length] == '.')
        {
            var unit = TimeSpan.TicksPerSecond;
            for (length++; length < text.Length && (uint)(text[length] - '0') <= 9; length++)
            {
                unit /= 10;
                ticks += (text[length] - '0') * unit;
            }

            // No digits, or more than a tick can represent: the general parser has rules for that.
            if (unit is 0 or TimeSpan.TicksPerSecond || length == text.Length)
            {
                return false;
            }
        }

        time = new DateTime(year, month, day, hour, minute, second).AddTicks(ticks);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(Span<byte> text, int at, uint twoDigits)
    {
        text[at] = (byte)('0' + (twoDigits / 10));
        text[at + 1] = (byte)('0' + (twoDigits % 10));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Two(ReadOnlySpan<byte> text, int at)
    {
        uint tens = text[at] - (uint)'0', ones = text[at + 1] - (uint)'0';
        return tens > 9 || ones > 9 ? -10_000 : (int)((tens * 10) + ones);
    }
}
