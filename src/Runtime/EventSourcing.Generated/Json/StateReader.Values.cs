using System.Buffers;
using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace EventSourcing.CompilerServices;

/// <content>The values that are read without a reader of JSON when they are as the library writes them.</content>
public ref partial struct StateReader
{
    private const string Start = "{\"timestamp\":\"";

    // Characters that end a text, or that can't be copied.
    private static readonly SearchValues<byte> EndOfText = SearchValues.Create([(byte)'"', (byte)'\\', .. Enumerable.Range(0, ' ').Select(c => (byte)c)]);

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
                return Begin(name) ? End(Json.GetString()!) : "";
            }
        }

        return Seek(name) ? StateJson.ReadString(ref Json, Text(name)) : "";
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

        return Seek(name) && StateJson.ReadBoolean(ref Json, Text(name));
    }

    /// <summary>Reads an integer.</summary>
    /// <param name="name">The name, with its punctuation.</param>
    public sbyte SByte(scoped ReadOnlySpan<byte> name) =>
        TryInteger(name, sbyte.MinValue, sbyte.MaxValue, out var value) ? (sbyte)value : Seek(name) ? StateJson.ReadSByte(ref Json, Text(name)) : default;

    /// <summary>Reads an integer.</summary>
    /// <param name="name">The name, with its punctuation.</param>
    public byte Byte(scoped ReadOnlySpan<byte> name) =>
        TryInteger(name, byte.MinValue, byte.MaxValue, out var value) ? (byte)value : Seek(name) ? StateJson.ReadByte(ref Json, Text(name)) : default;

    /// <summary>Reads an integer.</summary>
    /// <param name="name">The name, with its punctuation.</param>
    public short Int16(scoped ReadOnlySpan<byte> name) =>
        TryInteger(name, short.MinValue, short.MaxValue, out var value) ? (short)value : Seek(name) ? StateJson.ReadInt16(ref Json, Text(name)) : default;

    /// <summary>Reads an integer.</summary>
    /// <param name="name">The name, with its punctuation.</param>
    public ushort UInt16(scoped ReadOnlySpan<byte> name) =>
        TryInteger(name, ushort.MinValue, ushort.MaxValue, out var value) ? (ushort)value : Seek(name) ? StateJson.ReadUInt16(ref Json, Text(name)) : default;

    /// <summary>Reads an integer.</summary>
    /// <param name="name">The name, with its punctuation.</param>
    public int Int32(scoped ReadOnlySpan<byte> name) =>
        TryInteger(name, int.MinValue, int.MaxValue, out var value) ? (int)value : Seek(name) ? StateJson.ReadInt32(ref Json, Text(name)) : default;

    /// <summary>Reads an integer.</summary>
    /// <param name="name">The name, with its punctuation.</param>
    public uint UInt32(scoped ReadOnlySpan<byte> name) =>
        TryInteger(name, uint.MinValue, uint.MaxValue, out var value) ? (uint)value : Seek(name) ? StateJson.ReadUInt32(ref Json, Text(name)) : default;

    /// <summary>Reads an integer.</summary>
    /// <param name="name">The name, with its punctuation.</param>
    public long Int64(scoped ReadOnlySpan<byte> name) =>
        TryInteger(name, long.MinValue, long.MaxValue, out var value) ? value : Seek(name) ? StateJson.ReadInt64(ref Json, Text(name)) : default;

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

        return Seek(name) ? StateJson.ReadGuid(ref Json, Text(name)) : default;
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
        if (_rest.StartsWith(name) && Begin(name) && Json.TryGetDateTime(out value))
        {
            return End(value);
        }

        return Seek(name) ? StateJson.ReadDateTime(ref Json, Text(name)) : default;
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

        return Begin(name) ? End(StateJson.ReadDateTimeOffset(ref Json, _isByRules ? Text(name) : "")) : default;
    }

    private void BeginWritten()
    {
        const int End = 14 + StateJson.TimestampLength; // the quote behind the time
        if (_state.Length > End && _state[End] == '"' && _state.StartsWith("{\"timestamp\":\""u8) && StateJson.TryParseTimestamp(_state.Slice(Start.Length, StateJson.TimestampLength), out var utc))
        {
            _timestamp = new DateTimeOffset(utc);
            _rest = _state[(End + 1)..];
        }
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

    private bool TryInteger(scoped ReadOnlySpan<byte> name, long smallest, long greatest, out long value)
    {
        const int Safe = 18; // digits that always fit
        if (_rest.StartsWith(name))
        {
            var text = _rest[name.Length..];
            var at = text.Length > 0 && text[0] == '-' ? 1 : 0;
            var first = at;
            value = 0;
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
                return true;
            }

            // For types without a sign, even -0 is refused.
            if (Begin(name) && Json.TryGetInt64(out value) && value >= smallest && value <= greatest && (smallest < 0 || Json.ValueSpan[0] != '-'))
            {
                End(value);
                return true;
            }
        }

        value = 0;
        return false;
    }
}
