using EventSourcing.Generators.Tests.Testing;
using Xunit;

namespace EventSourcing.Generators.Tests.Shapes;

/// <summary>Converters that an assembly attribute names for types of other assemblies.</summary>
public class ConverterTests
{
    private const string Converters = """
        using System.Text.Json;

        [assembly: StateConverterFor(typeof(Version), typeof(VersionConverter))]
        [assembly: StateConverterFor(typeof(System.Numerics.Complex), typeof(ComplexConverter))]

        public static class VersionConverter
        {
            public static void Write(Utf8JsonWriter writer, Version value) => writer.WriteStringValue(value.ToString());
            public static Version Read(ref Utf8JsonReader reader) => Version.Parse(reader.GetString()!);
        }

        public static class ComplexConverter
        {
            public static void Write(Utf8JsonWriter writer, System.Numerics.Complex value) => writer.WriteStringValue($"{value.Real} {value.Imaginary}");
            public static System.Numerics.Complex Read(ref Utf8JsonReader reader)
            {
                var parts = reader.GetString()!.Split(' ');
                return new(double.Parse(parts[0]), double.Parse(parts[1]));
            }
        }

        """;

    [Fact]
    public async Task A_converter_of_the_assembly_is_used_wherever_its_type_occurs()
    {
        var program = GeneratorRun.With(GeneratorRun.CoreReferences, Converters, Keeper.Source(
            "Version", "Version?", "System.Numerics.Complex?", "List<Version>", "Dictionary<string, System.Numerics.Complex>", "(Version, int)")).Compile();
        var (version, complex) = (new Version(1, 2, 3), new System.Numerics.Complex(1.5, -2));
        Assert.Equal(version, await Keeper.RoundTrip(program, 0, version));
        Assert.Null(await Keeper.RoundTrip(program, 1, null));
        Assert.Equal(complex, await Keeper.RoundTrip(program, 2, complex));
        Assert.Equal(new List<Version> { version }, await Keeper.RoundTrip(program, 3, new List<Version> { version }));
        Assert.Equal(new Dictionary<string, System.Numerics.Complex> { ["a"] = complex }, await Keeper.RoundTrip(program, 4, new Dictionary<string, System.Numerics.Complex> { ["a"] = complex }));
        Assert.Equal((version, 7), await Keeper.RoundTrip(program, 5, (version, 7)));
    }

    /// <summary>A converter can be declared on a parameter, or on the member that the parameter becomes.</summary>
    [Theory]
    [InlineData("record T([StateConverter(typeof(VersionConverter))] Version A);")]
    [InlineData("record T([property: StateConverter(typeof(VersionConverter))] Version A);")]
    [InlineData("class T { [StateConverter(typeof(VersionConverter))] public Version A { get; set; } }")]
    [InlineData("class T { [StateConverter(typeof(VersionConverter))] public Version A; }")]
    public void A_converter_can_be_declared_on_a_member(string type) => Assert.Null(StateCoverageTests.Refusal(
        $"#nullable disable\nusing System.Text.Json;{Converters[Converters.IndexOf("public static class VersionConverter", StringComparison.Ordinal)..]}\n{type}"));

    [Fact]
    public void A_converted_type_can_not_be_the_key_of_a_dictionary() => Assert.Contains(
        "'Version' can't be the key of a dictionary", StateCoverageTests.Refusal(Converters.Replace("using System.Text.Json;", "using System.Text.Json;\n", StringComparison.Ordinal), "Dictionary<Version, int>"), StringComparison.Ordinal);
}
