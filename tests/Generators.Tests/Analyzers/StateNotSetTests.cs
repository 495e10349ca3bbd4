using Xunit;

namespace EventSourcing.Generators.Tests.Analyzers;

/// <summary>ESG0032: state that is null after a creation event, though its type says otherwise.</summary>
public sealed class StateNotSetTests
{
    private static string Dog(string state, string apply) => $$"""
        [EventSourced]
        public sealed partial class Dog
        {
            [Event("Registered")]
            public partial Dog(string name);
            {{apply}}

            {{state}}
        }
        """;

    [Theory]
    [InlineData("public string {|ESG0032:Name|} { get; private set; }")]
    [InlineData("public List<string> {|ESG0032:Tricks|} { get; private set; }")]
    public Task What_no_Apply_sets_is_reported(string state) =>
        Analysis.Verify(Dog(state, "private void Apply(Registered e) => _ = e.Name;"));

    [Theory]
    [InlineData("public string Name { get; private set; } = \"\";")]
    [InlineData("public string? Name { get; private set; }")]
    [InlineData("public int Age { get; private set; }")]
    [InlineData("public string Name => \"Fido\";")]
    [InlineData("public required string Name { get; init; }")]
    [InlineData("private static string? _known; public static string Known => _known ??= \"\";")]
    public Task What_needs_no_value_is_not(string state) =>
        Analysis.Verify(Dog(state, "private void Apply(Registered e) => _ = e.Name;"));

    [Theory]
    [InlineData("private void Apply(Registered e) => Name = e.Name;")]
    [InlineData("private void Apply(Registered e, EventHeader header) => this.Name = e.Name;")]
    [InlineData("private void Apply(Registered e) => (Name, _) = (e.Name, 1);")]
    [InlineData("private void Apply(Registered e) => Rename(e.Name); private void Rename(string name) { if (name != \"\") Name = name; else Rename(\"Fido\"); }")]
    public Task What_is_assigned_somehow_is_not(string apply) => Analysis.Verify(Dog("public string Name { get; private set; }", apply));

    [Fact]
    public Task Each_creation_event_counts() => Analysis.Verify(Dog("public string {|ESG0032:Name|} { get; private set; }", """
        private void Apply(Registered e) => Name = e.Name;

        [Event("Found")]
        public static partial Dog Find(string place);
        private void Apply(Found e) => _ = e.Place;
        """));

    [Fact]
    public Task A_derived_class_sets_the_state_of_its_base() => Analysis.Verify("""
        [EventSourced]
        public abstract partial class Animal
        {
            public string Name { get; protected set; }
            public string {|ESG0032:Kind|} { get; protected set; }
        }

        [EventSourced]
        public sealed partial class Dog : Animal
        {
            [Event("Registered")]
            public partial Dog(string name);
            private void Apply(Registered e) => Name = e.Name;
        }
        """);
}
