using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace EventSourcing.CompilerServices;

/// <summary>
/// Writes and reads the states of events, for generated code. It is strict, and messages of its exceptions contain no values. Readers are
/// called on the first token of a value and return on its last. Thread safe.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static partial class StateJson
{
    /// <summary>Encodes a name as it is written, with no escapes but those that JSON requires.</summary>
    /// <param name="name">The name.</param>
    public static JsonEncodedText Name(string name) => JsonEncodedText.Encode(name, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);

    /// <summary>Encodes the name of a field that isn't ASCII, as it is written, with its punctuation: <c>,"name":</c>.</summary>
    /// <param name="name">The name.</param>
    public static byte[] WrittenName(string name) => [.. ",\""u8, .. Name(name).EncodedUtf8Bytes, .. "\":"u8];

    /// <summary>Reads the beginning of a state.</summary>
    /// <param name="reader">Positioned before the first token.</param>
    /// <exception cref="StateFormatException">The state isn't an object.</exception>
    internal static void ReadStart(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new StateFormatException("the state is not an object");
        }
    }

    /// <summary>Reads the beginning of an object.</summary>
    /// <param name="reader">Positioned on the first token of the value.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <exception cref="StateFormatException">The value isn't an object.</exception>
    public static void ReadStartObject(ref Utf8JsonReader reader, string field)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw NotA(ref reader, "an object", field);
        }
    }

    /// <summary>Reads the beginning of an array.</summary>
    /// <param name="reader">Positioned on the first token of the value.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <exception cref="StateFormatException">The value isn't an array.</exception>
    public static void ReadStartArray(ref Utf8JsonReader reader, string field)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw NotA(ref reader, "an array", field);
        }
    }

    /// <summary>Moves to the next name of an object; false at its end.</summary>
    /// <param name="reader">Positioned on the beginning of an object, or on the last token of a value in it.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool NextName(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    /// <summary>Moves to the next item of an array; false at its end.</summary>
    /// <param name="reader">Positioned on the beginning of an array, or on the last token of an item.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool NextItem(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType != JsonTokenType.EndArray;

    /// <summary>Moves to the next item of a tuple.</summary>
    /// <param name="reader">Positioned on the beginning of an array, or on the last token of an item.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <exception cref="StateFormatException">The array ends.</exception>
    public static void ReadItem(ref Utf8JsonReader reader, string field)
    {
        if (!NextItem(ref reader))
        {
            throw new StateFormatException($"'{field}' has too few items");
        }
    }

    /// <summary>Moves to the end of a tuple.</summary>
    /// <param name="reader">Positioned on the last token of the last item.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <exception cref="StateFormatException">There are more items.</exception>
    public static void ReadEndArray(ref Utf8JsonReader reader, string field)
    {
        if (NextItem(ref reader))
        {
            throw new StateFormatException($"'{field}' has too many items");
        }
    }

    /// <summary>Whether the value is null.</summary>
    /// <param name="reader">Positioned on the value.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsNull(ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.Null;

    /// <summary>Skips a field that the object doesn't know.</summary>
    /// <param name="reader">Positioned on the field's name; left on the last token of its value.</param>
    /// <param name="names">The names that the object knows.</param>
    /// <exception cref="StateFormatException">The object knows the field, so it occurs twice.</exception>
    public static void SkipUnknown(ref Utf8JsonReader reader, string[] names)
    {
        foreach (var name in names)
        {
            if (reader.ValueTextEquals(name))
            {
                throw new StateFormatException($"'{name}' occurs twice");
            }
        }

        reader.Skip();
    }

    /// <summary>Creates the exception for an object or collection with one key or item twice.</summary>
    /// <param name="field">The field that is read, for messages.</param>
    public static StateFormatException Duplicate(string field) => new($"'{field}' contains duplicates");

    /// <summary>Creates the exception for a value that is null and couldn't be read again.</summary>
    /// <param name="field">The field that is written, for messages.</param>
    public static StateFormatException Null(string field) => new($"'{field}' is null, or contains null, but its type doesn't allow null");

    /// <summary>Creates the exception for an immutable array that was never set.</summary>
    /// <param name="field">The field that is written, for messages.</param>
    public static StateFormatException Uninitialized(string field) => new($"'{field}' is, or contains, a default array instead of an empty one");

    /// <summary>Throws if a value is of a class that derives from its declared one: its additional members would be lost.</summary>
    /// <typeparam name="T">The declared class.</typeparam>
    /// <param name="value">The value.</param>
    /// <param name="field">The field that is written, for messages.</param>
    /// <exception cref="StateFormatException">The value is of another class.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void RequireExact<T>(T value, string field)
        where T : class
    {
        if (value.GetType() != typeof(T))
        {
            throw new StateFormatException($"'{field}' is of a class that derives from its declared one");
        }
    }

    /// <summary>Throws if a converter didn't write exactly one value.</summary>
    /// <param name="writer">The writer, after the converter.</param>
    /// <param name="depth">Its depth before the converter.</param>
    /// <param name="length">The number of bytes written before the converter.</param>
    /// <param name="field">The field that is written, for messages.</param>
    /// <exception cref="StateFormatException">Nothing was written, or an object or array is still open.</exception>
    public static void RequireWritten(Utf8JsonWriter writer, int depth, long length, string field)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (writer.CurrentDepth != depth || Length(writer) == length)
        {
            throw new StateFormatException($"the converter of '{field}' didn't write exactly one complete value");
        }
    }

    /// <summary>Returns the number of bytes written so far.</summary>
    /// <param name="writer">The writer.</param>
    public static long Length(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        return writer.BytesCommitted + writer.BytesPending;
    }

    /// <summary>Throws if a converter didn't stop on the last token of its value.</summary>
    /// <param name="reader">The reader, after the converter.</param>
    /// <param name="end">The end of the value, from <see cref="EndOf"/>.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <exception cref="StateFormatException">The reader is elsewhere.</exception>
    public static void RequireRead(ref Utf8JsonReader reader, long end, string field)
    {
        if (reader.BytesConsumed != end)
        {
            throw new StateFormatException($"the converter of '{field}' didn't read exactly one complete value");
        }
    }

    /// <summary>Returns the end, in bytes, of the value on whose first token the reader is.</summary>
    /// <param name="reader">The reader, which isn't moved.</param>
    public static long EndOf(ref Utf8JsonReader reader)
    {
        var ahead = reader;
        ahead.Skip();
        return ahead.BytesConsumed;
    }

    [DoesNotReturn]
    internal static void ThrowMissing(ulong missing, string[] names, int first) =>
        throw new StateFormatException($"'{names[first + BitOperations.TrailingZeroCount(missing)]}' is missing");

    private static StateFormatException NotA(ref Utf8JsonReader reader, string what, string field) =>
        new(reader.TokenType == JsonTokenType.Null ? $"'{field}' is null, or contains null" : $"'{field}' is not {what}, or contains a value that isn't");
}
