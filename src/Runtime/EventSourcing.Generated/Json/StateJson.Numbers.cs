using System.Text.Json;

namespace EventSourcing.CompilerServices;

public static partial class StateJson
{
    /// <summary>Reads an integer from -128 to 127.</summary>
    /// <param name="reader">Positioned on the value.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <exception cref="StateFormatException">The value isn't one.</exception>
    public static sbyte ReadSByte(ref Utf8JsonReader reader, string field) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetSByte(out var value) ? value : throw NotA(ref reader, "an integer of the type sbyte", field);

    /// <summary>Reads an integer from 0 to 255.</summary>
    /// <param name="reader">Positioned on the value.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <exception cref="StateFormatException">The value isn't one.</exception>
    public static byte ReadByte(ref Utf8JsonReader reader, string field) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetByte(out var value) ? value : throw NotA(ref reader, "an integer of the type byte", field);

    /// <summary>Reads an integer of 16 bits.</summary>
    /// <param name="reader">Positioned on the value.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <exception cref="StateFormatException">The value isn't one.</exception>
    public static short ReadInt16(ref Utf8JsonReader reader, string field) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt16(out var value) ? value : throw NotA(ref reader, "an integer of the type short", field);

    /// <summary>Reads an integer of 16 bits without a sign.</summary>
    /// <param name="reader">Positioned on the value.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <exception cref="StateFormatException">The value isn't one.</exception>
    public static ushort ReadUInt16(ref Utf8JsonReader reader, string field) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetUInt16(out var value) ? value : throw NotA(ref reader, "an integer of the type ushort", field);

    /// <summary>Reads an integer of 32 bits.</summary>
    /// <param name="reader">Positioned on the value.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <exception cref="StateFormatException">The value isn't one.</exception>
    public static int ReadInt32(ref Utf8JsonReader reader, string field) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var value) ? value : throw NotA(ref reader, "an integer of the type int", field);

    /// <summary>Reads an integer of 32 bits without a sign.</summary>
    /// <param name="reader">Positioned on the value.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <exception cref="StateFormatException">The value isn't one.</exception>
    public static uint ReadUInt32(ref Utf8JsonReader reader, string field) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetUInt32(out var value) ? value : throw NotA(ref reader, "an integer of the type uint", field);

    /// <summary>Reads an integer of 64 bits.</summary>
    /// <param name="reader">Positioned on the value.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <exception cref="StateFormatException">The value isn't one.</exception>
    public static long ReadInt64(ref Utf8JsonReader reader, string field) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var value) ? value : throw NotA(ref reader, "an integer of the type long", field);

    /// <summary>Reads an integer of 64 bits without a sign.</summary>
    /// <param name="reader">Positioned on the value.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <exception cref="StateFormatException">The value isn't one.</exception>
    public static ulong ReadUInt64(ref Utf8JsonReader reader, string field) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetUInt64(out var value) ? value : throw NotA(ref reader, "an integer of the type ulong", field);

    /// <summary>Reads an integer of the machine's size.</summary>
    /// <param name="reader">Positioned on the value.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <exception cref="StateFormatException">The value isn't one, or is too large for this machine.</exception>
    public static nint ReadIntPtr(ref Utf8JsonReader reader, string field) =>
        ReadInt64(ref reader, field) is var value && value == (nint)value ? (nint)value : throw NotA(ref reader, "an integer of the type nint", field);

    /// <summary>Reads an integer of the machine's size, without a sign.</summary>
    /// <param name="reader">Positioned on the value.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <exception cref="StateFormatException">The value isn't one, or is too large for this machine.</exception>
    public static nuint ReadUIntPtr(ref Utf8JsonReader reader, string field) =>
        ReadUInt64(ref reader, field) is var value && value == (nuint)value ? (nuint)value : throw NotA(ref reader, "an integer of the type nuint", field);

    /// <summary>Reads a decimal number, with its trailing zeros.</summary>
    /// <param name="reader">Positioned on the value.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <exception cref="StateFormatException">The value isn't one.</exception>
    public static decimal ReadDecimal(ref Utf8JsonReader reader, string field) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetDecimal(out var value) ? value : throw NotA(ref reader, "a decimal number", field);

    /// <summary>Writes the shortest number that reads as the same value; NaN and infinities as strings.</summary>
    /// <param name="writer">Receives it.</param>
    /// <param name="value">The number.</param>
    /// <param name="field">The field that is written, for messages.</param>
    public static void WriteSingle(Utf8JsonWriter writer, float value, string field)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (float.IsFinite(value))
        {
            writer.WriteNumberValue(value);
        }
        else
        {
            writer.WriteStringValue(float.IsNaN(value) ? NotANumber : value > 0 ? Infinity : MinusInfinity);
        }
    }

    /// <summary>Reads a number, or the name of one that isn't finite.</summary>
    /// <param name="reader">Positioned on the value.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <exception cref="StateFormatException">The value isn't one, or is out of range.</exception>
    public static float ReadSingle(ref Utf8JsonReader reader, string field)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetSingle(out var value) && float.IsFinite(value))
        {
            return value;
        }

        if (reader.TokenType == JsonTokenType.String)
        {
            if (reader.ValueTextEquals(NotANumber))
            {
                return float.NaN;
            }

            if (reader.ValueTextEquals(Infinity))
            {
                return float.PositiveInfinity;
            }

            if (reader.ValueTextEquals(MinusInfinity))
            {
                return float.NegativeInfinity;
            }
        }

        throw NotA(ref reader, "a number of the type float", field);
    }

    /// <summary>Writes the shortest number that reads as the same value; NaN and infinities as strings.</summary>
    /// <param name="writer">Receives it.</param>
    /// <param name="value">The number.</param>
    /// <param name="field">The field that is written, for messages.</param>
    public static void WriteDouble(Utf8JsonWriter writer, double value, string field)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (double.IsFinite(value))
        {
            writer.WriteNumberValue(value);
        }
        else
        {
            writer.WriteStringValue(double.IsNaN(value) ? NotANumber : value > 0 ? Infinity : MinusInfinity);
        }
    }

    /// <summary>Reads a number, or the name of one that isn't finite.</summary>
    /// <param name="reader">Positioned on the value.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <exception cref="StateFormatException">The value isn't one, or is out of range.</exception>
    public static double ReadDouble(ref Utf8JsonReader reader, string field)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var value) && double.IsFinite(value))
        {
            return value;
        }

        if (reader.TokenType == JsonTokenType.String)
        {
            if (reader.ValueTextEquals(NotANumber))
            {
                return double.NaN;
            }

            if (reader.ValueTextEquals(Infinity))
            {
                return double.PositiveInfinity;
            }

            if (reader.ValueTextEquals(MinusInfinity))
            {
                return double.NegativeInfinity;
            }
        }

        throw NotA(ref reader, "a number of the type double", field);
    }

    private static ReadOnlySpan<byte> NotANumber => "NaN"u8;

    private static ReadOnlySpan<byte> Infinity => "Infinity"u8;

    private static ReadOnlySpan<byte> MinusInfinity => "-Infinity"u8;
}
