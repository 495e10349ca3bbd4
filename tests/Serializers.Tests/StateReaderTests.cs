using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CsCheck;
using EventSourcing.CompilerServices;
using EventSourcing.Recording;
using EventSourcing.Serialization;
using EventSourcing.Serializers.Tests.Types;
using Xunit;

namespace EventSourcing.Serializers.Tests;

/// <summary>The fast path for states that the library wrote itself: it is used, gives the same results, and allocates nothing.</summary>
public sealed class StateReaderTests
{
    private static readonly DateTimeOffset[] Times =
    [
        default, DateTimeOffset.MaxValue, new(2026, 11, 23, 2, 33, 16, TimeSpan.Zero), new(2026, 11, 23, 2, 33, 16, TimeSpan.FromMinutes(-90)),
        new(2026, 1, 31, 23, 59, 59, 120, TimeSpan.FromHours(14)), new(638_000_000_000_000_001, TimeSpan.FromHours(-14)),
    ];

    [Fact]
    public void Written_states_are_read_on_the_fast_path()
    {
        foreach (var sample in Sample.All)
        {
            var (topic, state) = sample.Encode(sample.Event);
            Assert.Null(Likeness.Difference(sample.Event, sample.DecodeWritten(topic, state)));
        }
    }

    [Theory]
    [InlineData("""{"timestamp":"2026-11-23T02:33:16.348611+00:00","reader":"r","fields":"f","class":null}""", true)]
    [InlineData("""{"timestamp":"2026-11-23T02:33:16.348611+00:00","reader":"r\n\u00e9","fields":"f","class":null}""", true)]
    [InlineData("""{"timestamp":"2026-11-23T02:33:16.348611+00:00","reader":"r","writer":5,"fields":"f","class":null}""", true)]
    [InlineData("""{"timestamp":"2026-11-23T02:33:16.348611+00:00", "reader":"r","fields":"f","class":null}""", false)]
    [InlineData("""{"timestamp":"2026-11-23T02:33:16.348611Z","reader":"r","fields":"f","class":null}""", false)]
    [InlineData("""{"timestamp":"2026-11-23T02:33:16.348611+00:00","fields":"f","reader":"r","class":null}""", false)]
    [InlineData("""{"timestamp":"2026-11-23T02:33:16.348611+00:00","reader":"r","fields":"f","class":null,"x\ud800":1}""", false)]
    [InlineData("""{"timestamp":"2026-11-23T02:33:16.348611+00:00","reader":"r","fields":"f","class":null,"new":1}""", false)]
    public void Anything_else_is_read_by_the_rules_of_JSON(string state, bool isShort)
    {
        Assert.Equal(isShort, Codec.DecodeWritten<Objects>("Objects.Own"u8, Encoding.UTF8.GetBytes(state)) is not null);
        Assert.Equal("f", ((Objects.OwnEvent)Codec.Decode<Objects>("Objects.Own"u8, Encoding.UTF8.GetBytes(state)).Event).Fields);
    }

    [Fact]
    public void Text_that_JSON_refuses_is_refused_on_the_fast_path_too()
    {
        byte[][] wrong =
        [
            .. Enumerable.Range(0, ' ').Select(c => (byte[])[(byte)c]),
            // Not the shortest form, half of a pair, beyond the last character, an unused byte, a lone continuation byte, truncated.
            [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF], [0x80], [0xE2, 0x82], [0xF0, 0x9F, 0x98],
        ];
        foreach (var bytes in wrong)
        {
            foreach (var (before, behind) in new[] { ("", ""), ("a", ""), ("", "b"), ("a\\n", "b"), ("a", new string('b', 100)) })
            {
                byte[] state =
                [
                    .. Encoding.UTF8.GetBytes($"{{\"timestamp\":\"2026-11-23T02:33:16.348611+00:00\",\"reader\":\"{before}"), .. bytes,
                    .. Encoding.UTF8.GetBytes($"{behind}\",\"fields\":\"f\",\"class\":null}}"),
                ];
                Assert.Throws<StateDecodeException>(() => Codec.Decode<Objects>("Objects.Own"u8, state));
            }
        }
    }

    [Theory]
    [InlineData(31, true)]
    [InlineData(32, false)]
    public void The_depth_of_states_is_limited_as_by_the_rules_of_JSON(int people, bool isRead)
    {
        // Each person is an object with an array in it, and the state is one more level: 64 at most.
        var person = "";
        for (var i = 0; i < people; i++)
        {
            person = $"{{\"name\":\"p\",\"children\":[{person}]}}";
        }

        var state = Encoding.UTF8.GetBytes($"{{\"timestamp\":\"2026-11-23T02:33:16.348611+00:00\",\"person\":{person}}}");

        if (isRead)
        {
            Assert.IsType<Objects.People>(Codec.DecodeWritten<Objects>("Objects.People"u8, state));
        }
        else
        {
            Assert.Throws<StateDecodeException>(() => Codec.Decode<Objects>("Objects.People"u8, state));
        }
    }

