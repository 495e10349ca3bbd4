using System.Buffers;
using System.Buffers.Text;
using System.ComponentModel;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using EventSourcing.Serialization;

namespace EventSourcing.CompilerServices;

/// <summary>
/// Writes states: the simple fields of an event directly into the buffer, values made of parts by a <see cref="Utf8JsonWriter"/>. The
/// bytes are those that a <see cref="Utf8JsonWriter"/> would write. Not thread safe.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class StateWriter
{
    /// <summary>How deep the value of a field may nest objects and arrays. The state itself is one more level.</summary>
    internal const int MaxDepth = 63;

    private const int LongestValue = 64; // of those whose length doesn't depend on the user

    // Relaxed: no escapes but those that JSON requires. The generator and its tests ensure validity.
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
        MaxDepth = MaxDepth,
    };

    // Printable ASCII without quotes and backslashes.
    private static readonly SearchValues<char> Plain = SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c).Except(['"', '\\'])]);
    private static readonly SearchValues<byte> PlainBytes = SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (byte)c).Except("\"\\"u8.ToArray())]);

    private readonly StateBuffer _buffer;

    internal StateWriter(StateBuffer buffer)
    {
        _buffer = buffer;
        Json = new Utf8JsonWriter(buffer, Options);
    }

    /// <summary>The writer of the value between <see cref="Begin"/> and <see cref="End"/>.</summary>
    public Utf8JsonWriter Json { get; }

    /// <summary>Writes the beginning of a state: the brace and the event's time.</summary>
    /// <param name="timestamp">The event's time; cut to microseconds.</param>
    public void WriteStart(DateTimeOffset timestamp)
    {
        var start = "{\"timestamp\":\""u8;
        var text = _buffer.Reserve(start.Length + StateJson.TimestampLength + 1);
        start.CopyTo(text);
        StateJson.FormatTimestamp(text.Slice(start.Length, StateJson.TimestampLength), timestamp.UtcDateTime);
        text[start.Length + StateJson.TimestampLength] = (byte)'"';
        _buffer.Advance(start.Length + StateJson.TimestampLength + 1);
    }

    /// <summary>Writes the end of a state.</summary>
    public void WriteEnd()
    {
        _buffer.Reserve(1)[0] = (byte)'}';
        _buffer.Advance(1);
    }

    /// <summary>Begins a field whose value <see cref="Json"/> writes.</summary>
    /// <param name="name">The name, with its punctuation: <c>,"name":</c>.</param>
    public void Begin(ReadOnlySpan<byte> name)
    {
        name.CopyTo(_buffer.Reserve(name.Length));
        _buffer.Advance(name.Length);
        Json.Reset(_buffer);
    }

    /// <summary>Ends such a field.</summary>
    public void End() => Json.Flush();

    /// <summary>Writes a field that is null.</summary>
    /// <param name="name">The name, with its punctuation.</param>
    public void WriteNull(ReadOnlySpan<byte> name)
    {
        var text = _buffer.Reserve(name.Length + "null".Length);
        name.CopyTo(text);
        "null"u8.CopyTo(text[name.Length..]);
        _buffer.Advance(name.Length + "null".Length);
    }

    /// <summary>Writes true or false.</summary>
    /// <param name="name">The name, with its punctuation.</param>
    /// <param name="value">The value.</param>
    public void WriteBoolean(ReadOnlySpan<byte> name, bool value)
    {
        var text = _buffer.Reserve(name.Length + "false".Length);
        name.CopyTo(text);
        var literal = value ? "true"u8 : "false"u8;
        literal.CopyTo(text[name.Length..]);
        _buffer.Advance(name.Length + literal.Length);
    }

    /// <summary>Writes an integer.</summary>
    /// <param name="name">The name, with its punctuation.</param>
    /// <param name="value">The value.</param>
    public void WriteNumber(ReadOnlySpan<byte> name, long value) => WriteInteger(name, value);

    /// <summary>Writes an integer.</summary>
    /// <param name="name">The name, with its punctuation.</param>
    /// <param name="value">The value.</param>
    public void WriteNumber(ReadOnlySpan<byte> name, ulong value) => WriteInteger(name, value);

    /// <summary>Writes a decimal number, with its trailing zeros.</summary>
    /// <param name="name">The name, with its punctuation.</param>
    /// <param name="value">The value.</param>
    public void WriteNumber(ReadOnlySpan<byte> name, decimal value)
    {
        var text = Name(name);
        Utf8Formatter.TryFormat(value, text, out var length);
        _buffer.Advance(name.Length + length);
    }

    /// <summary>Writes a Guid.</summary>
    /// <param name="name">The name, with its punctuation.</param>
    /// <param name="value">The value.</param>
    public void WriteString(ReadOnlySpan<byte> name, Guid value)
    {
        var text = Name(name);
        value.TryFormat(text[1..], out var length);
        AdvanceQuoted(name, text, length);
    }

    /// <summary>Writes a time, with its zone if it has one, and no more digits than it needs.</summary>
    /// <param name="name">The name, with its punctuation.</param>
    /// <param name="value">The value.</param>
    public void WriteString(ReadOnlySpan<byte> name, DateTime value)
    {
        var text = Name(name);
        Utf8Formatter.TryFormat(value, text[1..], out var length, new StandardFormat('O'));
        AdvanceQuoted(name, text, StateJson.TrimFraction(text.Slice(1, length)));
    }

    /// <summary>Writes a time with its offset, and no more digits than it needs.</summary>
    /// <param name="name">The name, with its punctuation.</param>
    /// <param name="value">The value.</param>
    public void WriteString(ReadOnlySpan<byte> name, DateTimeOffset value)
    {
        var text = Name(name);
        Utf8Formatter.TryFormat(value, text[1..], out var length, new StandardFormat('O'));
        AdvanceQuoted(name, text, StateJson.TrimFraction(text.Slice(1, length)));
    }

    /// <summary>Writes a name of an enum.</summary>
    /// <param name="name">The name, with its punctuation.</param>
    /// <param name="value">The value, in UTF-8.</param>
    public void WriteString(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (value.ContainsAnyExcept(PlainBytes))
        {
            Begin(name);
            Json.WriteStringValue(value);
            End();
            return;
        }

        var text = _buffer.Reserve(name.Length + value.Length + 2);
        name.CopyTo(text);
        text[name.Length] = (byte)'"';
        value.CopyTo(text[(name.Length + 1)..]);
        text[name.Length + value.Length + 1] = (byte)'"';
        _buffer.Advance(name.Length + value.Length + 2);
    }

    /// <summary>Writes a string.</summary>
    /// <param name="name">The name, with its punctuation.</param>
    /// <param name="value">The string.</param>
    /// <exception cref="StateFormatException">It is null, or has half of a surrogate pair.</exception>
    public void WriteString(ReadOnlySpan<byte> name, string? value)
    {
        if (value is null || value.AsSpan().ContainsAnyExcept(Plain))
        {
            WriteUnusual(name, value);
            return;
        }

        var text = _buffer.Reserve(name.Length + value.Length + 2);
        name.CopyTo(text);
        text[name.Length] = (byte)'"';
        Encoding.UTF8.TryGetBytes(value, text[(name.Length + 1)..], out _);
        text[name.Length + value.Length + 1] = (byte)'"';
        _buffer.Advance(name.Length + value.Length + 2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void WriteInteger<T>(ReadOnlySpan<byte> name, T value)
        where T : struct, IUtf8SpanFormattable
    {
        value.TryFormat(Name(name), out var length, default, CultureInfo.InvariantCulture);
        _buffer.Advance(name.Length + length);
    }

    // Puts quotes around the value, which begins one byte after the name.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AdvanceQuoted(ReadOnlySpan<byte> name, Span<byte> text, int length)
    {
        text[0] = text[length + 1] = (byte)'"';
        _buffer.Advance(name.Length + length + 2);
    }

    // The text is null, or has characters that take more than a byte or have to be escaped.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WriteUnusual(ReadOnlySpan<byte> name, string? value)
    {
        Begin(name);
        StateJson.WriteString(Json, value, value is null || StateJson.HasHalf(value) ? Encoding.UTF8.GetString(name[2..^2]) : "");
        End();
    }

    // Copies the name, and leaves space for a short value after it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Span<byte> Name(ReadOnlySpan<byte> name)
    {
        var text = _buffer.Reserve(name.Length + LongestValue);
        name.CopyTo(text);
        return text[name.Length..];
    }
}
