using System.Text;
using EventSourcing.CompilerServices;
using EventSourcing.Serializers.Tests.Types;
using Xunit;

namespace EventSourcing.Serializers.Tests;

/// <summary>A state with any error gives no event. The exception says where and what the error is, but shows no value.</summary>
public sealed class StrictnessTests
{
    private const string Time = "\"timestamp\":\"2026-11-23T02:33:16.348611+00:00\"";
    private const string Secret = "s3cr3t";

    // Each line: what is wrong | topic | state, § for the time | a part of the message. The offset is where ^ stands in the state.
    private const string Table = """
        empty                      | Made       | ^ | not valid JSON
        cut                        | Made       | {§,"guid":^ | not valid JSON
        cut in a string            | Made       | {§,"guid":^"0011 | not valid JSON
        not an object              | Made       | ^[§] | not
        null                       | Made       | ^null | not an object
        string                     | Made       | ^"s3cr3t" | not an object
        data after the end         | Made       | {§,"guid":"00112233-4455-6677-8899-aabbccddeeff"}^{} | not valid JSON
        comment                    | Made       | {^/* s3cr3t */} | not valid JSON
        trailing comma             | Made       | {§,"guid":"00112233-4455-6677-8899-aabbccddeeff",^} | not valid JSON
        missing time               | Made       | {"guid":"00112233-4455-6677-8899-aabbccddeeff"^} | 'timestamp' is missing
        time without offset        | Made       | {"timestamp":^"2026-11-23T02:33:16","guid":"00112233-4455-6677-8899-aabbccddeeff"} | 'timestamp' is not
        date for a time            | Made       | {"timestamp":^"2026-11-23","guid":"00112233-4455-6677-8899-aabbccddeeff"} | 'timestamp' is not
        impossible time            | Made       | {"timestamp":^"2026-02-30T02:33:16.348611+00:00","guid":"00112233-4455-6677-8899-aabbccddeeff"} | 'timestamp' is not
        hour 24                    | Made       | {"timestamp":^"2026-02-20T24:33:16.348611+00:00","guid":"00112233-4455-6677-8899-aabbccddeeff"} | 'timestamp' is not
        year 0                     | Made       | {"timestamp":^"0000-02-20T02:33:16.348611+00:00","guid":"00112233-4455-6677-8899-aabbccddeeff"} | 'timestamp' is not
        time as number             | Made       | {"timestamp":^16,"guid":"00112233-4455-6677-8899-aabbccddeeff"} | 'timestamp' is not
        time as null               | Made       | {"timestamp":^null,"guid":"00112233-4455-6677-8899-aabbccddeeff"} | 'timestamp' is null
        missing field              | Made       | {§^} | 'guid' is missing
        duplicate field            | Made       | {§,"guid":"00112233-4455-6677-8899-aabbccddeeff",^"guid":"00112233-4455-6677-8899-aabbccddeeff"} | 'guid' occurs twice
        duplicate escaped field    | Made       | {§,"guid":"00112233-4455-6677-8899-aabbccddeeff",^"\u0067uid":1} | 'guid' occurs twice
        duplicate time             | Made       | {§,^§,"guid":"00112233-4455-6677-8899-aabbccddeeff"} | 'timestamp' occurs twice
        other case                 | Made       | {§,"Guid":"00112233-4455-6677-8899-aabbccddeeff"^} | 'guid' is missing
        Guid in braces             | Made       | {§,"guid":^"{00112233-4455-6677-8899-aabbccddeeff}"} | 'guid' is not a Guid
        Guid as null               | Made       | {§,"guid":^null} | 'guid' is null
        number for text            | Own        | {§,"reader":^5,"fields":"f","class":null} | 'reader' is not a string
        null for text              | Own        | {§,"reader":^null,"fields":"f","class":null} | 'reader' is null
        half a pair                | Own        | {§,"reader":^"s3cr3t\ud800","fields":"f","class":null} | 'reader' is not valid text, or contains invalid text
        other half of a pair       | Own        | {§,"reader":^"\udc00","fields":"f","class":null} | 'reader' is not valid text, or contains invalid text
        text for number            | Own        | {§,"reader":"r","writer":^"3","fields":"f","class":null} | 'writer' is not an integer
        null for number            | Own        | {§,"reader":"r","writer":^null,"fields":"f","class":null} | 'writer' is null
        fraction                   | Own        | {§,"reader":"r","writer":^3.0,"fields":"f","class":null} | 'writer' is not an integer
        too large                  | Own        | {§,"reader":"r","writer":^2147483648,"fields":"f","class":null} | 'writer' is not an integer
        huge                       | Own        | {§,"reader":"r","writer":^1e99999,"fields":"f","class":null} | 'writer' is not an integer
        leading zero               | Own        | {§,"reader":"r","writer":^03,"fields":"f","class":null} | not valid JSON
        missing required member    | Own        | {§,"reader":"r","class":null^} | 'fields' is missing
        missing in an object       | Refusals   | {§,"percent":{^}} | 'value' is missing
        duplicate in an object     | Refusals   | {§,"percent":{"value":1,^"value":1}} | 'value' occurs twice
        array for an object        | Refusals   | {§,"percent":^[1]} | 'percent' is not an object
        null for an object         | Refusals   | {§,"percent":^null} | 'percent' is null
        object for an array        | People     | {§,"person":{"name":"n","children":^{}}} | 'children' is not an array
        null in an array           | People     | {§,"person":{"name":"n","children":[^null]}} | 'children' is null, or contains null
        converter refuses          | Payments   | {§,"money":^{},"nothing":null,"moneys":[],"hex":"F","maybeHex":null,"plain":1} | money is not an array
        converter stops early      | Payments   | {§,"money":[1,"EUR",^2],"nothing":null,"moneys":[],"hex":"F","maybeHex":null,"plain":1} | the converter of 'money'
        converter reads too far    | Broken     | {§,"number":5^} | a value that its converter refused, or did not read exactly,
        converter throws           | Payments   | {§,"money":[1,"EUR"],"nothing":null,"moneys":[],"hex":^"s3cr3t","maybeHex":null,"plain":1} | wrong type or format
        null for the converter     | Payments   | {§,"money":^null,"nothing":null,"moneys":[],"hex":"F","maybeHex":null,"plain":1} | money is not an array
        """;

