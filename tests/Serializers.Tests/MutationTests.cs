using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using EventSourcing.Serializers.Tests.Types;
using Xunit;

namespace EventSourcing.Serializers.Tests;

/// <summary>Damaged states and topics give either an event, or an exception of the library that reveals no value.</summary>
public sealed class MutationTests(ITestOutputHelper output)
{
    private const string Secret = "CANARY7f3a";

    private static readonly string[] Fragments =
    [
        "{", "}", "[", "]", ",", ":", "\"", "null", "true", "-", "1e999", "1e-999", "-0", "NaN", "\\ud800", "\\u0000", "\\", "/*", "//", "\ufeff", "\u2028",
        "\"timestamp\":", "\"guid\":\"\"", "99999999999999999999999999999999999999999999999999999", new string('9', 5_000), new string(' ', 1_000),
        new string('[', 100), new string('[', 10_000), string.Concat(Enumerable.Repeat("{\"a\":", 10_000)), Secret,
    ];

    [Fact]
    public void Only_exceptions_of_the_library_leave_the_decoder()
    {
        var rounds = Environment.GetEnvironmentVariable("EVENTSOURCING_LONG") == "1" ? 100_000 : 10_000;
        var seed = int.TryParse(Environment.GetEnvironmentVariable("EVENTSOURCING_SEED"), out var given) ? given : Random.Shared.Next();
        output.WriteLine($"{rounds} rounds, EVENTSOURCING_SEED={seed}");
        var random = new Random(seed);
        var seeds = Sample.All.Select(s => (Sample: s, s.Encode(s.Event).Topic, Marked(s).State)).ToList();
        int read = 0, refused = 0;
        for (var round = 0; round < rounds; round++)
        {
            var (sample, topic, state) = seeds[random.Next(seeds.Count)];
            var damagedTopic = random.Next(10) == 0 ? Encoding.UTF8.GetString(Damaged(Encoding.UTF8.GetBytes(topic), random)) : topic;
            var damaged = state;
            // Half of the states stay JSON, with another value somewhere, so that the readers of all types meet unexpected values.
            if (random.Next(2) == 0)
            {
                damaged = WithAnotherValue(state, seeds[random.Next(seeds.Count)].State, random);
            }
            else
            {
                for (var i = random.Next(1, 4); i > 0; i--)
                {
                    damaged = Damaged(damaged, random);
                }
            }

            try
            {
                sample.Decode(damagedTopic, damaged);
                read++;
            }
            catch (Exception e) when (e is EventSourcingException)
            {
                refused++;
                // A topic is never secret, not even a damaged one.
                var tells = e.ToString().Contains(Secret, StringComparison.Ordinal) && !damagedTopic.Contains(Secret, StringComparison.Ordinal);
                Assert.False(tells, $"Round {round} of EVENTSOURCING_SEED={seed} tells a secret: {e.Message}");
            }
            catch (Exception e)
            {
                Assert.Fail($"Round {round} of EVENTSOURCING_SEED={seed}: {e}");
            }
        }

        output.WriteLine($"{read} read, {refused} refused");
        Assert.True(read > 0 && refused > rounds / 4);
    }

