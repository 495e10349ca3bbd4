using System.Text.Json;
using EventSourcing.CompilerServices;

namespace EventSourcing.Serialization;

/// <summary>The stored form of metadata: <c>{"correlationId":"…","causationId":"…","values":{…}}</c>, absent parts left out.</summary>
internal static class MetadataJson
{
    private static readonly JsonEncodedText Correlation = StateJson.Name("correlationId");
    private static readonly JsonEncodedText Causation = StateJson.Name("causationId");

    /// <exception cref="StateFormatException">A value is null, or has half of a surrogate pair.</exception>
    public static void Write(Utf8JsonWriter writer, EventMetadata metadata)
    {
        writer.WriteStartObject();
        if (metadata.CorrelationId is not null)
        {
            StateJson.WriteString(writer, Correlation, metadata.CorrelationId);
        }

        if (metadata.CausationId is not null)
        {
            StateJson.WriteString(writer, Causation, metadata.CausationId);
        }

        if (metadata.Values.Count > 0)
        {
            writer.WriteStartObject("values"u8);
            foreach (var (name, value) in metadata.Values)
            {
                StateJson.WriteKey(writer, name, "metadata");
                StateJson.WriteString(writer, value, "metadata");
            }

            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    /// <summary>Reads metadata; null if another program wrote it in a form of its own, which must not make events unreadable.</summary>
    public static EventMetadata? Read(ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty)
        {
            return null;
        }

        try
        {
            var reader = new Utf8JsonReader(json);
            string? correlation = null, causation = null;
            var values = new Dictionary<string, string>();
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return null;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("correlationId"u8))
                {
                    correlation = ReadText(ref reader);
                }
                else if (reader.ValueTextEquals("causationId"u8))
                {
                    causation = ReadText(ref reader);
                }
                else if (reader.ValueTextEquals("values"u8))
                {
                    ReadValues(ref reader, values);
                }
                else
                {
                    reader.Skip();
                }
            }

            return new EventMetadata { CorrelationId = correlation, CausationId = causation, Values = values };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static void ReadValues(ref Utf8JsonReader reader, Dictionary<string, string> values)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException();
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            values[name] = ReadText(ref reader) ?? "";
        }
    }

    private static string? ReadText(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetString();
    }
}