    public static TheoryData<string, string, string, string> Rows =>
        [.. Table.Split('\n').Select(line => line.Split('|', StringSplitOptions.TrimEntries)).Select(c => (c[0], c[1], c[2].Replace("§", Time, StringComparison.Ordinal), c[3]))];

    [Theory]
    [MemberData(nameof(Rows))]
    public void Damage_is_named(string damage, string topic, string state, string reason)
    {
        var offset = Encoding.UTF8.GetByteCount(state[..state.IndexOf('^', StringComparison.Ordinal)]);
        var e = Refused<Objects>("Objects." + topic, Encoding.UTF8.GetBytes(state.Replace("^", "", StringComparison.Ordinal)));
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
        Assert.True(offset == e.ByteOffset, $"{damage}: {e.ByteOffset} instead of {offset}");
    }

    public static TheoryData<string, string, string> Fields => new()
    {
        { "Numbers", "boolean", "1|\"true\"|null" },
        { "Numbers", "signedByte", "128|-129|1.5|\"1\"" },
        { "Numbers", "unsignedByte", "256|-1" },
        { "Numbers", "int16", "32768|[]" },
        { "Numbers", "uint16", "65536|-1" },
        { "Numbers", "uint32", "4294967296|-1" },
        { "Numbers", "int64", "9223372036854775808|{}" },
        { "Numbers", "uint64", "18446744073709551616|-1" },
        { "Numbers", "native", "9223372036854775808|null" },
        { "Numbers", "unsignedNative", "18446744073709551616|-1" },
        { "Numbers", "single", "1e39|\"nan\"|\"1\"|null" },
        { "Numbers", "double", "1e309|-1e309|\"Infinity \"" },
        { "Numbers", "money", "79228162514264337593543950336|1e40|\"1\"" },
        { "Texts", "letter", "\"\"|\"ab\"|1|\"\\ud800\"|\"\\ud83d\\ude00\"" },
        { "Texts", "uri", "1|null" },
        { "Texts", "bytes", "\"?\"|\"AAA\"|[1]|null" },
        { "Texts", "colour", "\"red\"|\"Blue\"|0|\"\"|null" },
        { "Texts", "rights", "\"read\"|\"Read,Write\"|\"Read, \"|1|null" },
        { "Times", "time", "\"2026-13-01T00:00:00\"|\"now\"|1" },
        { "Times", "timeWithOffset", "\"2026-11-23T02:33:16\"|\"2026-11-23\"|1|null" },
        { "Times", "date", "\"2026-11-23T00:00:00\"|\"23.11.2026\"|\"2026-11-3\"|1" },
        { "Times", "timeOfDay", "\"24:00:00\"|\"1.00:00:00\"|\"-00:00:01\"|\"2:3\"" },
        { "Times", "span", "\"1:2\"|\"99999999.00:00:00\"|5" },
        { "Nullables", "int32", "\"1\"|1.5" },
        { "Lists", "array", "[null]|{}|null|[1]" },
        { "Lists", "jagged", "[1]|[[null]]" },
        { "Lists", "immutableArray", "[\"1\"]|null" },
        { "Sets", "hashSet", "[\"a\",\"a\"]|[\"a\",\"\\u0061\"]|[null]" },
        { "Sets", "sortedSet", "[1,1]" },
        { "Sets", "readOnlySet", "[\"00112233-4455-6677-8899-aabbccddeeff\",\"00112233-4455-6677-8899-AABBCCDDEEFF\"]" },
        { "Sets", "immutableHashSet", "[\"a\",\"a\"]" },
        { "Sets", "immutableSortedSet", "[\"2026-01-01\",\"2026-01-01\"]" },
        { "Sets", "frozenSet", "[1,2,1]" },
        { "Sets", "setWithNull", "[null,null]" },
        { "Maps", "dictionary", "{\"a\":1,\"a\":1}|{\"a\":null}|[]|null|{\"\\ud800\":1}" },
        { "Maps", "sorted", "{\"1\":null,\"1\":null}|{\"01\":null}|{\" 1\":null}|{\"+1\":null}|{\"x\":null}|{\"2147483648\":null}" },
        { "Maps", "iDictionary", "{\"x\":[]}|{\"00112233445566778899aabbccddeeff\":[]}" },
        { "Maps", "readOnly", "{\"Blue\":1}" },
        { "Maps", "immutable", "{\"1\":true,\"1\":true}" },
        { "Maps", "immutableSorted", "{\"a\":{\"256\":\"x\"}}" },
        { "Maps", "frozen", "{\"Read\":1,\"Read\":1}" },
        { "Tuples", "pair", "[]|[1]|[1,\"x\",2]|{}|null|[null,\"x\"]|[1,null]" },
        { "Tuples", "eight", "[1,2,3,4,5,6,7]|[1,2,3,4,5,6,7,\"x\"]" },
        { "Tuples", "one", "[]|1" },
    };

