using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Benchmarks.Serializing;

/// <summary>System.Text.Json's generated code in its best form: a writer that is reused, and properties instead of a constructor's parameters.</summary>
internal sealed class SystemTextJson
{
    private readonly ArrayBufferWriter<byte> _buffer = new(4096);
    private readonly Utf8JsonWriter _writer;
    private readonly byte[] _state;

    public SystemTextJson()
    {
        _writer = new(_buffer, new JsonWriterOptions { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        _state = Encode().ToArray();
    }

    public ReadOnlySpan<byte> Encode()
    {
        _buffer.ResetWrittenCount();
        _writer.Reset(_buffer);
        JsonSerializer.Serialize(_writer, SerializedEvent.Plain, SerializedEventContext.Default.SerializedEvent);
        _writer.Flush();
        return _buffer.WrittenSpan;
    }

    public SerializedEvent Decode() => JsonSerializer.Deserialize(_state, SerializedEventContext.Default.SerializedEvent)!;

    public bool Equals(SerializedEvent e) =>
        (e.Timestamp, e.Owner, e.Name, e.Number, e.Amount) == (SerializedEvent.Time, SerializedEvent.Plain.Owner, SerializedEvent.Plain.Name, SerializedEvent.Plain.Number, SerializedEvent.Plain.Amount);
}

/// <summary>The event of W10 as System.Text.Json sees it.</summary>
internal sealed class SerializedEvent
{
    public static readonly DateTimeOffset Time = new DateTimeOffset(2026, 11, 23, 2, 33, 16, TimeSpan.Zero).AddTicks(3_486_110);
    public static readonly Account.Changed Changed = new(Sample.Owner, Sample.Name(0), Sample.Number(0), Sample.Amount(0));
    public static readonly SerializedEvent Plain = new() { Timestamp = Time, Owner = Changed.Owner, Name = Changed.Name, Number = Changed.Number, Amount = Changed.Amount };

    public DateTimeOffset Timestamp { get; set; }

    public Guid Owner { get; set; }

    public string Name { get; set; } = "";

    public int Number { get; set; }

    public long Amount { get; set; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SerializedEvent))]
internal sealed partial class SerializedEventContext : JsonSerializerContext;
