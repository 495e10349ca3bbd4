using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using EventSourcing.CompilerServices;

namespace EventSourcing.Serialization;

/// <summary>
/// Writes the events of one save into one pooled buffer. The bytes stay untouched until <see cref="Dispose"/>, which may only
/// come when the outcome of the save is known: a driver may send them again. One thread at a time.
/// </summary>
internal sealed class StateEncoder : IDisposable
{
    // Relaxed: no escapes that JSON doesn't ask for. Validation is the generator's business, and its tests'.
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true, MaxDepth = 64,
    };

    [ThreadStatic]
    private static StateEncoder? _idle;

    private readonly PooledBuffer _buffer = new();
    private readonly Utf8JsonWriter _writer;

    private StateEncoder() => _writer = new Utf8JsonWriter(_buffer, Options);

    public static StateEncoder Rent()
    {
        var encoder = _idle ?? new StateEncoder();
        _idle = null;
        return encoder;
    }

    /// <summary>The bytes written so far.</summary>
    public int Length => _buffer.Length;

    /// <summary>Bytes that were written before, valid until the disposal.</summary>
    public ReadOnlyMemory<byte> Slice(int start, int length) => _buffer.Slice(start, length);

    /// <summary>Writes the state of an event.</summary>
    /// <returns>Its topic.</returns>
    public string Write<TKey>(IAggregate<TKey> aggregate, in PendingEvent pending)
        where TKey : notnull
    {
        try
        {
            _writer.Reset(_buffer);
            var topic = aggregate.WriteEvent(_writer, pending.Event, pending.Header.Timestamp);
            _writer.Flush();
            return topic;
        }
        catch (Exception e) when (e is StateFormatException or ArgumentException or InvalidOperationException)
        {
            var reason = e is StateFormatException ? e.Message : "a value has no JSON form, or is nested more than 64 deep";
            throw new StateEncodeException(reason, pending.Event.GetType().Name, aggregate.Key, pending.Header.Version, e is StateFormatException ? null : e);
        }
    }

    /// <summary>Writes metadata.</summary>
    /// <exception cref="StateFormatException">A text of it can't be written.</exception>
    public void Write(EventMetadata metadata)
    {
        _writer.Reset(_buffer);
        MetadataJson.Write(_writer, metadata);
        _writer.Flush();
    }

    public void Dispose()
    {
        _buffer.Clear();
        _idle ??= this;
    }

    /// <summary>A growing array from the shared pool.</summary>
    private sealed class PooledBuffer : IBufferWriter<byte>
    {
        private const int Kept = 64 * 1024;
        private byte[] _bytes = [];

        public int Length { get; private set; }

        public ReadOnlyMemory<byte> Slice(int start, int length) => _bytes.AsMemory(start, length);

        public void Advance(int count) => Length += count;

        public Memory<byte> GetMemory(int sizeHint = 0)
        {
            Reserve(sizeHint);
            return _bytes.AsMemory(Length);
        }

        public Span<byte> GetSpan(int sizeHint = 0)
        {
            Reserve(sizeHint);
            return _bytes.AsSpan(Length);
        }

        public void Clear()
        {
            Length = 0;
            if (_bytes.Length <= Kept)
                return;
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = [];
        }

        private void Reserve(int sizeHint)
        {
            if (_bytes.Length - Length >= Math.Max(sizeHint, 1))
                return;
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(1024, Math.Max(_bytes.Length * 2, Length + sizeHint)));
            _bytes.AsSpan(0, Length).CopyTo(larger);
            if (_bytes.Length > 0)
                ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }
    }
}
