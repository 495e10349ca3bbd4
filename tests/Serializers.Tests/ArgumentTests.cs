using System.Text.Json;
using EventSourcing.CompilerServices;
using Xunit;

namespace EventSourcing.Serializers.Tests;

/// <summary>The helpers of generated code are public: called with null, they name the argument.</summary>
public sealed class ArgumentTests
{
    public static TheoryData<string, Action> WithoutAWriter => new()
    {
        { "WriteSingle", () => StateJson.WriteSingle(null!, 1, "f") },
        { "WriteDouble", () => StateJson.WriteDouble(null!, 1, "f") },
        { "WriteString", () => StateJson.WriteString(null!, StateJson.Name("n"), "v") },
        { "WriteString of a value", () => StateJson.WriteString(null!, "v", "f") },
        { "WriteChar", () => StateJson.WriteChar(null!, 'c', "f") },
        { "WriteBytes", () => StateJson.WriteBytes(null!, [], "f") },
        { "WriteKey", () => StateJson.WriteKey(null!, "k", "f") },
        { "WriteKey of a number", () => StateJson.WriteKey(null!, 1, "f") },
        { "WriteDateOnly", () => StateJson.WriteDateOnly(null!, default, "f") },
        { "WriteTimeOnly", () => StateJson.WriteTimeOnly(null!, default, "f") },
        { "WriteTimeSpan", () => StateJson.WriteTimeSpan(null!, default, "f") },
        { "RequireWritten", () => StateJson.RequireWritten(null!, 0, 0, "f") },
        { "Length", () => StateJson.Length(null!) },
    };

    [Theory]
    [MemberData(nameof(WithoutAWriter))]
    public void A_writer_is_required(string method, Action call)
    {
        Assert.NotEmpty(method);
        Assert.Equal("writer", Assert.Throws<ArgumentNullException>(call).ParamName);
    }

    [Fact]
    public void The_names_of_flags_are_required()
    {
        Assert.Equal("names", Assert.Throws<ArgumentNullException>(() => StateJson.NameOfFlags(1, null!, "f")).ParamName);
        Assert.Equal("names", Assert.Throws<ArgumentNullException>(() =>
        {
            var reader = new Utf8JsonReader("\"a\""u8);
            reader.Read();
            StateJson.ReadFlags(ref reader, null!, "f");
        }).ParamName);
    }
}
