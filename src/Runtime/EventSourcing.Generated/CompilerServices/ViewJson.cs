using System.Buffers;
using System.ComponentModel;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace EventSourcing.CompilerServices;

/// <summary>Reads a value from JSON.</summary>
/// <typeparam name="T">The type of the value.</typeparam>
/// <param name="reader">Positioned on the value.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public delegate T ViewJsonRead<out T>(ref Utf8JsonReader reader);

/// <summary>Writes and reads columns of views that are JSON, or names of an enum. Thread safe.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class ViewJson
{
    // As in the states of events.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true, MaxDepth = 64 };

    /// <summary>Returns a value as JSON.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="value">The value.</param>
    /// <param name="write">Writes it.</param>
    /// <exception cref="StateFormatException">The value can't be stored.</exception>
    public static string Write<T>(T value, Action<Utf8JsonWriter, T> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var buffer = new ArrayBufferWriter<byte>();
        try
        {
            using var writer = new Utf8JsonWriter(buffer, Options);
            write(writer, value);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            throw new StateFormatException("a value has no JSON form, or is nested more than 64 levels deep");
        }

        return HasNul(buffer.WrittenSpan)
            ? throw new StateFormatException("a text has a NUL character, which PostgreSQL can't store in JSON")
            : Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Returns a value that was written as JSON.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="json">The JSON.</param>
    /// <param name="read">Reads it.</param>
    /// <exception cref="StateFormatException">It has another form.</exception>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static T Read<T>(string json, ViewJsonRead<T> read)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(read);
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        reader.Read();
        var value = read(ref reader);
        return reader.Read() ? throw new StateFormatException("data after the end") : value;
    }

    /// <summary>Returns the value of an enum with a name.</summary>
    /// <typeparam name="T">The enum.</typeparam>
    /// <param name="name">The name.</param>
    /// <param name="read">Reads it as JSON.</param>
    /// <exception cref="StateFormatException">The enum has no such name.</exception>
    public static T ReadName<T>(string name, ViewJsonRead<T> read) => Read($"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(name)}\"", read);

    private static bool HasNul(ReadOnlySpan<byte> json)
    {
        for (int at; (at = json.IndexOf("\\u0000"u8)) >= 0; json = json[(at + 1)..])
        {
            // Of several backslashes, each second one is escaped itself.
            var escapes = 0;
            while (escapes < at && json[at - escapes - 1] == (byte)'\\')
            {
                escapes++;
            }

            if (escapes % 2 == 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Returns the name of a value of an enum as a text.</summary>
    public static string Name(ReadOnlySpan<byte> name) => Encoding.UTF8.GetString(name);

    /// <inheritdoc cref="Name(ReadOnlySpan{byte})"/>
    public static string Name(string name) => name;
}
