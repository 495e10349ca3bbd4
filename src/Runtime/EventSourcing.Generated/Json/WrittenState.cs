using System.Buffers;
using System.Buffers.Text;
using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace EventSourcing.CompilerServices;

/// <summary>
/// Reads a state as <see cref="StateWriter"/> writes it: the same fields in the same order, without spaces. If a byte differs, the reader
/// stops, and <see cref="IsRead"/> stays false. The state is then read again by the rules of JSON, which also find the errors. So this reader
/// accepts nothing that those rules refuse.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public ref struct WrittenState
{
    private const string Start = "{\"timestamp\":\"";
    private const int MaxDepth = 63; // the state itself is one

    private static readonly JsonReaderState Inner = new(new JsonReaderOptions { MaxDepth = MaxDepth });

    // Characters that end a text, or that can't be copied.
    private static readonly SearchValues<byte> EndOfText = SearchValues.Create([(byte)'"', (byte)'\\', .. Enumerable.Range(0, ' ').Select(c => (byte)c)]);

    private ReadOnlySpan<byte> _rest;

    /// <summary>Reads the beginning.</summary>
    /// <param name="state">The state.</param>
    /// <param name="timestamp">The event's time.</param>
    public WrittenState(ReadOnlySpan<byte> state, out DateTimeOffset timestamp)
    {
        const int End = 14 + StateJson.TimestampLength; // the quote behind the time
        if (state.Length > End && state[End] == '"' && state.StartsWith("{\"timestamp\":\""u8) && StateJson.TryParseTimestamp(state.Slice(Start.Length, StateJson.TimestampLength), out var utc))
        {
            timestamp = new DateTimeOffset(utc);
            _rest = state[(End + 1)..];
            return;
        }

        timestamp = default;
    }

    /// <summary>Whether everything was read, up to the last brace.</summary>
    public readonly bool IsRead => _rest.Length == 1 && _rest[0] == '}';

    /// <summary>Whether a field comes next.</summary>
    /// <param name="name">The name, with its punctuation: <c>,"name":</c>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Has(scoped ReadOnlySpan<byte> name) => _rest.StartsWith(name);

    /// <summary>Skips a field that is null; false if it isn't.</summary>
    /// <param name="name">The name, with its punctuation.</param>
    public bool IsNull(scoped ReadOnlySpan<byte> name)
    {
        if (!_rest.StartsWith(name) || !_rest[name.Length..].StartsWith("null"u8))
        {
            return false;
        }

        _rest = _rest[(name.Length + "null".Length)..];
        return true;
    }

    /// <summary>Begins a field that another reader reads.</summary>
    /// <param name="name">The name, with its punctuation.</param>
    /// <param name="reader">On the first token of the value.</param>
    public bool Begin(scoped ReadOnlySpan<byte> name, ref Utf8JsonReader reader)
    {
        if (!_rest.StartsWith(name))
        {
            _rest = default;
            return false;
        }

        reader = new Utf8JsonReader(_rest[name.Length..], isFinalBlock: true, Inner);
        return reader.Read();
    }

    /// <summary>Ends such a field.</summary>
    /// <param name="name">The name, with its punctuation.</param>
    /// <param name="reader">On the last token of the value.</param>
    /// <param name="value">The value.</param>
    /// <returns>The value.</returns>
    public T End<T>(scoped ReadOnlySpan<byte> name, ref Utf8JsonReader reader, T value)
    {
        var end = name.Length + (int)reader.BytesConsumed;
        // Readers check only the text that they return.
        _rest = Utf8.IsValid(_rest[name.Length..end]) ? _rest[end..] : default;
        return value;
    }

    /// <summary>Reads a string.</summary>
    /// <param name="name">The name, with its punctuation.</param>
    public string String(scoped ReadOnlySpan<byte> name)
    {
        if (BeginText(name, out var text))
        {
            var length = text.IndexOfAny(EndOfText);
            if (length >= 0 && text[length] == '"')
            {
                var value = text[..length];
                if (Utf8.IsValid(value))
                {
                    _rest = text[(length + 1)..];
                    return Encoding.UTF8.GetString(value);
                }
            }
            else if (length >= 0 && text[length] == '\\')
            {
                Utf8JsonReader reader = default;
                return Begin(name, ref reader) ? End(name, ref reader, reader.GetString()!) : "";
            }
        }

        _rest = default;
        return "";
    }

    /// <summary>Reads true or false.</summary>
    /// <param name="name">The name, with its punctuation.</param>
    public bool Boolean(scoped ReadOnlySpan<byte> name)
    {
        if (_rest.StartsWith(name))
        {
            var text = _rest[name.Length..];
            if (text.StartsWith("true"u8))
            {
                _rest = text["true".Length..];
                return true;
            }

            if (text.StartsWith("false"u8))
            {
                _rest = text["false".Length..];
                return false;
            }
        }

        _rest = default;
        return false;
    }

    /// <summary>Reads an integer.</summary>
    /// <param name="name">The name, with its punctuation.</param>
    public sbyte SByte(scoped ReadOnlySpan<byte> name) => (sbyte)Integer(name, sbyte.MinValue, sbyte.MaxValue);

    /// <summary>Reads an integer.</summary>
    /// <param name="name">The name, with its punctuation.</param>
    public byte Byte(scoped ReadOnlySpan<byte> name) => (byte)Integer(name, byte.MinValue, byte.MaxValue);

    /// <summary>Reads an integer.</summary>
    /// <param name="name">The name, with its punctuation.</param>
    public short Int16(scoped ReadOnlySpan<byte> name) => (short)Integer(name, short.MinValue, short.MaxValue);

    /// <summary>Reads an integer.</summary>
    /// <param name="name">The name, with its punctuation.</param>
    public ushort UInt16(scoped ReadOnlySpan<byte> name) => (ushort)Integer(name, ushort.MinValue, ushort.MaxValue);

    /// <summary>Reads an integer.</summary>
    /// <param name="name">The name, with its punctuation.</param>
    public int Int32(scoped ReadOnlySpan<byte> name) => (int)Integer(name, int.MinValue, int.MaxValue);

    /// <summary>Reads an integer.</summary>
    /// <param name="name">The name, with its punctuation.</param>
    public uint UInt32(scoped ReadOnlySpan<byte> name) => (uint)Integer(name, uint.MinValue, uint.MaxValue);

    /// <summary>Reads an integer.</summary>
    /// <param name="name">The name, with its punctuation.</param>
    public long Int64(scoped ReadOnlySpan<byte> name) => Integer(name, long.MinValue, long.MaxValue);

    /// <summary>Reads a Guid.</summary>
    /// <param name="name">The name, with its punctuation.</param>
    public Guid Guid(scoped ReadOnlySpan<byte> name)
    {
        const int Length = 36;
        if (BeginText(name, out var text) && text.Length > Length && text[Length] == '"'
            && Utf8Parser.TryParse(text[..Length], out Guid value, out var length) && length == Length)
        {
            _rest = text[(Length + 1)..];
            return value;
        }

        _rest = default;
        return default;
    }

    /// <summary>Reads a time, of UTC or unspecified.</summary>
    /// <param name="name">The name, with its punctuation.</param>
    public DateTime DateTime(scoped ReadOnlySpan<byte> name)
    {
        if (BeginText(name, out var text) && StateJson.TryParseTime(text, out var value, out var length))
        {
            text = text[length..];
            if (text[0] == '"')
            {
                _rest = text[1..];
                return value;
            }

            if (text.StartsWith("Z\""u8))
            {
                _rest = text[2..];
                return System.DateTime.SpecifyKind(value, DateTimeKind.Utc);
            }
        }

        // With an offset: the time of another zone.
        Utf8JsonReader reader = default;
        if (Begin(name, ref reader) && reader.TryGetDateTime(out value))
        {
            return End(name, ref reader, value);
        }

        _rest = default;
        return default;
    }

    /// <summary>Reads a time with an offset.</summary>
    /// <param name="name">The name, with its punctuation.</param>
    public DateTimeOffset DateTimeOffset(scoped ReadOnlySpan<byte> name)
    {
        if (BeginText(name, out var text) && StateJson.TryParseTime(text, out var value, out var length) && text[length..].StartsWith("+00:00\""u8))
        {
            _rest = text[(length + "+00:00\"".Length)..];
            return new DateTimeOffset(value, TimeSpan.Zero);
        }

        Utf8JsonReader reader = default;
        if (Begin(name, ref reader))
        {
            return End(name, ref reader, StateJson.ReadDateTimeOffset(ref reader, ""));
        }

        _rest = default;
        return default;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly bool BeginText(scoped ReadOnlySpan<byte> name, out ReadOnlySpan<byte> text)
    {
        if (_rest.StartsWith(name) && _rest.Length > name.Length + 1 && _rest[name.Length] == '"')
        {
            text = _rest[(name.Length + 1)..];
            return true;
        }

        text = default;
        return false;
    }

    private long Integer(scoped ReadOnlySpan<byte> name, long smallest, long greatest)
    {
        const int Safe = 18; // digits that always fit
        if (_rest.StartsWith(name))
        {
            var text = _rest[name.Length..];
            var at = text.Length > 0 && text[0] == '-' ? 1 : 0;
            var first = at;
            var value = 0L;
            for (; at < text.Length && (uint)(text[at] - '0') <= 9 && at - first <= Safe; at++)
            {
                value = (value * 10) + (text[at] - '0');
            }

            var digits = at - first;
            value = first == 0 ? value : -value;
            // A number that begins with 0 is 0 alone, without a sign. A fraction is found by the next field, or by the end.
            if (digits is > 0 and <= Safe && (text[first] != '0' || at == 1) && value >= smallest && value <= greatest)
            {
                _rest = text[at..];
                return value;
            }
        }

        Utf8JsonReader reader = default;
        // For types without a sign, even -0 is refused.
        if (Begin(name, ref reader) && reader.TryGetInt64(out var large) && large >= smallest && large <= greatest && (smallest < 0 || reader.ValueSpan[0] != '-'))
        {
            return End(name, ref reader, large);
        }

        _rest = default;
        return 0;
    }
}
