using System.Buffers;
using System.Text.Json;
using EventSourcing.CompilerServices;

namespace EventSourcing.Serialization;

/// <summary>
/// Writes the events of one save into one pooled buffer. The bytes stay unchanged until <see cref="Dispose"/>. Dispose of it only when the
/// outcome of the save is known, because a driver may send the bytes again. One thread at a time.
/// </summary>
internal sealed class StateEncoder : IDisposable
{
    [ThreadStatic]
    private static StateEncoder? _idle;

    private readonly StateBuffer _buffer = new();
    private readonly StateWriter _writer;

    private StateEncoder() => _writer = new StateWriter(_buffer);

    public static StateEncoder Rent()
    {
        var encoder = _idle ?? new StateEncoder();
        _idle = null;
        return encoder;
    }

    /// <summary>The number of bytes written so far.</summary>
    public int Length => _buffer.Length;

    /// <summary>Returns bytes that were written before, valid until the disposal.</summary>
    public ReadOnlyMemory<byte> Slice(int start, int length) => _buffer.Slice(start, length);

    /// <summary>Writes the state of an event.</summary>
    /// <returns>Its topic.</returns>
    public string Write<TKey>(IAggregate<TKey> aggregate, in PendingEvent pending)
        where TKey : notnull
    {
        try
        {
            return aggregate.WriteEvent(_writer, pending.Event, pending.Header.Timestamp);
        }
        catch (Exception e) when (e is not (EventSourcingException or OutOfMemoryException))
        {
            var reason = e switch
            {
                StateFormatException => e.Message,
                ArgumentException or InvalidOperationException => "a value has no JSON form, or is nested more than 64 levels deep",
                // Thrown by a type of the user's, such as a wrapper that was never given a value.
                _ => $"{e.GetType().Name} while a value was read",
            };
            throw new StateEncodeException(reason, pending.Event.GetType().Name, aggregate.Key, pending.Header.Version, e is StateFormatException ? null : e);
        }
    }

    /// <summary>Replaces the bytes from a place on by those that a stage makes of them.</summary>
    public void Apply(IStateStage stage, int start)
    {
        using var input = Take(start);
        stage.Encode(input._buffer.Slice(0, input.Length).Span, _buffer);
    }

    /// <summary>Replaces all bytes by those that a stage has made its own of.</summary>
    public void Revert(IStateStage stage, int limit)
    {
        using var input = Take(0);
        stage.Decode(input._buffer.Slice(0, input.Length).Span, limit, _buffer);
    }

    /// <summary>Appends bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes) => _buffer.Write(bytes);

    /// <summary>Moves the bytes from a place on to another encoder.</summary>
    private StateEncoder Take(int start)
    {
        var taken = Rent();
        taken.Append(_buffer.Slice(start, _buffer.Length - start).Span);
        _buffer.Truncate(start);
        return taken;
    }

    /// <summary>Writes a single value, as on a level of nesting.</summary>
    /// <returns>Its bytes.</returns>
    public ReadOnlySpan<byte> Write<T>(T value, Action<Utf8JsonWriter, T, string> write, string field, int depth)
    {
        var json = _writer.Json;
        json.Reset(_buffer);
        for (var level = 1; level < depth; level++)
        {
            json.WriteStartArray();
        }

        json.Flush();
        var start = _buffer.Length;
        write(json, value, field);
        json.Flush();
        return _buffer.Slice(start, _buffer.Length - start).Span;
    }

    /// <summary>Writes metadata.</summary>
    /// <exception cref="StateFormatException">A text of it can't be written.</exception>
    public void Write(EventMetadata metadata)
    {
        _writer.Json.Reset(_buffer);
        MetadataJson.Write(_writer.Json, metadata);
        _writer.Json.Flush();
    }

    public void Dispose()
    {
        _buffer.Clear();
        _idle ??= this;
    }
}