    [Fact]
    public void The_fast_path_and_the_rules_of_JSON_give_the_same_results()
    {
        var rounds = Environment.GetEnvironmentVariable("EVENTSOURCING_LONG") == "1" ? 300_000 : 20_000;
        var seed = int.TryParse(Environment.GetEnvironmentVariable("EVENTSOURCING_SEED"), out var given) ? given : Random.Shared.Next();
        output.WriteLine($"{rounds} rounds, EVENTSOURCING_SEED={seed}");
        var random = new Random(seed);
        var seeds = Sample.All.Select(s => (Sample: s, s.Encode(s.Event).Topic, s.Encode(s.Event).State)).ToList();
        int read = 0, refused = 0;
        for (var round = 0; round < rounds; round++)
        {
            var (sample, topic, state) = seeds[random.Next(seeds.Count)];
            // Little damage, so that most of the state stays as it was written.
            var damaged = random.Next(3) switch
            {
                0 => WithAnotherValue(state, seeds[random.Next(seeds.Count)].State, random),
                1 => WithAnotherDigit(state, random),
                _ => Damaged(state, random),
            };
            var (left, right) = (Outcome(() => sample.Decode(topic, damaged)), Outcome(() => sample.DecodeStrictly(topic, damaged)));
            var difference = left.Failure != right.Failure ? $"{left.Failure ?? "read"}, strictly: {right.Failure ?? "read"}" : Likeness.Difference(left.Event, right.Event);
            if (difference is not null || !left.Time.EqualsExact(right.Time))
            {
                Assert.Fail($"Round {round} of EVENTSOURCING_SEED={seed}: {difference ?? "time"} in {Encoding.UTF8.GetString(damaged)}");
            }

            if (left.Failure is null)
            {
                read++;
            }
            else
            {
                refused++;
            }
        }

        output.WriteLine($"{read} read, {refused} refused");
        Assert.True(read > rounds / 20 && refused > rounds / 4);
    }

    [Theory]
    [InlineData("unsignedByte", "-0")]
    [InlineData("uint32", "-0")]
    [InlineData("uint32", "00")]
    [InlineData("uint32", "1.0")]
    [InlineData("uint32", "4294967296")]
    [InlineData("int32", "-0")]
    [InlineData("int64", "-00")]
    [InlineData("int64", "9223372036854775808")]
    public void Numbers_in_unusual_forms_are_read_alike_on_both_paths(string field, string number)
    {
        var sample = Sample.All.First(s => s.Encode(s.Event).Topic == "Scalars.Numbers");
        var (topic, state) = sample.Encode(sample.Event);
        var text = Regex.Replace(Encoding.UTF8.GetString(state), $"\"{field}\":-?[0-9]+", $"\"{field}\":{number}");
        var changed = Encoding.UTF8.GetBytes(text);
        Assert.Contains($"\"{field}\":{number}", text, StringComparison.Ordinal);
        Assert.Equal(Outcome(() => sample.DecodeStrictly(topic, changed)).Failure, Outcome(() => sample.Decode(topic, changed)).Failure);
    }

    [Fact]
    public void A_field_that_is_missing_or_of_another_kind_is_treated_alike_on_both_paths()
    {
        string?[] values =
        [
            null, "null", "true", "false", "0", "-1", "300", "1.5", "1e3", "\"\"", "\"x\"", "\"\\n\"", "[]", "{}", "[null]", "\"00112233-4455-6677-8899-aabbccddeeff\"", "\"2026-11-23T02:33:16\"",
            "\"2026-11-23T02:33:16Z\"", "\"2026-11-23T02:33:16+00:00\"", "\"2026-11-23T02:33:16.5-01:30\"", "\"2026-11-23\"", "truefalse", "nullnull", " 1", "1 ", "\"x\" ", "-", "\"",
        ];
        foreach (var sample in Sample.All)
        {
            var (topic, state) = sample.Encode(sample.Event);
            var fields = FieldsOf(state);
            foreach (var (name, start, value, end) in fields)
            {
                foreach (var other in values)
                {
                    byte[] changed = other is null ? [.. state[..start], .. state[end..]] : [.. state[..value], .. Encoding.UTF8.GetBytes(other), .. state[end..]];
                    var (left, right) = (Outcome(() => sample.Decode(topic, changed)), Outcome(() => sample.DecodeStrictly(topic, changed)));
                    Assert.True(left.Failure == right.Failure, $"{topic}.{name} = {other}: {left.Failure ?? "read"}, strictly: {right.Failure ?? "read"}");
                    Assert.Null(Likeness.Difference(left.Event, right.Event));
                }
            }
        }
    }

