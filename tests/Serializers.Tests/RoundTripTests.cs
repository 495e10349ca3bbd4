using System.Text;
using System.Text.Json;
using CsCheck;
using EventSourcing.Serializers.Tests.Types;
using Xunit;

namespace EventSourcing.Serializers.Tests;

/// <summary>A written event is read unchanged. A failure prints the seed that replays it (CsCheck_Seed).</summary>
public sealed class RoundTripTests
{
    public static TheoryData<Type> Events =>
    [
        typeof(Scalars.Numbers), typeof(Scalars.Texts), typeof(Scalars.Times), typeof(Scalars.Nullables), typeof(Scalars.Defaults),
        typeof(Collections.Lists), typeof(Collections.Sets), typeof(Collections.Maps), typeof(Collections.Tuples),
        typeof(Objects.Records), typeof(Objects.Generics), typeof(Objects.People), typeof(Objects.Refusals), typeof(Objects.Payments), typeof(Objects.OwnEvent),
        typeof(Wide.Filled),
    ];

    [Theory]
    [MemberData(nameof(Events))]
    public void Every_event_is_read_as_it_was_written(Type type)
    {
        var rounds = Environment.GetEnvironmentVariable("EVENTSOURCING_LONG") == "1" ? 10_000 : 300;
        Gen.Select(Arbitrary.Event(type), Gen.Long[DateTime.MinValue.Ticks / 10, DateTime.MaxValue.Ticks / 10]).Sample(
            (e, micros) =>
            {
                var time = new DateTimeOffset(micros * TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
                e = FixingTests.Fix(type, e); // as it is when it is raised
                var (topic, state) = Encode(type, e, time);
                var (read, readTime) = Decode(type, topic, state);
                Assert.Null(Likeness.Difference(e, read));
                Assert.Equal(time, readTime);
                Assert.Equal(state, Encode(type, read, readTime).State);
            },
            iter: rounds,
            threads: 1);
    }

    [Theory]
    [MemberData(nameof(Events))]
    public void Fields_may_come_in_any_order_and_with_unknown_ones_between(Type type) =>
        Gen.Select(Arbitrary.Event(type), Gen.Int[0, int.MaxValue]).Sample(
            (e, seed) =>
            {
                var (topic, state) = Encode(type, e, Codec.Time);
                var random = new Random(seed);
                var fields = FieldsOf(state).Append("\"unknown\":{\"a\":[1,{}],\"timestamp\":null}").Append("\"\\u00e4\":\"\\u00e4\"").ToArray();
                random.Shuffle(fields);
                var shuffled = Encoding.UTF8.GetBytes("{ " + string.Join(" ,\n", fields) + " } ");
                Assert.Null(Likeness.Difference(e, Decode(type, topic, shuffled).Event));
            },
            iter: 50,
            threads: 1);

    [Fact]
    public void Names_may_be_escaped()
    {
        var (e, _) = Codec.Decode<Objects>("Objects.Own"u8, """{"\u0074imestamp":"2026-11-23T02:33:16.348611\u002b00:00","re\u0061der":"\u0072","fields":"f","class":null}"""u8);
        Assert.Equal(new Objects.OwnEvent("r") { Fields = "f", @class = null }, e);
    }

    [Theory]
    [InlineData("2026-11-23T02:33:16+00:00", 0)]
    [InlineData("2026-11-23T02:33:16Z", 0)]
    [InlineData("2026-11-23T04:33:16.5+02:00", 5_000_000)]
    [InlineData("2026-11-23T02:33:16.348611+00:00", 3_486_110)]
    public void Times_of_other_writers_are_read(string text, int ticks)
    {
        var (_, time) = Codec.Decode<Objects>("Objects.Made"u8, Encoding.UTF8.GetBytes($$"""{"timestamp":"{{text}}","guid":"{{Codec.Id}}"}"""));
        Assert.True(new DateTimeOffset(2026, 11, 23, 2, 33, 16, TimeSpan.Zero).AddTicks(ticks).EqualsExact(time));
    }

    [Fact]
    public void A_missing_field_gets_its_default()
    {
        var (e, _) = Codec.Decode<Scalars>("Scalars.Defaults"u8, """{"timestamp":"2026-11-23T02:33:16.348611+00:00"}"""u8);
        Assert.Equal(new Scalars.Defaults(), e);
        Assert.Equal("a \"default\"", ((Scalars.Defaults)e).Text);

        var (records, _) = Codec.Decode<Objects>("Objects.Records"u8, """
            {"timestamp":"2026-11-23T02:33:16.348611+00:00","address":{"street":"s"},"nothing":null,"point":{"x":1,"y":2},"nullablePoint":null,
             "celsius":{"degrees":1},"settings":{"name":"n","count":1,"address":null},"dog":{"name":"f","age":1},"animal":{"name":"a"}}
            """u8);
        Assert.Null(((Objects.Records)records).Address.Number);
        Assert.Equal(["default"], ((Objects.Records)records).Settings.Tags);
        Assert.True(((Objects.Records)records).Dog.Good);
    }

    internal static (string Topic, byte[] State) Encode(Type type, IEvent e, DateTimeOffset time) => type.DeclaringType!.Name switch
    {
        nameof(Scalars) => Codec.Encode<Scalars>(e, time),
        nameof(Collections) => Codec.Encode<Collections>(e, time),
        nameof(Objects) => Codec.Encode<Objects>(e, time),
        _ => Codec.Encode<Wide>(e, time),
    };

    private static (IEvent Event, DateTimeOffset Time) Decode(Type type, string topic, byte[] state) => type.DeclaringType!.Name switch
    {
        nameof(Scalars) => Codec.Decode<Scalars>(Encoding.UTF8.GetBytes(topic), state),
        nameof(Collections) => Codec.Decode<Collections>(Encoding.UTF8.GetBytes(topic), state),
        nameof(Objects) => Codec.Decode<Objects>(Encoding.UTF8.GetBytes(topic), state),
        _ => Codec.Decode<Wide>(Encoding.UTF8.GetBytes(topic), state),
    };

    private static IEnumerable<string> FieldsOf(byte[] state) =>
        JsonDocument.Parse(state).RootElement.EnumerateObject().Select(p => $"{JsonSerializer.Serialize(p.Name)}:{p.Value.GetRawText()}");
}
