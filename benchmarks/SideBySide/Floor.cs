using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;

namespace Benchmarks;

/// <summary>The event as written without a library: only its values.</summary>
internal sealed record FloorEvent(DateTimeOffset Timestamp, Guid Owner, string Name, int Number, long Amount)
{
    /// <summary>Takes the current time, which stores keep to the microsecond.</summary>
    public static FloorEvent Create(long number)
    {
        var now = DateTimeOffset.UtcNow;
        return new(now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond)), Sample.Owner, Sample.Name(number), Sample.Number(number), Sample.Amount(number));
    }
}

/// <summary>The aggregate, without a library.</summary>
internal sealed class FloorAccount(Guid id)
{
    public Guid Id { get; } = id;

    public long Version { get; private set; }

    public DateTimeOffset CreatedOn { get; private set; }

    public DateTimeOffset ModifiedOn { get; private set; }

    public Guid Owner { get; private set; }

    public string Name { get; private set; } = "";

    public int Number { get; private set; }

    public long Amount { get; private set; }

    public void Apply(ReadOnlySpan<byte> topic, FloorEvent e, long version)
    {
        if (topic.SequenceEqual(FloorTopics.Changed))
        {
            ApplyChanged(e, version);
        }
        else if (topic.SequenceEqual(FloorTopics.Opened))
        {
            ApplyOpened(e, version);
        }
        else
        {
            throw new InvalidOperationException("An unknown topic.");
        }
    }

    private void ApplyOpened(FloorEvent e, long version)
    {
        (Version, CreatedOn, ModifiedOn) = (version, e.Timestamp, e.Timestamp);
        (Owner, Name, Number, Amount) = (e.Owner, e.Name, e.Number, e.Amount);
    }

    private void ApplyChanged(FloorEvent e, long version)
    {
        (Version, ModifiedOn) = (version, e.Timestamp);
        (Owner, Name, Number, Amount) = (e.Owner, e.Name, e.Number, Amount + e.Amount);
    }
}

/// <summary>An event of the log, without a library.</summary>
internal readonly record struct FloorRecording(long Position, Guid AggregateId, long Version, string Topic, FloorEvent Event);

/// <summary>The same topics as the library's.</summary>
internal static class FloorTopics
{
    public static ReadOnlySpan<byte> Opened => "Account.Opened"u8;

    public static ReadOnlySpan<byte> Changed => "Account.Changed"u8;

    public static bool IsOpened(ReadOnlySpan<byte> topic) =>
        topic.SequenceEqual(Opened) || (topic.SequenceEqual(Changed) ? false : throw new InvalidOperationException("An unknown topic."));

    public static string Name(ReadOnlySpan<byte> topic) =>
        topic.SequenceEqual(Changed) ? "Account.Changed" :
        topic.SequenceEqual(Opened) ? "Account.Opened" :
        throw new InvalidOperationException("An unknown topic.");
}

/// <summary>Writes and reads states of <see cref="FloorEvent"/>, the same bytes as the library's. For one thread at a time.</summary>
internal sealed class FloorJson
{
    // The bytes must be the library's, so the writer gets the library's rules for escaping.
    private static readonly JsonWriterOptions Options = new() { SkipValidation = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonEncodedText TimestampName = JsonEncodedText.Encode("timestamp");
    private static readonly JsonEncodedText OwnerName = JsonEncodedText.Encode("owner");
    private static readonly JsonEncodedText NameName = JsonEncodedText.Encode("name");
    private static readonly JsonEncodedText NumberName = JsonEncodedText.Encode("number");
    private static readonly JsonEncodedText AmountName = JsonEncodedText.Encode("amount");

    private readonly ArrayBufferWriter<byte> _buffer;
    private readonly Utf8JsonWriter _writer;

    public FloorJson(int capacity = 65536)
    {
        _buffer = new(capacity);
        _writer = new(_buffer, Options);
    }

    /// <summary>The bytes written since the last <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> Written => _buffer.WrittenSpan;

    /// <summary>The same bytes, for a later reader.</summary>
    public ReadOnlyMemory<byte> WrittenMemory => _buffer.WrittenMemory;

    public void Clear() => _buffer.ResetWrittenCount();

    /// <summary>Adds one state.</summary>
    public void Write(FloorEvent e)
    {
        _writer.Reset();
        _writer.WriteStartObject();
        Span<byte> time = stackalloc byte[32];
        Format(e.Timestamp, time);
        _writer.WriteString(TimestampName, time);
        _writer.WriteString(OwnerName, e.Owner);
        _writer.WriteString(NameName, e.Name);
        _writer.WriteNumber(NumberName, e.Number);
        _writer.WriteNumber(AmountName, e.Amount);
        _writer.WriteEndObject();
        _writer.Flush();
    }

    /// <summary>Writes one state alone.</summary>
    public ReadOnlySpan<byte> WriteOne(FloorEvent e)
    {
        Clear();
        Write(e);
        return Written;
    }

    /// <summary>Reads a state. Names are compared, so the order doesn't matter; unknown names are skipped.</summary>
    public static FloorEvent Read(ReadOnlySpan<byte> state)
    {
        var reader = new Utf8JsonReader(state);
        reader.Read();
        DateTimeOffset timestamp = default;
        Guid owner = default;
        string? name = null;
        var number = 0;
        long amount = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("timestamp"u8))
            {
                reader.Read();
                timestamp = reader.GetDateTimeOffset();
            }
            else if (reader.ValueTextEquals("owner"u8))
            {
                reader.Read();
                owner = reader.GetGuid();
            }
            else if (reader.ValueTextEquals("name"u8))
            {
                reader.Read();
                name = reader.GetString();
            }
            else if (reader.ValueTextEquals("number"u8))
            {
                reader.Read();
                number = reader.GetInt32();
            }
            else if (reader.ValueTextEquals("amount"u8))
            {
                reader.Read();
                amount = reader.GetInt64();
            }
            else
            {
                reader.Skip();
            }
        }

        return new(timestamp, owner, name!, number, amount);
    }

    /// <summary>2026-11-23T02:33:16.348611+00:00.</summary>
    private static void Format(DateTimeOffset time, Span<byte> text)
    {
        Span<byte> round = stackalloc byte[33];
        Utf8Formatter.TryFormat(time, round, out _, new StandardFormat('O'));
        round[..26].CopyTo(text);
        "+00:00"u8.CopyTo(text[26..]);
    }
}
