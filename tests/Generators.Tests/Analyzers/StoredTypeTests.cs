using System.Globalization;
using Xunit;

namespace EventSourcing.Generators.Tests.Analyzers;

/// <summary>Mistakes in types that events contain are reported where they are, and not at the event.</summary>
public class StoredTypeTests
{
    private const string Dog = """
        [EventSourced]
        public sealed partial class Dog
        {
            [Event("Registered")]
            public partial Dog(Owner owner, Size size);
            private void Apply(Registered e) { }

            [Event("Sold")]
            public sealed partial record Sale(int Price) : Sold
            {
                [{|ESG0046:JsonIgnore|}] public int Tax { get; init; }
            }
            private void Apply(Sale e) { }
        }

        [EventSourced]
        public sealed partial class Cat
        {
            [Event("Registered")]
            public partial Cat(List<Owner> owners);
            private void Apply(Registered e) { }
        }
        """;

    [Fact]
    public Task JSON_attributes_on_stored_types_are_reported_once() => Analysis.Verify("""
        using System.Text.Json.Serialization;

        [{|ESG0046:JsonPolymorphic|}]
        public class Owner : Person
        {
            [{|ESG0046:JsonPropertyName("n")|}] public string Name { get; set; } = "";
            [{|ESG0046:JsonInclude|}] public int Age;
            public Inner? Inner { get; set; }
        }

        public class Person
        {
            [{|ESG0046:JsonRequired|}] public string Id { get; set; } = "";
        }

        public record Inner([property: {|ESG0046:JsonPropertyName("v")|}] int Value);

        [JsonConverter(typeof(JsonStringEnumConverter))]
        public enum Size { [{|ESG0046:JsonStringEnumMemberName("s")|}] Small }

        public abstract record Sold { [{|ESG0046:JsonIgnore|}] public string User { get; init; } = ""; }

        public record NotStored([property: JsonPropertyName("v")] int Value);

        """ + Dog);

    [Fact]
    public Task JSON_attributes_on_types_in_records_of_the_user_are_reported() => Analysis.Verify("""
        using System.Text.Json;
        using System.Text.Json.Serialization;

        public record Price([property: {|ESG0046:JsonIgnore|}] int Tax);

        [StateConverter(typeof(ColourConverter))]
        public record Colour([property: JsonIgnore] int Rgb);

        public static class ColourConverter
        {
            public static void Write(Utf8JsonWriter writer, Colour value) => writer.WriteNumberValue(value.Rgb);
            public static Colour Read(ref Utf8JsonReader reader) => new(reader.GetInt32());
        }

        """ + Programs.Dog("[Event(\"Sold\")] public sealed partial record Sold(Price Price, Colour Colour); private void Apply(Sold e) { }"));

    [Theory]
    [InlineData("JsonIgnore", "use [StateIgnore]")]
    [InlineData("JsonConverter(typeof(JsonStringEnumConverter))", "use [StateConverter(typeof(…))]")]
    [InlineData("JsonPropertyName(\"n\")", "the stored name is the name of the member")]
    [InlineData("JsonInclude", "remove it, or give the type a converter")]
    [InlineData("System.Text.Json.Serialization.JsonRequired", "remove it, or give the type a converter")]
    public async Task The_message_names_the_replacement_of_a_JSON_attribute(string attribute, string instead)
    {
        var found = Assert.Single(await Analysis.Of(
            $"using System.Text.Json.Serialization; public class Owner {{ [{attribute}] public string Name {{ get; set; }} = \"\"; }}",
            Programs.Dog("[Event(\"Sold\")] public partial void Sell(Owner owner); private void Apply(Sold e) { }")));

        var name = attribute.Split('(')[0].Split('.')[^1];
        Assert.StartsWith($"[{name}] has no effect on how 'Name' is stored, because generated code writes it: {instead}", found.GetMessage(CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[JsonConverter(typeof(JsonStringEnumConverter))] public enum Owner { A }", null)]
    [InlineData("public enum Owner { [JsonStringEnumMemberName(\"a\")] A }", "the stored name is the name of the member")]
    [InlineData("[JsonPolymorphic] public class Owner { public int A { get; set; } }", "a polymorphic type needs [StateConverter(typeof(…))]")]
    [InlineData("[JsonDerivedType(typeof(Owner))] public class Owner { public int A { get; set; } }", "a polymorphic type needs [StateConverter(typeof(…))]")]
    [InlineData("[method: JsonConstructor] public class Owner(int a) { public int A { get; } = a; }", "the constructor whose parameters all match members is called")]
    [InlineData("public class Owner { [JsonConstructor] public Owner(int a) => A = a; public int A { get; } }", "[JsonConstructor] has no effect on how 'Owner' is stored, because generated code writes it: the constructor whose parameters all match members is called")]
    [InlineData("namespace Json { public class JsonIgnoreAttribute : Attribute; } public class Owner { [global::Json.JsonIgnore] public int A { get; set; } }", null)]
    [InlineData("public class Owner { public int A { get; set; } [JsonIgnore] public int B, C; }", "'B'")]
    [InlineData("namespace Newtonsoft.Json { public class JsonPropertyAttribute : Attribute; } public class Owner { [Newtonsoft.Json.JsonProperty] public int A { get; set; } }", "the stored name is the name of the member")]
    public async Task JSON_attributes_in_every_place_are_reported(string owner, string? said)
    {
        var found = await Analysis.Of(
            "using System.Text.Json.Serialization; " + owner,
            Programs.Dog("[Event(\"Sold\")] public partial void Sell(Owner owner); private void Apply(Sold e) { }"));

        if (said is null)
        {
            Assert.Empty(found);
        }
        else
        {
            Assert.Contains(said, Assert.Single(found).GetMessage(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        }
    }

    [Fact]
    public Task A_converter_of_the_assembly_is_checked_where_it_is_named() => Analysis.Verify("""
        using System.Text.Json;

        [assembly: StateConverterFor(typeof(Version), typeof(VersionConverter))]
        [assembly: {|ESG0029:StateConverterFor(typeof(Uri), typeof(VersionConverter))|}]
        [assembly: {|ESG0029:StateConverterFor(typeof(List<>), typeof(VersionConverter))|}]
        [assembly: {|ESG0045:StateConverterFor(typeof(Version), typeof(OtherConverter))|}]

        public static class VersionConverter
        {
            public static void Write(Utf8JsonWriter writer, Version value) => writer.WriteStringValue(value.ToString());
            public static Version Read(ref Utf8JsonReader reader) => Version.Parse(reader.GetString()!);
        }

        public static class OtherConverter
        {
            public static void Write(Utf8JsonWriter writer, Version value) => writer.WriteStringValue(value.ToString());
            public static Version Read(ref Utf8JsonReader reader) => Version.Parse(reader.GetString()!);
        }
        """);
}