    [Theory]
    [MemberData(nameof(Fields))]
    public void Values_of_the_wrong_form_are_refused(string topic, string field, string values)
    {
        var sample = Sample.All.First(s => s.Event.GetType().Name == topic);
        var (fullTopic, written) = sample.Encode(sample.Event);
        foreach (var value in values.Split('|'))
        {
            var state = System.Text.Json.Nodes.JsonNode.Parse(written)!.AsObject();
            state[field] = "PLACE";
            var damaged = Encoding.UTF8.GetBytes(state.ToJsonString().Replace("\"PLACE\"", value, StringComparison.Ordinal));
            var e = Assert.Throws<StateDecodeException>(() => sample.Decode(fullTopic, damaged));
            Assert.Contains($"'{field}'", e.Message, StringComparison.Ordinal);
            Assert.Null(e.InnerException);
        }
    }

    [Fact]
    public void Bad_UTF8_is_refused_wherever_it_stands()
    {
        byte[] start = [.. "{"u8, .. Encoding.UTF8.GetBytes(Time), .. ",\"unknown\":\"é"u8];
        foreach (var bad in new byte[][] { [0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xC0, 0x80], [0xF4, 0x90, 0x80, 0x80] })
        {
            var e = Refused<Objects>("Objects.Made", [.. start, .. bad, .. "\",\"guid\":\"00112233-4455-6677-8899-aabbccddeeff\"}"u8]);
            Assert.Contains("UTF-8", e.Message, StringComparison.Ordinal);
            Assert.Equal(start.Length, e.ByteOffset);
        }
    }

