using Xunit;
using static EventSourcing.Generators.Tests.Analyzers.Programs;

namespace EventSourcing.Generators.Tests.Analyzers;

/// <summary>ESG0027: [Event] outside of an aggregate, where nothing reads it.</summary>
public sealed class EventOutsideAggregateTests
{
    [Fact]
    public Task The_attribute_is_reported_on_every_kind_of_member() => Analysis.Verify("""
        public partial class Kennel
        {
            [{|ESG0027:Event("Opened")|}]
            public Kennel() { }

            [{|ESG0027:Event("Painted")|}]
            public sealed record Painted(string Colour);
        }

        public partial class Box
        {
            [{|ESG0027:Event("Closed")|}]
            public void Close() { }
        }

        [{|ESG0027:Event("Sold")|}]
        public sealed record Sold(string Owner);
        """);

    [Fact]
    public Task The_attribute_is_reported_once_for_a_class_and_its_partial_members_get_a_body() => Analysis.Verify("""
        public partial class Kennel
        {
            [{|ESG0027:Event("Opened")|}]
            public partial Kennel(string name);

            [Event("Closed")]
            public partial void Close();
        }
        """);

    [Fact]
    public Task The_attribute_is_reported_in_an_extension_and_on_a_local_function() => Analysis.Verify($$"""
        {{Dog("""
            public void Bark()
            {
                Loud();
                [{|ESG0027:Event("Barked")|}]
                void Loud() { }
            }
            """)}}

        public static class DogExtensions
        {
            extension(Dog dog)
            {
                [{|ESG0027:Event("Walked")|}]
                public void Walk() { }
            }

            [{|ESG0027:Event("Run")|}]
            public static void Run(Dog dog) { }
        }
        """);

    [Fact]
    public Task A_class_in_an_aggregate_is_no_aggregate() => Analysis.Verify(Dog("""
        public class Collar
        {
            [{|ESG0027:Event("Lost")|}]
            public void Lose() { }
        }
        """));
}