    [Fact]
    public void The_bytes_are_those_of_Utf8JsonWriter()
    {
        Gen.Select(Gen.Long, Gen.ULong, Gen.Decimal, Gen.Guid, Gen.Bool).Sample(v =>
        {
            Same((w, n) => w.WriteNumber(n, v.Item1), w => w.WriteNumberValue(v.Item1));
            Same((w, n) => w.WriteNumber(n, v.Item2), w => w.WriteNumberValue(v.Item2));
            Same((w, n) => w.WriteNumber(n, v.Item3), w => w.WriteNumberValue(v.Item3));
            Same((w, n) => w.WriteString(n, v.Item4), w => w.WriteStringValue(v.Item4));
            Same((w, n) => w.WriteBoolean(n, v.Item5), w => w.WriteBooleanValue(v.Item5));
        }, iter: 2_000);
        foreach (var value in new[] { 0m, -0.0m, 1.500m, decimal.MinValue, decimal.MaxValue, 0.0000000000000000000000000001m })
        {
            Same((w, n) => w.WriteNumber(n, value), w => w.WriteNumberValue(value));
        }

        Same((w, n) => w.WriteNull(n), w => w.WriteNullValue());

        var ticks = Gen.OneOf(Gen.Long[TimeSpan.TicksPerDay, DateTime.MaxValue.Ticks - TimeSpan.TicksPerDay], Gen.Long[1, 3_000_000_000].Select(s => s * TimeSpan.TicksPerSecond / 10));
        Gen.Select(ticks, Gen.Int[-14 * 60, 14 * 60], Gen.Enum<DateTimeKind>()).Sample(v =>
        {
            var time = new DateTime(v.Item1 + TimeSpan.TicksPerDay, v.Item3);
            Same((w, n) => w.WriteString(n, time), w => w.WriteStringValue(time));
            var withOffset = new DateTimeOffset(v.Item1 + TimeSpan.TicksPerDay, TimeSpan.FromMinutes(v.Item2));
            Same((w, n) => w.WriteString(n, withOffset), w => w.WriteStringValue(withOffset));
        }, iter: 2_000);
        foreach (var time in Times)
        {
            Same((w, n) => w.WriteString(n, time), w => w.WriteStringValue(time));
            Same((w, n) => w.WriteString(n, time.DateTime), w => w.WriteStringValue(time.DateTime));
        }

        for (var c = 0; c <= char.MaxValue; c++)
        {
            if (char.IsSurrogate((char)c))
            {
                continue;
            }

            var text = $"a{(char)c}b";
            Same((w, n) => w.WriteString(n, text), w => w.WriteStringValue(text));
            Same((w, n) => w.WriteString(n, Encoding.UTF8.GetBytes(text)), w => w.WriteStringValue(Encoding.UTF8.GetBytes(text)));
        }

        Same((w, n) => w.WriteString(n, "\ud83d\ude00 " + new string('x', 100_000)), w => w.WriteStringValue("\ud83d\ude00 " + new string('x', 100_000)));
        Same((w, n) => w.WriteString(n, new string('x', 100_000)), w => w.WriteStringValue(new string('x', 100_000)));
    }

    [Fact]
    public void Only_the_event_itself_is_allocated()
    {
        var account = new Account(Guid.NewGuid(), "savings", 42, 1_999_900, Codec.Time.UtcDateTime);
        var e = Assert.IsType<Account.Opened>(account.PendingEvents[0].Event);
        var pending = account.PendingEvents[0];
        byte[] state = [];
        var written = Allocated(() =>
        {
            using var encoder = StateEncoder.Rent();
            encoder.Write(account, pending);
            if (state.Length == 0)
            {
                state = encoder.Slice(0, encoder.Length).ToArray();
            }
        });
        Assert.Equal(0, written);

        Account.Opened? read = null;
        var reader = Codec.ReaderOf<Account>();
        var decoded = Allocated(() =>
        {
            var row = new EventRow<Guid> { Position = 1, OriginatorId = default, OriginatorVersion = 1, Topic = "Account.Opened"u8, State = state };
            read = (Account.Opened)StateDecoder.Read(row, reader, "Account", 16 << 20, out _);
        });
        Assert.Equal(e, read);
        Assert.Equal(Allocated(() => read = new Account.Opened(e.Owner, new string('x', e.Holder.Length), e.Branch, e.Cents, e.OpenedAt)), decoded);
    }

    // The bytes that a warmed-up call allocates.
    private static long Allocated(Action call)
    {
        const int Calls = 100;
        for (var i = 0; i < Calls; i++)
        {
            call();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Calls; i++)
        {
            call();
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before) / Calls;
    }

    private static void Same(Write ours, Action<Utf8JsonWriter> theirs)
    {
        var buffer = new StateBuffer();
        ours(new StateWriter(buffer), ",\"n\":"u8);
        var bytes = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        theirs(writer);
        writer.Flush();
        Assert.Equal(",\"n\":" + Encoding.UTF8.GetString(bytes.WrittenSpan), Encoding.UTF8.GetString(buffer.Slice(0, buffer.Length).Span));
    }

    private delegate void Write(StateWriter writer, ReadOnlySpan<byte> name);
}
