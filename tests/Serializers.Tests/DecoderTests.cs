using System.Text;
using EventSourcing.Recording;
using EventSourcing.Serialization;
using EventSourcing.Serializers.Tests.Types;
using Xunit;

namespace EventSourcing.Serializers.Tests;

/// <summary>The decoder's checks before the JSON: sizes, topics, bytes that aren't text.</summary>
public sealed class DecoderTests
{
    private static readonly byte[] State = Encoding.UTF8.GetBytes("""{"timestamp":"2026-11-23T02:33:16.348611+00:00","guid":"00112233-4455-6677-8899-aabbccddeeff"}""");

    [Theory]
    [InlineData(0, 0)]
    [InlineData(10, 0)]
    [InlineData(200, 200)]
    public void A_state_larger_than_the_limit_is_not_read(int metadata, int largest)
    {
        var size = Math.Max(State.Length, largest);
        Assert.IsType<Objects.Made>(Read("Objects.Made"u8, State, metadata, size));
        var error = Assert.Throws<PayloadTooLargeException>(() => Read("Objects.Made"u8, State, metadata, size - 1));
        Assert.Equal((size, size - 1L), (error.Size, error.Limit));
        Assert.Equal(("Objects.Made", Codec.Id, Codec.Version, Codec.Position), (error.Topic, error.AggregateId, error.Version, error.Position));
    }

    [Theory]
    [InlineData("Objects.Gone", "Objects.Gone")]
    [InlineData("größe 犬 Ж 5", "größe 犬 Ж 5")]
    [InlineData(" !/~", " !/~")]
    [InlineData("a\u001fb\u007fc\nd\u0000", "a?b?c?d?")]
    [InlineData("\u0000a", "?a")]
    [InlineData("a\u202eb\u00a0c", "a?b?c")]
    [InlineData("", "")]
    public void A_topic_is_shown_without_invisible_characters(string topic, string shown)
    {
        var error = Assert.Throws<UnknownTopicException>(() => Read(Encoding.UTF8.GetBytes(topic), State, 0, 1 << 20));
        Assert.Equal(shown, error.Topic);
        Assert.Equal((Codec.Id, Codec.Version, Codec.Position), (error.AggregateId, error.Version, error.Position));
    }

    [Theory]
    [InlineData(199, 199)]
    [InlineData(200, 200)]
    [InlineData(201, 200)]
    [InlineData(5_000, 200)]
    public void A_long_topic_is_cut(int length, int shown) =>
        Assert.Equal(new string('t', shown), Assert.Throws<UnknownTopicException>(() => Read(Encoding.UTF8.GetBytes(new string('t', length)), State, 0, 1 << 20)).Topic);

    [Fact]
    public void The_first_byte_that_is_not_text_is_found()
    {
        byte[][] starts = [[], "é"u8.ToArray(), "{"u8.ToArray(), "{\"é"u8.ToArray(), "{\"\ud83d\ude00"u8.ToArray()];
        foreach (var start in starts)
        {
            Assert.Equal(start.Length, Assert.Throws<StateDecodeException>(() => Read("Objects.Made"u8, [.. start, 0xFF], 0, 1 << 20)).ByteOffset);
        }
    }

    public static TheoryData<Exception, string, bool> Failures => new()
    {
        { new InvalidOperationException("s3cr3t"), "a value of the wrong type or format", false },
        { new FormatException("s3cr3t"), "a value of the wrong type or format", false },
        { new OverflowException("s3cr3t"), "a value of the wrong type or format", false },
        { new DecoderFallbackException("s3cr3t"), "a value of the wrong type or format", false },
        { new System.Text.Json.JsonException("s3cr3t"), "not valid JSON", false },
        { new NotSupportedException("s3cr3t"), "NotSupportedException while the event was created", true },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public void An_exception_of_a_reader_is_reported_without_its_message(Exception thrown, string reason, bool isInside)
    {
        var row = new EventRow<Guid> { OriginatorId = Codec.Id, OriginatorVersion = Codec.Version, Position = Codec.Position, Topic = "Objects.Made"u8, State = State };
        StateDecodeException? error = null;
        try
        {
            StateDecoder.Read(row, (topic, ref state) => throw thrown, "Objects", 1 << 20, out _);
        }
        catch (StateDecodeException e)
        {
            error = e;
        }

        Assert.Contains(reason, error!.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr3t", error.Message, StringComparison.Ordinal);
        Assert.Same(isInside ? thrown : null, error.InnerException);
    }

    [Fact]
    public void A_constructor_that_throws_fails_at_the_end_of_the_state()
    {
        var row = Codec.Row("Objects.Own"u8, "{\"timestamp\":\"2026-11-23T02:33:16.348611+00:00\", \"reader\":\"r\" }"u8);
        StateDecodeException? error = null;
        try
        {
            StateDecoder.Read(row, (topic, ref state) => state.String(",\"reader\":"u8) == "r" && state.Ends() ? throw new ArgumentException("s3cr3t") : null, "Objects", 1 << 20, out _);
        }
        catch (StateDecodeException e)
        {
            error = e;
        }

        Assert.IsType<ArgumentException>(error!.InnerException);
        Assert.Equal(row.State.Length - 1, error.ByteOffset);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_OutOfMemoryException_of_a_reader_is_not_wrapped(bool atOnce)
    {
        var calls = 0;
        var row = new EventRow<Guid> { OriginatorId = Codec.Id, OriginatorVersion = Codec.Version, Position = Codec.Position, Topic = "Objects.Made"u8, State = State };
        Exception? error = null;
        try
        {
            StateDecoder.Read(row, (topic, ref state) => ++calls == 1 && !atOnce ? throw new NotSupportedException() : throw new OutOfMemoryException(), "Objects", 1 << 20, out _);
        }
        catch (Exception e)
        {
            error = e;
        }

        Assert.IsType<OutOfMemoryException>(error);
        Assert.Equal(atOnce ? 1 : 2, calls);
    }

    [Fact]
    public void A_truncated_state_is_detected_without_reading_past_its_end()
    {
        foreach (var sample in Sample.All)
        {
            var (topic, state) = sample.Encode(sample.Event);
            for (var length = 0; length < state.Length; length++)
            {
                try
                {
                    Assert.Null(sample.DecodeWritten(topic, state[..length]));
                }
                catch (Exception e) when (e is System.Text.Json.JsonException or StateFormatException)
                {
                    // Thrown for a value that is read by the rules of JSON.
                }
            }
        }
    }

    private static IEvent Read(ReadOnlySpan<byte> topic, ReadOnlySpan<byte> state, int metadata, int limit)
    {
        var row = new EventRow<Guid> { OriginatorId = Codec.Id, OriginatorVersion = Codec.Version, Position = Codec.Position, Topic = topic, State = state, Metadata = new byte[metadata] };
        return StateDecoder.Read(row, Codec.ReaderOf<Objects>(), "Objects", limit, out _);
    }
}
