using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using EventSourcing.CompilerServices;
using EventSourcing.Recording;

namespace EventSourcing.Serialization;

/// <summary>
/// Converts rows to events, with limits and typed errors. An event is read as a whole or not at all. Generated code reads the JSON.
/// </summary>
internal static class StateDecoder
{
    /// <summary>Reads an event of one aggregate, or of a whole application.</summary>
    public delegate IEvent? EventReader(ReadOnlySpan<byte> topic, ref StateReader state);

    /// <summary>Reads the event of a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="read">Reads the event by its topic.</param>
    /// <param name="owner">The owner of the events that <paramref name="read"/> knows, for the message.</param>
    /// <param name="limit">The maximum size of a state, or of metadata, in bytes.</param>
    /// <param name="timestamp">The event's time.</param>
    public static IEvent Read<TKey>(in EventRow<TKey> row, EventReader read, string owner, int limit, out DateTimeOffset timestamp)
        where TKey : notnull
    {
        ThrowIfOver(row, limit);
        return TryReadWritten(row, read, out timestamp) ?? ReadStrictly(row, read, owner, out timestamp);
    }

    /// <summary>Checks the size of the state and of the metadata.</summary>
    /// <exception cref="PayloadTooLargeException">One of them is larger than the limit.</exception>
    public static void ThrowIfOver<TKey>(in EventRow<TKey> row, int limit)
        where TKey : notnull
    {
        var size = Math.Max(row.State.Length, row.Metadata.Length);
        if (size > limit)
        {
            throw new PayloadTooLargeException(size, limit, nameof(EventStoreOptions.MaxStateSize), Show(row.Topic), row.OriginatorId, row.OriginatorVersion, row.Position);
        }
    }

    // Most states were written by the library and are first read as such. Every other state, and every error, is read by the rules of JSON.
    private static IEvent? TryReadWritten<TKey>(in EventRow<TKey> row, EventReader read, out DateTimeOffset timestamp)
        where TKey : notnull
    {
        timestamp = default;
        if (row.State.IsEmpty)
        {
            return null;
        }

        try
        {
            var state = new StateReader(row.State, byRules: false);
            var @event = read(row.Topic, ref state);
            timestamp = state.Timestamp;
            return @event;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return null;
        }
    }

    private static IEvent ReadStrictly<TKey>(in EventRow<TKey> row, EventReader read, string owner, out DateTimeOffset timestamp)
        where TKey : notnull
    {
        // The reader checks only the text that it returns; this also checks skipped text.
        if (!Utf8.IsValid(row.State))
        {
            throw Fault(row, "it is not valid UTF-8,", FirstFault(row.State), null);
        }

        var state = new StateReader(row.State, byRules: true);
        try
        {
            var @event = read(row.Topic, ref state);
            timestamp = state.Timestamp;
            return @event ?? throw new UnknownTopicException(owner, Show(row.Topic), row.OriginatorId, row.OriginatorVersion, row.Position);
        }
        catch (Exception exception) when (exception is not (EventSourcingException or OutOfMemoryException))
        {
            // Only the library's reasons are shown: the messages of the framework and of users' constructors may contain the state.
            var (reason, inner) = exception switch
            {
                StateFormatException => (exception.Message, null),
                JsonException when !state.IsScanned => ("not valid JSON, or nested too deeply,", null),
                JsonException => ("a value that its converter refused, or did not read exactly,", null),
                InvalidOperationException or FormatException or OverflowException or DecoderFallbackException => ("a value of the wrong type or format", null),
                _ => ($"{exception.GetType().Name} while the event was created", exception),
            };
            throw Fault(row, reason, state.PositionOf(isWrongJson: exception is JsonException), inner);
        }
    }

    /// <summary>Returns the exception for a state that can't be read.</summary>
    public static StateDecodeException Fault<TKey>(in EventRow<TKey> row, string reason, long at, Exception? inner)
        where TKey : notnull => new(reason, Show(row.Topic), row.OriginatorId, row.OriginatorVersion, row.Position, at, inner);

    private static int FirstFault(ReadOnlySpan<byte> text)
    {
        var at = 0;
        while (Rune.DecodeFromUtf8(text[at..], out _, out var length) == OperationStatus.Done)
        {
            at += length;
        }

        return at;
    }

    /// <summary>Formats a topic for messages: cut, and without control characters, because another program may have written the row.</summary>
    public static string Show(ReadOnlySpan<byte> topic)
    {
        var text = Encoding.UTF8.GetString(topic[..Math.Min(topic.Length, 200)]);
        return text.AsSpan().IndexOfAnyExcept(Printable) < 0 ? text : string.Create(text.Length, text, static (span, t) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = Printable.Contains(t[i]) ? t[i] : '?';
            }
        });
    }

    private static readonly SearchValues<char> Printable =
        SearchValues.Create([.. Enumerable.Range(' ', char.MaxValue - ' ').Select(c => (char)c).Where(c => char.IsLetterOrDigit(c) || c < 127)]);
}