    [Theory]
    [InlineData(62)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(10_000)]
    [InlineData(100_000)]
    public void Deep_nesting_is_refused(int depth)
    {
        var state = $$"""{{{Time}},"guid":"00112233-4455-6677-8899-aabbccddeeff","unknown":{{new string('[', depth)}}{{new string(']', depth)}}}""";
        if (depth < 64)
        {
            Codec.Decode<Objects>("Objects.Made"u8, Encoding.UTF8.GetBytes(state));
        }
        else
        {
            Refused<Objects>("Objects.Made", Encoding.UTF8.GetBytes(state));
        }

        var objects = $$"""{{{Time}},"person":{{string.Concat(Enumerable.Repeat("""{"name":"n","children":[""", depth))}}""";
        Refused<Objects>("Objects.People", Encoding.UTF8.GetBytes(objects));
    }

    [Fact]
    public void A_constructor_that_throws_leaves_its_exception_inside()
    {
        var e = Assert.Throws<StateDecodeException>(() => Codec.Decode<Objects>("Objects.Refusals"u8, Encoding.UTF8.GetBytes("{" + Time + ",\"percent\":{\"value\":101}}")));
        Assert.IsType<ArgumentOutOfRangeException>(e.InnerException);
        Assert.DoesNotContain("101", e.Message, StringComparison.Ordinal);
        Assert.Equal(Time.Length + ",\"percent\":{\"value\":101".Length + 1, e.ByteOffset);
    }

    [Fact]
    public void A_missing_field_past_the_first_64_is_named()
    {
        var (topic, state) = Codec.Encode<Wide>(Samples.Filled);
        for (var i = 0; i < 130; i++)
        {
            var text = Encoding.UTF8.GetString(state).Replace($"\"f{i}\":{i}", $"\"g{i}\":{i}", StringComparison.Ordinal);
            Assert.Contains($"'f{i}' is missing", Refused<Wide>(topic, Encoding.UTF8.GetBytes(text)).Message, StringComparison.Ordinal);
            var twice = Encoding.UTF8.GetString(state).Replace("}", $",\"f{i}\":0}}", StringComparison.Ordinal);
            Assert.Contains($"'f{i}' occurs twice", Refused<Wide>(topic, Encoding.UTF8.GetBytes(twice)).Message, StringComparison.Ordinal);
        }
    }

    private static StateDecodeException Refused<TAggregate>(string topic, byte[] state)
        where TAggregate : class, IAggregate<TAggregate, Guid, Guid>
    {
        var e = Assert.Throws<StateDecodeException>(() => Codec.Decode<TAggregate>(Encoding.UTF8.GetBytes(topic), state));
        Assert.Equal((topic, Codec.Id, Codec.Version, Codec.Position), (e.Topic, e.AggregateId, e.Version, e.Position));
        Assert.InRange(e.ByteOffset, 0, state.Length);
        Assert.DoesNotContain(Secret, e.ToString(), StringComparison.Ordinal);
        Assert.Null(e.InnerException);
        return e;
    }
}
