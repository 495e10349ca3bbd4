using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Xunit;

namespace EventSourcing.Serializers.Tests;

/// <summary>The stored form of an event never changes: states are written and read byte for byte as in the golden file.</summary>
public sealed class GoldenTests
{
    private static bool Accepting =>
        Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") is "1" && Environment.GetEnvironmentVariable("CI") is null or "";

    [Fact]
    public void Every_type_is_written_as_in_the_golden_file()
    {
        var text = new StringBuilder("# The states of events, one line for each field. What was released stays as it is, for ever.\n");
        foreach (var sample in Sample.All)
        {
            var fields = FieldsOf(sample.Encode(sample.Event).State);
            text.Append('\n').Append(sample.Name).Append('\n');
            foreach (var field in fields)
            {
                text.Append("  ").Append(field).Append('\n');
            }
        }

        if (Accepting)
        {
            File.WriteAllText(Golden(), text.ToString());
        }

        Assert.Equal(File.ReadAllText(Golden()), text.ToString());
    }

    [Fact]
    public void Every_state_of_the_golden_file_is_read()
    {
        var golden = File.ReadAllText(Golden()).Split("\n\n").Skip(1).Select(part => part.TrimEnd('\n').Split('\n')).ToList();
        Assert.Equal(Sample.All.Select(s => s.Name), golden.Select(lines => lines[0]));
        Assert.All(Sample.All.Zip(golden), pair =>
        {
            var (topic, written) = pair.First.Encode(pair.First.Event);
            var state = Encoding.UTF8.GetBytes($"{{{string.Join(',', pair.Second.Skip(1).Select(line => line[2..]))}}}");
            Assert.Equal(state, written);
            var (read, time) = pair.First.Decode(topic, state);
            Assert.Null(Likeness.Difference(pair.First.Event, read));
            Assert.Equal(new DateTimeOffset(2026, 11, 23, 2, 33, 16, TimeSpan.Zero).AddTicks(3_486_110), time);
        });
    }

    /// <summary>The fields with their names, byte for byte.</summary>
    private static List<string> FieldsOf(byte[] state)
    {
        var fields = new List<string>();
        var reader = new Utf8JsonReader(state);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            fields.Add(Encoding.UTF8.GetString(state[start..(int)reader.BytesConsumed]));
        }

        return fields;
    }

    private static string Golden([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "Golden", "json.golden.txt");
}
