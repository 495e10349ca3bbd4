using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using EventSourcing;
using EventSourcing.CompilerServices;
using EventSourcing.Recording;
using EventSourcing.Serialization;

namespace Benchmarks.Micro;

/// <summary>Writing and reading one event of five fields and its time; all write the same bytes.</summary>
[MemoryDiagnoser]
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class SerializerBenchmarks
{
    private static readonly DateTimeOffset Time = new DateTimeOffset(2026, 11, 23, 2, 33, 16, TimeSpan.Zero).AddTicks(3_486_110);
    private static readonly Account.Deposited Event = new(new Guid("0198c2b4-6a3e-7c51-9d2f-1b7e4a90c3d8"), "savings", 42, 1_999_900, Time.UtcDateTime);
    private static readonly PendingEvent Pending = new(Event, new EventHeader(7, Time));
    private static readonly Deposit Plain = new() { Timestamp = Time, Transfer = Event.Transfer, Purpose = Event.Purpose, Branch = Event.Branch, Cents = Event.Cents, BookedAt = Event.BookedAt };
    private static readonly byte[] Topic = "Account.Deposited"u8.ToArray();

    private readonly Account _account = new(Guid.NewGuid(), "holder", 1, 0, Time.UtcDateTime);
    private readonly Bytes _buffer = new();
    private readonly Utf8JsonWriter _writer;
    private readonly byte[] _state;

    public SerializerBenchmarks()
    {
        _writer = new Utf8JsonWriter(_buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        using var encoder = StateEncoder.Rent();
        encoder.Write(_account, Pending);
        _state = encoder.Slice(0, encoder.Length).ToArray();
        Encode_SystemTextJson();
        if (!_buffer.Written.SequenceEqual(_state))
        {
            throw new InvalidOperationException($"Different states: {Encoding.UTF8.GetString(_state)} and {Encoding.UTF8.GetString(_buffer.Written)}");
        }

        Encode_Hand();
        if (!_buffer.Written.SequenceEqual(_state))
        {
            throw new InvalidOperationException($"Different states: {Encoding.UTF8.GetString(_state)} and {Encoding.UTF8.GetString(_buffer.Written)}");
        }
    }

    [Benchmark]
    [BenchmarkCategory("encode")]
    public int Encode_Library()
    {
        using var encoder = StateEncoder.Rent();
        encoder.Write(_account, Pending);
        return encoder.Length;
    }

    [Benchmark(Baseline = true)]
    [BenchmarkCategory("encode")]
    public int Encode_SystemTextJson()
    {
        _buffer.Clear();
        _writer.Reset(_buffer);
        JsonSerializer.Serialize(_writer, Plain, DepositContext.Default.Deposit);
        _writer.Flush();
        return _buffer.Written.Length;
    }

    [Benchmark]
    [BenchmarkCategory("encode")]
    public int Encode_Hand()
    {
        _buffer.Clear();
        _writer.Reset(_buffer);
        HandWritten.Write(_writer, Plain);
        _writer.Flush();
        return _buffer.Written.Length;
    }

    [Benchmark]
    [BenchmarkCategory("decode")]
    public IEvent Decode_Library()
    {
        var row = new EventRow<Guid> { Position = 1, OriginatorId = default, OriginatorVersion = 7, Topic = Topic, State = _state };
        return Decoder<Account>.Read(row, out _);
    }

    [Benchmark(Baseline = true)]
    [BenchmarkCategory("decode")]
    public Deposit? Decode_SystemTextJson() => JsonSerializer.Deserialize(_state, DepositContext.Default.Deposit);

    [Benchmark]
    [BenchmarkCategory("decode")]
    public DepositRecord? Decode_SystemTextJson_Record() => JsonSerializer.Deserialize(_state, DepositContext.Default.DepositRecord);

    [Benchmark]
    [BenchmarkCategory("decode")]
    public Deposit Decode_Hand() => HandWritten.Read(_state);

    /// <summary>Reads as the repository does.</summary>
    private static class Decoder<TAggregate>
        where TAggregate : class, IAggregate<TAggregate, Guid, Guid>
    {
        private static readonly StateDecoder.EventReader Reader = TAggregate.ReadEvent;

        public static IEvent Read(in EventRow<Guid> row, out DateTimeOffset timestamp) => StateDecoder.Read(row, Reader, typeof(TAggregate).Name, 16 << 20, out timestamp);
    }

    /// <summary>A buffer that is reused.</summary>
    private sealed class Bytes : IBufferWriter<byte>
    {
        private readonly byte[] _bytes = new byte[4096];
        private int _length;

        public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

        public void Clear() => _length = 0;

        public void Advance(int count) => _length += count;

        public Memory<byte> GetMemory(int sizeHint = 0) => _bytes.AsMemory(_length);

        public Span<byte> GetSpan(int sizeHint = 0) => _bytes.AsSpan(_length);
    }
}
