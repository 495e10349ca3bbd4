using EventSourcing.Generators.Tests.Testing;
using Xunit;

namespace EventSourcing.Generators.Tests.Aggregates;

/// <summary>Single lines of the code generated for members of aggregates, and code for which nothing is generated.</summary>
public sealed class AggregateMemberTests
{
    private const string Made = "[Event(\"Made\")] public partial Dog(); private void Apply(Made e) { }", Sold = "private void Apply(Sold e) { }";

    /// <summary>An event is as accessible as the member that raises it, and at least internal.</summary>
    [Theory]
    [InlineData("[Event(\"Sold\")] protected partial void Sell();", "    protected internal sealed record Sold")]
    [InlineData("[Event(\"Sold\")] protected internal partial void Sell();", "    protected internal sealed record Sold")]
    [InlineData("[Event(\"Sold\")] internal protected partial void Sell();", "    protected internal sealed record Sold")]
    [InlineData("[Event(\"Sold\")] private protected partial void Sell();", "    internal sealed record Sold")]
    [InlineData("[Event(\"Sold\")] protected private partial void Sell();", "    internal sealed record Sold")]
    [InlineData("[Event(\"Sold\")] internal partial void Sell();", "    internal sealed record Sold")]
    [InlineData("[Event(\"Sold\")] private partial void Sell();", "    internal sealed record Sold")]
    [InlineData("[Event(\"Sold\")] partial void Sell();", "    internal sealed record Sold")]
    [InlineData("[Event(\"Sold\", Accessibility = EventAccessibility.Internal)] protected partial void Sell();", "    internal sealed record Sold")]
    [InlineData("[Event(\"Sold\", Accessibility = EventAccessibility.Public)] protected partial void Sell();", "    public sealed record Sold")]
    [InlineData("[Event(\"Sold\")] public virtual partial void Sell();", "public virtual partial void Sell()")]
    [InlineData("[Event(\"Sold\")] public partial record Sold(int A);", "case Sold sold when sold.GetType() == typeof(Sold):")]
    public void The_code_of_an_event_follows_its_member(string member, string code)
    {
        var run = GeneratorRun.With(GeneratorRun.CoreReferences, $"[EventSourced] public partial class Dog {{ {Made} {member} {Sold} public void Use() {{ }} }}");
        Assert.Empty(run.Errors);
        Assert.Contains(code, run.Files["Dog.Aggregate.g.cs"], StringComparison.Ordinal);
    }

    /// <summary>The compiler warns of a protected member in a sealed class. The warning belongs to the user's declaration only.</summary>
    [Theory]
    [InlineData("sealed partial class Dog", "[Event(\"Sold\")] protected partial void Sell();", true)]
    [InlineData("sealed partial class Dog", "[Event(\"Sold\")] protected internal partial void Sell();", true)]
    [InlineData("partial class Dog", "[Event(\"Sold\")] protected partial void Sell();", false)]
    [InlineData("sealed partial class Dog", "[Event(\"Sold\")] public partial void Sell(); protected void Help() { }", false)]
    public void A_warning_is_not_repeated_in_generated_code(string heading, string member, bool isQuiet)
    {
        var run = GeneratorRun.With(GeneratorRun.CoreReferences, $"#pragma warning disable CS0628\n[EventSourced] public {heading} {{ {Made} {member} {Sold} }}");
        Assert.Empty(run.Errors);
        Assert.Equal(isQuiet, run.Files["Dog.Aggregate.g.cs"].Contains("CS0628", StringComparison.Ordinal));
    }

