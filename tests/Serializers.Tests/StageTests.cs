using System.Buffers;
using System.IO.Compression;
using System.Text;
using EventSourcing.Recording;
using EventSourcing.Serialization;
using EventSourcing.Serializers.Tests.Types;
using Xunit;

namespace EventSourcing.Serializers.Tests;

/// <summary>The stages of a codec, between the JSON and the stored bytes.</summary>
public class StageTests
{
    private readonly Account _account = new(Codec.Id, "Anna", 7, 1250, new DateTime(2026, 11, 29, 0, 0, 0, DateTimeKind.Utc));

    [Fact]
    public void Without_stages_the_stored_bytes_are_the_JSON()
    {
        var (_, json) = Codec.Encode<Account>(_account.PendingEvents[0].Event);
        Assert.Equal(json, Write(new StateCodec(new EventStoreOptions())).State);
    }

    [Fact]
    public void Stages_are_applied_in_order_and_reverted_in_reverse_order()
    {
        var codec = new StateCodec(new EventStoreOptions(), new Deflating(), new Prefixed("a"), new Prefixed("b"));
        var (topic, state) = Write(codec);

        Assert.StartsWith("ba", Encoding.Latin1.GetString(state), StringComparison.Ordinal);
        Assert.Equal(_account.PendingEvents[0].Event, Read(codec, topic, state));
    }

    [Fact]
    public void Events_of_one_save_are_encoded_one_by_one()
    {
        var codec = new StateCodec(new EventStoreOptions(), new Deflating());
        using var encoder = StateEncoder.Rent();
        var pending = _account.PendingEvents[0];
        codec.Write(encoder, (IAggregate<Guid>)_account, pending);
        var first = encoder.Slice(0, encoder.Length).ToArray();
        var topic = codec.Write(encoder, (IAggregate<Guid>)_account, pending);
        var both = encoder.Slice(0, encoder.Length).ToArray();

        Assert.Equal([.. first, .. first], both);
        Assert.Equal(pending.Event, Read(codec, topic, both[first.Length..]));
    }

    [Fact]
    public void Bytes_of_another_form_are_an_error_that_names_the_row()
    {
        var codec = new StateCodec(new EventStoreOptions(), new Prefixed("a"));
        var failure = Assert.Throws<StateDecodeException>(() => Read(codec, "Account.Opened", "x"u8.ToArray()));

        Assert.Contains("the prefix is missing", failure.Message, StringComparison.Ordinal);
        Assert.Equal(Codec.Position, failure.Position);
    }

    [Fact]
    public void The_message_of_a_failing_stage_is_not_shown()
    {
        var codec = new StateCodec(new EventStoreOptions(), new Deflating());
        var failure = Assert.Throws<StateDecodeException>(() => Read(codec, "Account.Opened", "no deflated bytes"u8.ToArray()));

        Assert.Contains("InvalidDataException while it was decoded", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stage_that_fails_to_encode_names_the_event()
    {
        var failure = Assert.Throws<StateEncodeException>(() => Write(new StateCodec(new EventStoreOptions(), new Failing())));

        Assert.Contains("NotSupportedException while it was encoded", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr3t", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_state_is_not_decoded_beyond_the_limit()
    {
        var bomb = new ArrayBufferWriter<byte>();
        new Deflating().Encode(new byte[1 << 20], bomb);
        var codec = new StateCodec(new EventStoreOptions { MaxStateSize = 1 << 16 }, new Deflating());

        Assert.InRange(bomb.WrittenCount, 1, 1 << 14);
        Assert.Throws<StateDecodeException>(() => Read(codec, "Account.Opened", bomb.WrittenSpan.ToArray()));
    }

    [Fact]
    public void A_state_that_a_stage_makes_too_large_is_refused()
    {
        var (_, json) = Codec.Encode<Account>(_account.PendingEvents[0].Event);
        var codec = new StateCodec(new EventStoreOptions { MaxStateSize = Math.Max(json.Length, 1024) }, new Prefixed(new string('p', 2048)));

        Assert.Throws<PayloadTooLargeException>(() => Write(codec));
    }

    private (string Topic, byte[] State) Write(StateCodec codec)
    {
        using var encoder = StateEncoder.Rent();
        var topic = codec.Write(encoder, (IAggregate<Guid>)_account, new PendingEvent(_account.PendingEvents[0].Event, new EventHeader(1, Codec.Time)));
        return (topic, encoder.Slice(0, encoder.Length).ToArray());
    }

    private static IEvent Read(StateCodec codec, string topic, byte[] state)
    {
        var row = Codec.Row(Encoding.UTF8.GetBytes(topic), state);
        return codec.Read(row, Codec.ReaderOf<Account>(), "Account", out _);
    }

    private sealed class Prefixed(string prefix) : IStateStage
    {
        public void Encode(ReadOnlySpan<byte> state, IBufferWriter<byte> output)
        {
            output.Write(Encoding.ASCII.GetBytes(prefix));
            output.Write(state);
        }

        public void Decode(ReadOnlySpan<byte> stored, int limit, IBufferWriter<byte> output)
        {
            if (!stored.StartsWith(Encoding.ASCII.GetBytes(prefix)))
            {
                throw new StateFormatException("the prefix is missing");
            }

            output.Write(stored[prefix.Length..]);
        }
    }

    private sealed class Failing : IStateStage
    {
        public void Encode(ReadOnlySpan<byte> state, IBufferWriter<byte> output) => throw new NotSupportedException("s3cr3t");

        public void Decode(ReadOnlySpan<byte> stored, int limit, IBufferWriter<byte> output) => throw new NotSupportedException("s3cr3t");
    }

    private sealed class Deflating : IStateStage
    {
        public void Encode(ReadOnlySpan<byte> state, IBufferWriter<byte> output)
        {
            using var memory = new MemoryStream();
            using (var deflate = new DeflateStream(memory, CompressionLevel.Optimal))
            {
                deflate.Write(state);
            }

            output.Write(memory.ToArray());
        }

        public void Decode(ReadOnlySpan<byte> stored, int limit, IBufferWriter<byte> output)
        {
            using var deflate = new DeflateStream(new MemoryStream(stored.ToArray()), CompressionMode.Decompress);
            var buffer = new byte[4096];
            for (var total = 0; deflate.Read(buffer) is > 0 and var count;)
            {
                total += count;
                if (total > limit)
                {
                    throw new StateFormatException("it is larger than the limit");
                }

                output.Write(buffer.AsSpan(0, count));
            }
        }
    }
}