    // The fields after the time, with the offsets of the comma, the value and the end of each.
    private static List<(string Name, int Start, int Value, int End)> FieldsOf(byte[] state)
    {
        var fields = new List<(string, int, int, int)>();
        var reader = new Utf8JsonReader(state);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (name, start) = (reader.GetString()!, (int)reader.TokenStartIndex - 1);
            reader.Read();
            var value = (int)reader.TokenStartIndex;
            reader.Skip();
            if (name != "timestamp")
            {
                fields.Add((name, start, value, (int)reader.BytesConsumed));
            }
        }

        return fields;
    }

    private static (IEvent? Event, DateTimeOffset Time, string? Failure) Outcome(Func<(IEvent Event, DateTimeOffset Time)> decode)
    {
        try
        {
            var (e, time) = decode();
            return (e, time, null);
        }
        catch (StateDecodeException e)
        {
            return (null, default, e.Message);
        }
    }

    private static byte[] WithAnotherDigit(byte[] state, Random random)
    {
        state = [.. state];
        var digits = Enumerable.Range(0, state.Length).Where(i => char.IsAsciiDigit((char)state[i])).ToList();
        state[digits[random.Next(digits.Count)]] = (byte)"0123456789+-.eZ:\" \u00e9"[random.Next(19)];
        return state;
    }

    // Real states, with a secret in every text.
    private static (string Topic, byte[] State) Marked(Sample sample)
    {
        var marked = sample.Event switch
        {
            Scalars.Texts e => e with { Text = e.Text + Secret },
            Objects.OwnEvent e => e with { Reader = Secret },
            Objects.People => new Objects.People(new Person(Secret, [new Person(Secret, [])])),
            Collections.Lists e => e with { Array = [.. e.Array, Secret] },
            _ => sample.Event,
        };
        return sample.Encode(marked);
    }

    private static byte[] WithAnotherValue(byte[] state, byte[] other, Random random)
    {
        var (places, values) = (ValuesOf(state), ValuesOf(other));
        var place = places[random.Next(places.Count)];
        var value = other.AsSpan(values[random.Next(values.Count)]);
        return [.. state.AsSpan()[..place.Start], .. value, .. state.AsSpan()[place.End..]];
    }

    private static List<Range> ValuesOf(byte[] state)
    {
        var values = new List<Range>();
        var reader = new Utf8JsonReader(state);
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.EndObject or JsonTokenType.EndArray)
            {
                continue;
            }

            var ahead = reader;
            ahead.Skip();
            values.Add((int)reader.TokenStartIndex..(int)ahead.BytesConsumed);
        }

        return values;
    }

    private static byte[] Damaged(byte[] bytes, Random random)
    {
        if (bytes.Length == 0)
        {
            return Encoding.UTF8.GetBytes(Fragments[random.Next(Fragments.Length)]);
        }

        var at = random.Next(bytes.Length);
        var to = Math.Min(bytes.Length, at + random.Next(1, 20));
        switch (random.Next(8))
        {
            case 0: // one bit
                bytes = [.. bytes];
                bytes[at] ^= (byte)(1 << random.Next(8));
                return bytes;
            case 1: // one byte
                bytes = [.. bytes];
                bytes[at] = (byte)random.Next(256);
                return bytes;
            case 2: // the end is missing
                return bytes[..at];
            case 3: // a part is missing
                return [.. bytes[..at], .. bytes[to..]];
            case 4: // a part comes twice
                return [.. bytes[..to], .. bytes[at..to], .. bytes[to..]];
            case 5: // a field comes twice, or elsewhere
                var text = Encoding.UTF8.GetString(bytes).Split(',');
                random.Shuffle(text);
                return Encoding.UTF8.GetBytes(string.Join(',', text.Append(text[0])));
            case 6: // something in place of a part
                return [.. bytes[..at], .. Encoding.UTF8.GetBytes(Fragments[random.Next(Fragments.Length)]), .. bytes[to..]];
            default: // something inserted
                return [.. bytes[..at], .. Encoding.UTF8.GetBytes(Fragments[random.Next(Fragments.Length)]), .. bytes[at..]];
        }
    }
}