    /// <summary>ToString shows each readable property once, unless the user wrote a ToString.</summary>
    [Theory]
    [InlineData("", "", "public string Name => \"\";", "(\"Name\", Name)")]
    [InlineData("", "", "public static int Shared => 1; public int this[int i] => i; public int Hidden { private get; set; } internal int Inner => 1; public int Given { set => _ = value; }", "")]
    [InlineData("", "", "public Span<int> Span => default; public unsafe int* Where => null; [Obsolete(\"no\", true)] public int Old => 1;", "")]
    [InlineData("public interface IHas { int A { get; } }", " : IHas", "int IHas.A => 1;", "")]
    [InlineData("public class Thing { public string Name => \"\"; public string Other => \"\"; }", " : Thing", "public new string Name => \"\";", "(\"Name\", Name), (\"Other\", Other)")]
    [InlineData("public class Thing { public virtual string Name => \"\"; }", " : Thing", "public override string Name => \"\";", "(\"Name\", Name)")]
    [InlineData("", "", "public string ToString(string format) => format;", "")]
    [InlineData("", "", "public override string ToString() => \"\";", null)]
    [InlineData("public class Thing { public override string ToString() => \"\"; }", " : Thing", "", null)]
    [InlineData("public class Thing { public virtual string ToString(int a) => \"\"; }", " : Thing", "", "")]
    [InlineData("", " : Exception", "", null)]
    public void ToString_shows_readable_properties(string types, string bases, string members, string? shown)
    {
        var run = GeneratorRun.With(GeneratorRun.CoreReferences, types, $"[EventSourced] public sealed partial class Dog{bases} {{ {Made} {members} }}");
        Assert.Empty(run.Errors);
        var code = run.Files["Dog.Aggregate.g.cs"];
        Assert.Equal(shown is not null, code.Contains("override string ToString()", StringComparison.Ordinal));
        if (shown is not null)
        {
            Assert.Contains($"(\"ModifiedOn\", ModifiedOn){(shown.Length == 0 ? "" : ", ")}{shown});", code, StringComparison.Ordinal);
        }
    }

    /// <summary>While the user types a property, it may be declared twice or have an unknown type.</summary>
    [Theory]
    [InlineData("public Unknown Thing { get; }")]
    [InlineData("public List<Unknown> Thing { get; }")]
    [InlineData("public int Thing => 1; public string Thing => \"\";")]
    public void A_half_typed_property_is_not_shown(string members) => Assert.DoesNotContain(
        "Thing", GeneratorRun.With(GeneratorRun.CoreReferences, $"[EventSourced] public sealed partial class Dog {{ {Made} {members} }}").Files["Dog.Aggregate.g.cs"], StringComparison.Ordinal);

