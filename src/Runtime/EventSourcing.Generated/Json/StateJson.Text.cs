using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace EventSourcing.CompilerServices;

public static partial class StateJson
{
    /// <summary>Writes a string as a field.</summary>
    /// <param name="writer">Receives it.</param>
    /// <param name="name">The name of the field.</param>
    /// <param name="value">The string.</param>
    /// <exception cref="StateFormatException">It is null, or has half of a surrogate pair.</exception>
    public static void WriteString(Utf8JsonWriter writer, JsonEncodedText name, string? value)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (value is null)
        {
            throw Null(name.Value);
        }

        RequireText(value, name.Value);
        writer.WriteString(name, value);
    }

    /// <summary>Writes a string.</summary>
    /// <param name="writer">Receives it.</param>
    /// <param name="value">The string.</param>
    /// <param name="field">The field that is written, for messages.</param>
    /// <exception cref="StateFormatException">It is null, or has half of a surrogate pair.</exception>
    public static void WriteString(Utf8JsonWriter writer, string? value, string field)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (value is null)
        {
            throw Null(field);
        }

        RequireText(value, field);
        writer.WriteStringValue(value);
    }

    /// <summary>Reads a string.</summary>
    /// <param name="reader">Positioned on the value.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <exception cref="StateFormatException">The value isn't one.</exception>
    public static string ReadString(ref Utf8JsonReader reader, string field)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            throw NotA(ref reader, "a string", field);
        }

        return Text(ref reader, field);
    }

    /// <summary>Writes a character, as a string of one.</summary>
    /// <param name="writer">Receives it.</param>
    /// <param name="value">The character.</param>
    /// <param name="field">The field that is written, for messages.</param>
    /// <exception cref="StateFormatException">It is half of a surrogate pair.</exception>
    public static void WriteChar(Utf8JsonWriter writer, char value, string field)
    {
        ArgumentNullException.ThrowIfNull(writer);
        RequireText([value], field);
        writer.WriteStringValue([value]);
    }

    /// <summary>Reads a string of one character.</summary>
    /// <param name="reader">Positioned on the value.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <exception cref="StateFormatException">The value isn't one.</exception>
    public static char ReadChar(ref Utf8JsonReader reader, string field)
    {
        Span<char> text = stackalloc char[ShortText];
        return Short(ref reader, text, "a character", field) == 1 ? text[0] : throw NotA(ref reader, "a character", field);
    }

    /// <summary>Writes a Uri as it was given.</summary>
    /// <param name="writer">Receives it.</param>
    /// <param name="value">The Uri.</param>
    /// <param name="field">The field that is written, for messages.</param>
    /// <exception cref="StateFormatException">It is null.</exception>
    public static void WriteUri(Utf8JsonWriter writer, Uri? value, string field) => WriteString(writer, value?.OriginalString, field);

    /// <summary>Reads a Uri, absolute or relative.</summary>
    /// <param name="reader">Positioned on the value.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <exception cref="StateFormatException">The value isn't one.</exception>
    public static Uri ReadUri(ref Utf8JsonReader reader, string field) =>
        Uri.TryCreate(ReadString(ref reader, field), UriKind.RelativeOrAbsolute, out var value) ? value : throw NotA(ref reader, "a URI", field);

    /// <summary>Writes bytes in base64.</summary>
    /// <param name="writer">Receives them.</param>
    /// <param name="value">The bytes.</param>
    /// <param name="field">The field that is written, for messages.</param>
    /// <exception cref="StateFormatException">They are null.</exception>
    public static void WriteBytes(Utf8JsonWriter writer, byte[]? value, string field)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteBase64StringValue(value ?? throw Null(field));
    }

    /// <summary>Reads bytes in base64.</summary>
    /// <param name="reader">Positioned on the value.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <exception cref="StateFormatException">The value isn't in base64.</exception>
    public static byte[] ReadBytes(ref Utf8JsonReader reader, string field) =>
        reader.TokenType == JsonTokenType.String && reader.TryGetBytesFromBase64(out var value) ? value : throw NotA(ref reader, "base64", field);

    /// <summary>Reads a Guid, in digits with hyphens.</summary>
    /// <param name="reader">Positioned on the value.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <exception cref="StateFormatException">The value isn't one.</exception>
    public static Guid ReadGuid(ref Utf8JsonReader reader, string field) =>
        reader.TokenType == JsonTokenType.String && reader.TryGetGuid(out var value) ? value : throw NotA(ref reader, "a Guid", field);

    /// <summary>Reads true or false.</summary>
    /// <param name="reader">Positioned on the value.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <exception cref="StateFormatException">The value is neither.</exception>
    public static bool ReadBoolean(ref Utf8JsonReader reader, string field) => reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw NotA(ref reader, "true or false", field),
    };

    /// <summary>Writes the key of a dictionary.</summary>
    /// <param name="writer">Receives it.</param>
    /// <param name="key">The key.</param>
    /// <param name="field">The field that is written, for messages.</param>
    /// <exception cref="StateFormatException">It has half of a surrogate pair.</exception>
    public static void WriteKey(Utf8JsonWriter writer, string key, string field)
    {
        ArgumentNullException.ThrowIfNull(writer);
        RequireText(key, field);
        writer.WritePropertyName(key);
    }

    /// <summary>Writes the key of a dictionary: a number, or a Guid.</summary>
    /// <param name="writer">Receives it.</param>
    /// <param name="key">The key.</param>
    /// <param name="field">The field that is written, for messages.</param>
    public static void WriteKey<T>(Utf8JsonWriter writer, T key, string field)
        where T : struct, IUtf8SpanFormattable
    {
        ArgumentNullException.ThrowIfNull(writer);
        Span<byte> text = stackalloc byte[ShortText];
        key.TryFormat(text, out var length, default, CultureInfo.InvariantCulture);
        writer.WritePropertyName(text[..length]);
    }

    /// <summary>Reads the key of a dictionary.</summary>
    /// <param name="reader">Positioned on the name of a property.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <exception cref="StateFormatException">It isn't valid text.</exception>
    public static string ReadKey(ref Utf8JsonReader reader, string field) => Text(ref reader, field);

    /// <summary>Reads the key of a dictionary, a number or a Guid.</summary>
    /// <param name="reader">Positioned on the name of a property.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <exception cref="StateFormatException">It isn't written as <typeparamref name="T"/> is.</exception>
    public static T ReadKey<T>(ref Utf8JsonReader reader, string field)
        where T : struct, ISpanParsable<T>, ISpanFormattable
    {
        Span<char> text = stackalloc char[ShortText];
        Span<char> again = stackalloc char[ShortText];
        var given = text[..Short(ref reader, text, "a valid key", field)];
        // Only the written form is accepted: two spellings of one key would be two keys for other readers.
        if (!T.TryParse(given, CultureInfo.InvariantCulture, out var key)
            || !key.TryFormat(again, out var length, default, CultureInfo.InvariantCulture)
            || !given.SequenceEqual(again[..length]))
        {
            throw new StateFormatException($"'{field}' has a key with an invalid format");
        }

        return key;
    }

    /// <summary>The halves of surrogate pairs. A search for a range of characters would box them until its code is optimized.</summary>
    internal static readonly SearchValues<char> Surrogates = SearchValues.Create([.. Enumerable.Range('\uD800', '\uDFFF' - '\uD800' + 1).Select(c => (char)c)]);

    private const int ShortText = 64;

    // Copies the short text at the reader, and returns its length. Refuses a text that is too long.
    private static int Short(ref Utf8JsonReader reader, scoped Span<char> text, string what, string field)
    {
        // An escape is at most six bytes for one character.
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName) || reader.ValueSpan.Length > 6 * ShortText)
        {
            throw NotA(ref reader, what, field);
        }

        try
        {
            return reader.CopyString(text);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            throw NotA(ref reader, what, field);
        }
    }

    private static string Text(ref Utf8JsonReader reader, string field)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new StateFormatException($"'{field}' is not valid text, or contains invalid text");
        }
    }

    // The writer would silently replace half a pair by U+FFFD.
    private static void RequireText(ReadOnlySpan<char> text, string field)
    {
        var at = text.IndexOfAnyInRange('\uD800', '\uDFFF');
        if (at >= 0 && HasHalf(text[at..]))
        {
            throw new StateFormatException($"'{field}' has, or contains a text with, half of a surrogate pair");
        }
    }

    internal static bool HasHalf(ReadOnlySpan<char> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
            {
                continue;
            }

            if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1]))
            {
                return true;
            }

            i++;
        }

        return false;
    }
}
