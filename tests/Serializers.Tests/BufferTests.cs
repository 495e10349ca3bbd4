using System.Runtime.InteropServices;
using System.Text;
using EventSourcing.CompilerServices;
using EventSourcing.Serialization;
using Xunit;

namespace EventSourcing.Serializers.Tests;

/// <summary>The buffer of a save: it always has room, loses nothing when it grows, and releases a large array.</summary>
public sealed class BufferTests
{
    private static readonly DateTimeOffset Time = new(2026, 11, 23, 2, 33, 16, TimeSpan.FromMinutes(-90));

    private delegate void Write(StateWriter writer, ReadOnlySpan<byte> name);

    private static readonly (Write Write, string Written)[] Writes =
    [
        ((w, n) => w.WriteNull(n), "null"),
        ((w, n) => w.WriteBoolean(n, true), "true"),
        ((w, n) => w.WriteBoolean(n, false), "false"),
        ((w, n) => w.WriteNumber(n, long.MinValue), "-9223372036854775808"),
        ((w, n) => w.WriteNumber(n, ulong.MaxValue), "18446744073709551615"),
        ((w, n) => w.WriteNumber(n, -0.0000000000000000000000000001m), "-0.0000000000000000000000000001"),
        ((w, n) => w.WriteString(n, new Guid("00112233-4455-6677-8899-aabbccddeeff")), "\"00112233-4455-6677-8899-aabbccddeeff\""),
        ((w, n) => w.WriteString(n, Time.AddTicks(1)), "\"2026-11-23T02:33:16.0000001-01:30\""),
        ((w, n) => w.WriteString(n, Time.UtcDateTime.AddTicks(1)), "\"2026-11-23T04:03:16.0000001Z\""),
        ((w, n) => w.WriteString(n, (string?)"text"), "\"text\""),
        ((w, n) => w.WriteString(n, (string?)"größe \"g\""), "\"größe \\\"g\\\"\""),
        ((w, n) => w.WriteString(n, "Name"u8), "\"Name\""),
        ((w, n) => w.WriteString(n, "Größe"u8), "\"Größe\""),
        ((w, _) => w.WriteStart(Time), "{\"timestamp\":\"2026-11-23T04:03:16.000000+00:00\""),
        ((w, _) => w.WriteEnd(), "}"),
    ];

    [Fact]
    public void A_value_is_written_whole_however_much_room_is_left()
    {
        foreach (var (write, written) in Writes)
        {
            var text = written.StartsWith("{\"", StringComparison.Ordinal) || written == "}" ? written : ",\"n\":" + written;
            for (var room = 0; room <= 100; room++)
            {
                var buffer = new StateBuffer();
                var filled = buffer.Reserve(1).Length - room;
                buffer.Reserve(filled)[..filled].Fill((byte)'x');
                buffer.Advance(filled);
                write(new StateWriter(buffer), ",\"n\":"u8);
                Assert.Equal(new string('x', filled) + text, Encoding.UTF8.GetString(buffer.Slice(0, buffer.Length).Span));
            }
        }
    }

    [Fact]
    public void Names_and_texts_may_be_long()
    {
        foreach (var length in new[] { 1_000, 1_024, 5_000, 100_000 })
        {
            var buffer = new StateBuffer();
            var writer = new StateWriter(buffer);
            var (text, name) = (new string('x', length), Encoding.UTF8.GetBytes($",\"{new string('n', length)}\":"));
            writer.WriteString(name, text);
            writer.WriteString(name, Encoding.UTF8.GetBytes(text));
            writer.WriteString(name, text + "é");
            writer.WriteNumber(name, 5L);
            writer.WriteNull(name);
            writer.WriteBoolean(name, true);
            writer.WriteBoolean(name, false);
            var n = Encoding.UTF8.GetString(name);
            Assert.Equal($"{n}\"{text}\"{n}\"{text}\"{n}\"{text}é\"{n}5{n}null{n}true{n}false", Encoding.UTF8.GetString(buffer.Slice(0, buffer.Length).Span));
        }
    }

    [Fact]
    public void Texts_of_one_character_are_escaped_as_JSON_requires()
    {
        for (var c = 0; c < 0xD800; c++)
        {
            var buffer = new StateBuffer();
            new StateWriter(buffer).WriteString(",\"n\":"u8, ((char)c).ToString());
            new StateWriter(buffer).WriteString(",\"n\":"u8, Encoding.UTF8.GetBytes([(char)c]));
            var value = System.Text.Json.JsonEncodedText.Encode([(char)c], System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
            Assert.Equal($",\"n\":\"{value}\",\"n\":\"{value}\"", Encoding.UTF8.GetString(buffer.Slice(0, buffer.Length).Span));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1_024)]
    [InlineData(1_025)]
    [InlineData(5_000)]
    public void There_is_always_as_much_room_as_requested(int asked)
    {
        foreach (var filled in new[] { 0, 1, 1_023, 1_024, 3_000 })
        {
            var buffer = new StateBuffer();
            buffer.Reserve(filled);
            buffer.Advance(filled);
            Assert.True(buffer.GetMemory(asked).Length >= Math.Max(asked, 1));
            Assert.True(buffer.GetSpan(asked).Length >= Math.Max(asked, 1));
            Assert.True(buffer.Reserve(asked).Length >= asked);
            Assert.Equal(filled, buffer.Length);
        }

        var full = new StateBuffer();
        var array = full.Reserve(asked).Length;
        Assert.Equal(array, full.Reserve(array).Length); // all of the array, without another one
        Assert.False(new StateBuffer().GetMemory().IsEmpty);
        Assert.False(new StateBuffer().GetSpan().IsEmpty);
    }

    [Fact]
    public void An_ordinary_array_is_reused_and_a_large_array_is_not()
    {
        var buffer = new StateBuffer();
        buffer.Reserve(60_000);
        buffer.Advance(60_000);
        var ordinary = Array(buffer);
        Assert.Equal(64 * 1024, ordinary.Length);
        buffer.Clear();
        Assert.Equal(0, buffer.Length);
        Assert.Same(ordinary, Array(buffer));

        buffer.Reserve(70_000);
        buffer.Advance(70_000);
        buffer.Clear();
        Assert.Equal(0, buffer.Length);
        Assert.Empty(Array(buffer));
    }

    [Fact]
    public void It_at_least_doubles_its_size_when_it_grows()
    {
        var buffer = new StateBuffer();
        for (var i = 0; i < 100_000; i++)
        {
            buffer.Reserve(1)[0] = (byte)i;
            buffer.Advance(1);
        }

        Assert.All(Enumerable.Range(0, 100_000), i => Assert.Equal((byte)i, Array(buffer)[i]));
        Assert.Equal(128 * 1024, Array(buffer).Length);
    }

    private static byte[] Array(StateBuffer buffer)
    {
        Assert.True(MemoryMarshal.TryGetArray(buffer.Slice(0, 0), out var segment));
        return segment.Array!;
    }
}