    [Theory]
    [InlineData("public static Guid CreateId(string CreateId) => default; [Event(\"Made\")] public partial Dog(string CreateId);", "Id = global::Dog.CreateId(CreateId);")]
    [InlineData("public static Guid CreateId() => default; public static Guid CreateId(string name) => default; public static Guid CreateId(int age) => default; [Event(\"Made\")] public partial Dog(string name);", "Id = CreateId(name);")]
    [InlineData("public static Guid CreateId(int age = 1, string name = \"\") => default; [Event(\"Made\")] public partial Dog(string name);", "Id = CreateId(name: name);")]
    [InlineData("[Event(\"Made\")] public partial Dog(string name, int legs = 4); public static Made Usual => new(\"Fido\");", "Made(string Name, int Legs = 4)")]
    [InlineData("[Event(\"Made\")] public partial Dog(); [Event(\"Sold\", Topic = \"\")] public partial void Sell(); private void Apply(Sold e) { }", "EventTopic(\"Dog.Made\")")]
    public void Code_that_creates_an_aggregate(string members, string code)
    {
        var run = GeneratorRun.With(GeneratorRun.CoreReferences, $"[EventSourced(\"\")] public sealed partial class Dog {{ {members} private void Apply(Made e) {{ }} }}");
        Assert.Empty(run.Errors);
        Assert.Contains(code, run.Files["Dog.Aggregate.g.cs"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("public class Thing { public required string Label; }", " : Thing", "private void Apply(Made e) => Label = \"\";", true)]
    [InlineData("public class Thing { public required string Label { get; set; } }", " : Thing", "private void Apply(Made e) => Label = \"\";", true)]
    [InlineData("public class Thing { public string Label = \"\"; }", " : Thing", "private void Apply(Made e) => Label = \"\";", false)]
    public void Required_members_are_set_by_Apply(string types, string bases, string members, bool sets)
    {
        var run = GeneratorRun.With(GeneratorRun.CoreReferences, types, $"[EventSourced] public sealed partial class Dog{bases} {{ [Event(\"Made\")] public partial Dog(); {members} }}");
        Assert.Empty(run.Errors);
        Assert.Equal(sets, run.Files["Dog.Aggregate.g.cs"].Contains("SetsRequiredMembers", StringComparison.Ordinal));
    }

    // A local of an event's type is named after the event. It must not collide with the other locals of generated code.
    [Theory]
    [InlineData("Header")]
    [InlineData("Timestamp")]
    [InlineData("Writer")]
    [InlineData("E")]
    [InlineData("Reader")]
    [InlineData("Topic")]
    [InlineData("Written")]
    [InlineData("Event")]
    [InlineData("Value")]
    [InlineData("State")]
    [InlineData("Fields")]
    [InlineData("Id")]
    [InlineData("Key")]
    [InlineData("Class")]
    public void An_event_named_like_a_local_compiles(string name) => Assert.NotEmpty(GeneratorRun.Of($$"""
        [EventSourced]
        public sealed partial class Dog
        {
            [Event("{{name}}", TypeName = "{{(name is "Id" ? "IdEvent" : name)}}")]
            public partial Dog(string text, DateTimeOffset timestamp);
            private void Apply({{(name is "Id" ? "IdEvent" : name)}} e) { }

            [Event("Other")]
            public partial void Do(List<int> numbers);
            private void Apply(Other e) { }
        }

        [EventSourced]
        public abstract partial class Animal
        {
            [Event("{{name}}", TypeName = "{{(name is "Id" ? "IdEvent" : name)}}")]
            public partial void Call(string text, DateTimeOffset timestamp);
            private void Apply({{(name is "Id" ? "IdEvent" : name)}} e, EventHeader header) { }
        }
        """).Image());

    [Theory]
    [InlineData("", "[Event(\"Barked\")]", "public sealed class EventAttribute(string name) : Attribute { public string Name => name; }")]
    [InlineData("", "[X.EventSourcing.Event(\"Barked\")]", "namespace X.EventSourcing { public sealed class EventAttribute(string name) : Attribute { public string Name => name; } }")]
    [InlineData("", "[EventSourcing.X.Event(\"Barked\")]", "namespace EventSourcing.X { public sealed class EventAttribute(string name) : Attribute { public string Name => name; } }")]
    [InlineData("", "[MyEventSourcing.Event(\"Barked\")]", "namespace MyEventSourcing { public sealed class EventAttribute(string name) : Attribute { public string Name => name; } }")]
    [InlineData("", "[MyEvent(\"Barked\")]", "namespace EventSourcing { public sealed class MyEventAttribute(string name) : Attribute { public string Name => name; } }")]
    [InlineData("", "[Outer.Event(\"Barked\")]", "namespace EventSourcing { public static class Outer { public sealed class EventAttribute(string name) : Attribute { public string Name => name; } } }")]
    [InlineData("using EventAttribute = X.MarkAttribute;", "[Event(\"Barked\")]", "namespace X { public sealed class MarkAttribute(string name) : Attribute { public string Name => name; } }")]
    public async Task Another_attribute_of_the_same_name_is_ignored(string usings, string attribute, string declaration)
    {
        string[] sources =
        [
            $$"""
            {{usings}}

            [EventSourced]
            public sealed partial class Dog
            {
                [global::EventSourcing.Event("Registered")]
                public partial Dog(string name);
                private void Apply(Registered e) => Name = e.Name;
                public string Name { get; private set; } = "";

                {{attribute}}
                public void Bark() { }
            }

            public static class Elsewhere
            {
                {{attribute}}
                public static void Bark() { }
            }
            """,
            declaration,
        ];
        await Analyzers.Analysis.Verify(sources);
        Assert.All(GeneratorRun.Of(sources).Files.Values, f => Assert.DoesNotContain("Barked", f, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("X.EventSourcing")]
    [InlineData("EventSourcing.X")]
    public async Task A_class_with_another_attribute_of_the_same_name_is_ignored(string space)
    {
        string[] sources =
        [
            $$"""
            [global::{{(space.Length == 0 ? "" : space + ".")}}EventSourced]
            public sealed class Dog
            {
                public Dog(string name) => Name = name;
                public string Name { get; private set; }
                public void Rename(string name) => Name = name;
            }

            [global::{{(space.Length == 0 ? "" : space + ".")}}EventSourcedApplication]
            public sealed class School;
            """,
            $$"""
            {{(space.Length == 0 ? "" : $"namespace {space};")}}
            public sealed class EventSourcedAttribute : Attribute;
            public sealed class EventSourcedApplicationAttribute : Attribute;
            """,
        ];
        await Analyzers.Analysis.Verify(sources);
        Assert.Empty(GeneratorRun.Of(sources).Files);
    }
}
