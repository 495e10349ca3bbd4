using System.Text;
using EventSourcing.Serialization;
using Xunit;

namespace EventSourcing.Serializers.Tests;

/// <summary>Metadata is read as it was written. Metadata of another form, from another program, is ignored without an error.</summary>
public sealed class MetadataTests
{
    public static TheoryData<string?, string?, string[]> Parts => new()
    {
        { null, null, [] },
        { "c-1", null, [] },
        { null, "m-2", [] },
        { "c-1", "m-2", ["user", "Zoë \"Z\"", "empty", ""] },
        { "", "", ["correlationId", "x", "values", "y"] },
    };

    [Theory]
    [MemberData(nameof(Parts))]
    public void Metadata_is_read_as_it_was_written(string? correlation, string? causation, string[] values)
    {
        var expected = new EventMetadata { CorrelationId = correlation, CausationId = causation, Values = values.Chunk(2).ToDictionary(v => v[0], v => v[1]) };
        var read = MetadataJson.Read(Written(expected))!;
        Assert.Equal((correlation, causation), (read.CorrelationId, read.CausationId));
        Assert.Equal(expected.Values, read.Values);
    }

    [Theory]
    [InlineData("""{}""", null, null)]
    [InlineData("""{"correlationId":"c"}""", "c", null)]
    [InlineData("""{"causationId":"m","correlationId":"c"}""", "c", "m")]
    public void Absent_parts_are_left_out(string json, string? correlation, string? causation)
    {
        var metadata = MetadataJson.Read(Encoding.UTF8.GetBytes(json))!;
        Assert.Equal((correlation, causation), (metadata.CorrelationId, metadata.CausationId));
        Assert.Empty(metadata.Values);
        Assert.Equal(json.Length, Written(metadata).Length);
    }

    [Fact]
    public void The_bytes_are_fixed() => Assert.Equal(
        """{"correlationId":"c","causationId":"m","values":{"user":"Zoë","b":"\"2\""}}""",
        Encoding.UTF8.GetString(Written(new EventMetadata { CorrelationId = "c", CausationId = "m", Values = new Dictionary<string, string> { ["user"] = "Zoë", ["b"] = "\"2\"" } })));

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("5")]
    [InlineData("\"text\"")]
    [InlineData("""["correlationId","c"]""")]
    [InlineData("""{"correlationId":5}""")]
    [InlineData("""{"correlationId":{}}""")]
    [InlineData("""{"causationId":[]}""")]
    [InlineData("""{"values":[]}""")]
    [InlineData("""{"values":null}""")]
    [InlineData("""{"values":{"a":1}}""")]
    [InlineData("""{"values":{"a":"\ud800"}}""")]
    [InlineData("""{"correlationId":"c" """)]
    [InlineData("""{"correlationId":"c","values":{"a":"b"}""")]
    public void Metadata_of_another_form_is_ignored(string json) => Assert.Null(MetadataJson.Read(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("""{"other":{"correlationId":"x"},"correlationId":"c","more":[1,{"values":{}}],"values":{"a":"b"},"last":null}""")]
    [InlineData("""{ "values" : { "a" : "b" } , "correlationId" : "c" }""")]
    public void Unknown_properties_are_skipped(string json)
    {
        var metadata = MetadataJson.Read(Encoding.UTF8.GetBytes(json))!;
        Assert.Equal(("c", null), (metadata.CorrelationId, metadata.CausationId));
        Assert.Equal([new("a", "b")], metadata.Values);
    }

    [Fact]
    public void A_null_among_the_values_is_read_as_an_empty_text() =>
        Assert.Equal("", MetadataJson.Read("""{"values":{"a":null}}"""u8)!.Values["a"]);

    [Theory]
    [InlineData("correlationId")]
    [InlineData("causationId")]
    [InlineData("metadata")]
    public void Half_of_a_surrogate_pair_is_refused(string part)
    {
        const string Half = "s3cr3t\ud800";
        var metadata = part switch
        {
            "correlationId" => new EventMetadata { CorrelationId = Half },
            "causationId" => new EventMetadata { CausationId = Half },
            _ => new EventMetadata { Values = new Dictionary<string, string> { ["a"] = Half } },
        };
        var error = Assert.Throws<StateFormatException>(() => Written(metadata));
        Assert.Contains($"'{part}'", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr3t", error.Message, StringComparison.Ordinal);
        Assert.Throws<StateFormatException>(() => Written(new EventMetadata { Values = new Dictionary<string, string> { [Half] = "a" } }));
        Assert.Throws<StateFormatException>(() => Written(new EventMetadata { Values = new Dictionary<string, string> { ["a"] = null! } }));
    }

    private static byte[] Written(EventMetadata metadata)
    {
        using var encoder = StateEncoder.Rent();
        encoder.Write(metadata);
        return encoder.Slice(0, encoder.Length).ToArray();
    }
}
