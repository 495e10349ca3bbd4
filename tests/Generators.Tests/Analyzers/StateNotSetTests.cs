using Xunit;

namespace EventSourcing.Generators.Tests.Analyzers;

/// <summary>ESG0032: state that is null after a creation event, although its type isn't nullable.</summary>
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
    public Task State_that_no_Apply_sets_is_reported(string state) =>
        Analysis.Verify(Dog(state, "private void Apply(Registered e) => _ = e.Name;"));

    [Theory]
    [InlineData("public string Name { get; private set; } = \"\";")]
    [InlineData("public string? Name { get; private set; }")]
    [InlineData("public int Age { get; private set; }")]
    [InlineData("public string Name => \"Fido\";")]
    [InlineData("private static string? _known; public static string Known => _known ??= \"\";")]
    public Task State_that_needs_no_value_is_not_reported(string state) =>
        Analysis.Verify(Dog(state, "private void Apply(Registered e) => _ = e.Name;"));

    [Theory]
    [InlineData("private void Apply(Registered e) => Name = e.Name;")]
    [InlineData("private void Apply(Registered e, EventHeader header) => this.Name = e.Name;")]
    [InlineData("private void Apply(Registered e) => (Name, _) = (e.Name, 1);")]
    [InlineData("private void Apply(Registered e) => Rename(e.Name); private void Rename(string name) { if (name != \"\") Name = name; else Rename(\"Fido\"); }")]
    [InlineData("private void Apply(Registered e) => this.Rename(e.Name); private void Rename(string name) => Name = name;")]
    [InlineData("private void Apply(Registered e) => Rename<int>(e.Name); private void Rename<T>(string name) => Name = name + typeof(T);")]
    [InlineData("private void Apply(Registered e) { Action set = () => Name = e.Name; set(); }")]
    [InlineData("private void Apply(Registered e) { Set(); void Set() => Name = e.Name; }")]
    [InlineData("private void Apply(Registered e) { foreach (var part in e.Name.Split(' ')) Keep(part); } private void Keep(string part) => Name ??= part;")]
    [InlineData("private void Apply(Registered e) => new List<string> { e.Name }.ForEach(Rename); private void Rename(string name) => Name = name;")]
    [InlineData("private void Apply(Registered e) { var self = this; self.Name = e.Name; }")]
    [InlineData("private void Apply(Registered e) => ((Name, _), _) = ((e.Name, 1), 2);")]
    [InlineData("private void Apply(Registered e) { Fill(out _name); Name = _name; } private string _name; private static void Fill(out string name) => name = \"Fido\";")]
    [InlineData("private void Apply(Registered e) { ref var name = ref _name; name = e.Name; Name = name; } private string _name;")]
    public Task State_that_is_assigned_in_any_way_is_not_reported(string apply) => Analysis.Verify(Dog("public string Name { get; private set; }", apply));

    [Theory]
    [InlineData("Label", "private string _name; public string Label { get => _name; private set => _name = value; }")]
    [InlineData("Label", "private string _name; public string Label { get => _name; private set { Keep(value); } } private void Keep(string value) => {|ESG0021:_name|} = value;")]
    public Task A_field_that_a_setter_sets_is_not_reported(string property, string state) => Analysis.Verify(Dog(state, $"private void Apply(Registered e) => {property} = e.Name;"));

    [Fact]
    public Task Reading_a_property_does_not_set_its_field() => Analysis.Verify(Dog(
        "private string {|ESG0032:_name|}; public string Label { get => _name; private set => _name = value; }",
        "private void Apply(Registered e) => _ = Label + e.Name;"));

    [Fact]
    public Task State_that_is_set_only_in_another_object_is_reported() => Analysis.Verify(Dog(
        "public string {|ESG0032:Name|} { get; private set; } public sealed class Tag { public string Name { get; set; } = \"\"; }",
        "private void Apply(Registered e) => _ = new Tag { Name = e.Name };"));

    [Theory]
    [InlineData("base.Init(e.Name)")]
    [InlineData("this.Init(e.Name)")]
    [InlineData("Init(e.Name)")]
    public Task A_method_of_a_base_may_set_the_state(string call) => Analysis.Verify($$"""
        [EventSourced]
        public abstract partial class Animal
        {
            public string Name { get; private set; }
            protected void Init(string name) => {|ESG0021:Name|} = name;
        }

        [EventSourced]
        public sealed partial class Dog : Animal
        {
            [Event("Registered")]
            public partial Dog(string name);
            private void Apply(Registered e) => {{call}};
        }
        """);

    [Fact]
    public Task A_method_with_MemberNotNull_sets_its_member() => Analysis.Verify(Dog(
        "public string Name { get; private set; } [System.Diagnostics.CodeAnalysis.MemberNotNull(nameof(Name))] private void Init(Dog self) => Name = self.ToString();",
        "private void Apply(Registered e) => Init(this);"));

    [Fact]
    public Task A_method_of_another_object_does_not_set_the_state() => Analysis.Verify(Dog(
        "public string {|ESG0032:Name|} { get; private set; } public Dog? Friend { get; private set; }",
        "private void Apply(Registered e) => Friend!.Rename(e.Name); private void Rename(string name) => Name = name;"));

    [Fact]
    public Task A_method_with_MemberNotNull_sets_several_members() => Analysis.Verify(Dog(
        "public string Name { get; private set; } public string Other { get; private set; } [System.Diagnostics.CodeAnalysis.MemberNotNull(nameof(Name), nameof(Other))] private void Init(Dog self) => Name = Other = self.ToString();",
        "private void Apply(Registered e) => Init(this);"));

    [Theory]
    [InlineData("public string Name { get; private set; }", "GetBaseException()")]
    [InlineData("public string {|ESG0032:Name|} { get; private set; }", "Equals(e)")]
    public Task A_method_of_a_base_without_source_may_set_the_state(string state, string call) => Analysis.Verify(
        Dog(state, $"private void Apply(Registered e) => _ = {call};").Replace("class Dog", "class Dog : Exception", StringComparison.Ordinal));

    [Fact]
    public Task Each_creation_event_must_set_the_state() => Analysis.Verify(Dog("public string {|ESG0032:Name|} { get; private set; }", """
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

    [Theory]
    [InlineData("public required string {|ESG0048:Name|} { get; init; }")]
    [InlineData("public required int {|ESG0048:Age|} { get; set; }")]
    [InlineData("public required string? {|ESG0048:Name|};")]
    public Task Required_members_must_be_set(string state) =>
        Analysis.Verify(Dog(state, "private void Apply(Registered e) => _ = e.Name;"));

    [Fact]
    public Task Required_members_that_are_set_are_not_reported() =>
        Analysis.Verify(Dog("public required string Name { get; set; }", "private void Apply(Registered e) => Name = e.Name;"));

    [Fact]
    public Task Required_members_of_a_base_class_must_be_set() => Analysis.Verify("""
        public class Entity { public required string Owner { get; set; } }

        [EventSourced]
        public sealed partial class {|ESG0048:Dog|} : Entity
        {
            [Event("Registered")]
            public partial Dog(string name);
            private void Apply(Registered e) => _ = e.Name;
        }
        """);
}
