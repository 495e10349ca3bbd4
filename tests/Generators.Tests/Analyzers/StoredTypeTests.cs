using EventSourcing.Generators.Tests.Testing;
using Xunit;

namespace EventSourcing.Generators.Tests.Analyzers;

/// <summary>What is reported of types that events hold, where it stands and not at the event.</summary>
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
    public Task JSON_attributes_on_stored_types_are_told_once() => Analysis.Verify("""
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
