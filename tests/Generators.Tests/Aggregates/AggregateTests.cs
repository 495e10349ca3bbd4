using EventSourcing.Generators.Tests.Testing;
using Xunit;

namespace EventSourcing.Generators.Tests.Aggregates;

/// <summary>What is generated for aggregates: each case compiles with warnings as errors and looks as it was accepted.</summary>
public class AggregateTests
{
    private const string Feature = ".Aggregate.g.cs";

    [Fact]
    public void Constructor_and_command() => GeneratorRun.Of(Sources.Dog).MatchesSnapshot();

    [Fact]
    public void Several_creation_events_with_id_and_timestamp() => GeneratorRun.Of("""
        namespace School;

        [EventSourced]
        public partial class Dog
        {
            private string? _name;

            [Event("Registered")]
            public partial Dog(Guid id, string name, DateTimeOffset timestamp);
            private void Apply(Registered e, EventHeader header) => _name = $"{e.Name} {header.Version}";

            [Event("Found")]
            internal static partial Dog Find(string created, DateTimeOffset? timestamp = null);
            private void Apply(Found e) => _name = e.Created;

            [Event("Imported")]
            public static partial Dog Import(DateTimeOffset timestamp = default);

            [Event("Renamed")]
            public partial void Rename(string name, DateTimeOffset timestamp);
            private void Apply(Renamed e) => _name = e.Name;
        }
        """).MatchesSnapshot(Feature);

    [Fact]
    public void Creation_by_a_record_of_the_users() => GeneratorRun.Of("""
        namespace School;

        [EventSourced]
        public sealed partial class Dog
        {
            public required string Name { get; set; }

            private static Guid CreateId(string name, int number = 1) => UuidV5.Create(UuidV5.Url, $"/dogs/{name}/{number}");

            [Event("Registered", Creates = true)]
            public sealed partial record Registered(string Name);
            private void Apply(Registered e) => Name = e.Name;

            public static Dog Register(string name) => name == "" ? throw new ArgumentException("no name") : Create(new Registered(name));

            [Event("TrickAdded", Accessibility = EventAccessibility.Public)]
            private partial void AddTrick(string trick);
            private void Apply(TrickAdded e) { }

            [Event("Petted", Accessibility = EventAccessibility.Internal)]
            public partial void Pet();
            private void Apply(Petted e) { }
        }
        """).MatchesSnapshot(Feature);

    [Theory]
    [InlineData("public static Guid CreateId(string name) => Guid.NewGuid(); [Event(\"Made\")] public partial Dog(string name, Guid? id = null); private void Apply(Made e) { }")]
    [InlineData("public static string CreateId(string name) => name; [Event(\"Made\")] public static partial Dog Make(string? id, string name); private void Apply(Made e) { }")]
    [InlineData("[Event(\"Made\")] public partial Dog(DogId? id = null); private void Apply(Made e) { }")]
    [InlineData("[Event(\"Made\", Creates = true)] private sealed partial record Made(string Name); private void Apply(Made e) { } public static Dog Make(string id) => Create(id, new Made(id)); [Event(\"Found\")] public partial Dog(string id); private void Apply(Found e) { }")]
    [InlineData("[Event(\"Made\", Creates = true)] internal sealed partial record Made(Guid Id, List<int> Items); private void Apply(Made e) { } public static Guid CreateId(Guid id) => id; public static Dog Make(Guid id) => Create(new Made(id, [1]), DateTimeOffset.UtcNow);")]
    [InlineData("[Event(\"Made\", Creates = true)] internal sealed partial record Made; [Event(\"Found\", Creates = true)] internal sealed partial record Found; private void Apply(Made e) { } private void Apply(Found e) { } public static Dog Make() => Create(new Made()); public static Dog Create(string text) => Create(new Found());")]
    [InlineData("[Event(\"Made\", Creates = true)] internal sealed partial record Made(string Id); private void Apply(Made e) { } public static string CreateId(int number) => \"\"; public static Dog Make(string id) => Create(new Made(id));")]
    [InlineData("[Event(\"Made\", Creates = true)] internal sealed partial record Made(int Id); private void Apply(Made e) { } public static Dog Make(Guid id) => Create(id, new Made(1));")]
    public void Ways_to_an_id(string members) => Assert.Empty(GeneratorRun.Of($$"""
        public readonly record struct DogId(Guid Value);

        [EventSourced]
        public sealed partial class Dog
        {
            {{members}}
        }
        """).Errors);

    [Theory]
    [InlineData("public sealed partial record Opened(Guid Id, string Name);", "")]
    [InlineData("public sealed partial record Opened(Guid Id, string Name);", "public static Guid CreateId(Guid id) => Guid.NewGuid();")]
    [InlineData("public sealed partial record Opened : Numbered { public Opened(Guid id, string name) => (Id, Name) = (id, name); public string Name { get; init; } }", "")]
    public async Task The_Id_of_a_creation_record_is_the_id_of_the_aggregate(string record, string createId)
    {
        var program = GeneratorRun.Of($$"""
            public abstract record Numbered { public Guid Id { get; init; } }

            [EventSourced]
            public sealed partial class Kennel
            {
                public string Name { get; private set; }
                {{createId}}

                [Event("Opened", Creates = true)]
                {{record}}
                private void Apply(Opened e) => Name = e.Name;

                public static Kennel Open(Guid id, string name) => Create(new Opened(id, name));
            }

            [EventSourcedApplication(typeof(Kennel))]
            public sealed partial class Store;

            public static class Trip
            {
                public static async Task<string> Go()
                {
                    var id = Guid.NewGuid();
                    await using var store = await Store.OpenAsync("memory:");
                    var kennel = Kennel.Open(id, "K9");
                    if (kennel.Id != id)
                        return "another id";
                    await store.SaveAsync(kennel);
                    return (await store.Repository.GetAsync<Kennel>(id)).Name;
                }
            }
            """).Compile();

        Assert.Equal("K9", await (Task<string>)program.GetType("Trip")!.GetMethod("Go")!.Invoke(null, [])!);
    }

    [Fact]
    public void String_id() => GeneratorRun.Of("""
        [EventSourced("shop.customer")]
        internal sealed partial class Customer
        {
            public static string CreateId(string country, int number = 1) => $"{country}-{number}";

            [Event("Added", FormerTopics = ["shop.client.Created"])]
            internal partial Customer(string country);
            private void Apply(Added e) { }
        }
        """).MatchesSnapshot(Feature);

    [Fact]
    public void Struct_id() => GeneratorRun.Of("""
        namespace School;

        public readonly record struct DogId(Guid Value);

        [EventSourced(FormerTopics = ["Hound"])]
        public sealed partial class Dog
        {
            public static DogId CreateId() => new(Guid.CreateVersion7());

            [Event("Registered")]
            public partial Dog();
            private void Apply(Registered e) { }

            [Event("Moved", Topic = "dogs/moved")]
            public partial void Move(DogId to);
            private void Apply(Moved e) { }
        }
        """).MatchesSnapshot(Feature);

    [Fact]
    public void Nested_aggregate_with_keywords_as_names() => GeneratorRun.Of("""
        namespace School;

        public static partial class Kennel
        {
            internal partial record struct Box
            {
                [EventSourced]
                public sealed partial class @event
                {
                    public string @class { get; private set; } = "";

                    [Event("record")]
                    public partial @event(string @class, int @int);
                    private void Apply(@record e) => @class = e.Class;
                }
            }
        }
        """).MatchesSnapshot(Feature);

    [Fact]
    public void Abstract_base() => GeneratorRun.Of("""
        namespace School;

        [EventSourced]
        public abstract partial class Animal
        {
            public string Name { get; protected set; }

            [Event("Renamed")]
            public partial void Rename(string name);
            private void Apply(Renamed e) => Name = e.Name;
        }

        [EventSourced]
        public abstract partial class Pet : Animal
        {
            [Event("Adopted")]
            public partial void Adopt(string owner);
            private void Apply(Adopted e) { }
        }

        [EventSourced]
        public sealed partial class Dog : Pet
        {
            [Event("Registered")]
            public partial Dog(string name);
            private void Apply(Registered e) => Name = e.Name;

            [Event("Found")]
            public static partial Dog Find(string name);
            private void Apply(Found e) => Name = e.Name;

            [Event("Barked")]
            public partial void Bark();
            private void Apply(Barked e) { }
        }
        """).MatchesSnapshot(Feature);

    [Fact]
    public void Records_of_the_user() => GeneratorRun.Of("""
        namespace School;

        [EventSourced]
        public sealed partial class Dog
        {
            public int Weight { get; private set; }

            [Event("Registered")]
            public partial Dog();
            private void Apply(Registered e) { }

            [Event("Weighed")]
            public sealed partial record Weighing(int Kilograms, string? By = null)
            {
                public required string Scale { get; init; }
            }

            public bool Weigh(int kilograms)
            {
                if (kilograms == Weight)
                    return false;
                Raise(new Weighing(kilograms) { Scale = "A" });
                return true;
            }

            private void Apply(Weighing e) => Weight = e.Kilograms;
        }
        """).MatchesSnapshot(Feature);

    [Fact]
    public void Events_with_collections() => GeneratorRun.Of("""
        namespace School;

        [EventSourced]
        public sealed partial class Show
        {
            [Event("Opened")]
            public partial Show(string name, List<string> acts, HashSet<int>? rows, Dictionary<string, List<int>> marks, byte[] poster, (string Name, int[] Marks)? best);
            private void Apply(Opened e) { }

            [Event("Closed")]
            public partial record Closing(List<string> Left);
            private void Apply(Closing e) { }
        }
        """).MatchesSnapshot(Feature);

    /// <summary>What the user wrote of a record is left; the rest fits what the compiler would have written.</summary>
    [Theory]
    [InlineData("public sealed partial record Sold(List<int> A);", "public bool Equals(Sold? other)", "private bool PrintMembers(")]
    [InlineData("public partial record Sold(List<int> A);", "EqualityContract == other.EqualityContract", "protected virtual bool PrintMembers(")]
    [InlineData("public partial record Sold(List<int> A) : Base;", "public virtual bool Equals(Sold? other)", "protected override bool PrintMembers(")]
    [InlineData("public sealed partial record Sold(List<int> A) : Base;", "public bool Equals(Sold? other)", "protected override bool PrintMembers(")]
    [InlineData("public sealed partial record Sold(List<int> A) { public override string ToString() => \"sold\"; }", "public bool Equals(Sold? other)", null)]
    [InlineData("public sealed partial record Sold(List<int> A) { private bool PrintMembers(System.Text.StringBuilder text) => text.Length > 0; }", "public bool Equals(Sold? other)", null)]
    [InlineData("public sealed partial record Sold(List<int> A) { public override int GetHashCode() => 1; }", null, "private bool PrintMembers(")]
    [InlineData("public sealed partial record Sold(List<int> A) { public bool Equals(Sold? other) => other is not null; public override int GetHashCode() => 1; }", null, "private bool PrintMembers(")]
    [InlineData("public sealed partial record Sold(List<int> A) { public bool Equals(string other) => other == \"\"; }", "public bool Equals(Sold? other)", "private bool PrintMembers(")]
    [InlineData("public sealed partial record Sold(List<int> other, int hash, string text);", "this.other", "(\"hash\", this.hash)")]
    [InlineData("public sealed partial record Sold(int A, string[]? B);", "public bool Equals(Sold? other)", "private bool PrintMembers(")]
    [InlineData("public sealed partial record Sold(int A, string? B, (int, string) C);", null, null)]
    public void What_is_written_of_a_record_with_a_collection(string record, string? equality, string? text)
    {
        var run = GeneratorRun.With(GeneratorRun.CoreReferences, $$"""
            public abstract record Base { public string User { get; init; } = ""; }

            [EventSourced]
            public sealed partial class Dog
            {
                [Event("Registered")]
                public partial Dog(string name);
                private void Apply(Registered e) { }

                [Event("Sold")]
                {{record}}
                private void Apply(Sold e) { }
            }
            """);
        Assert.Empty(run.Errors);
        var code = run.Files["Dog.Aggregate.g.cs"];
        Assert.Equal(equality is not null, code.Contains("bool Equals(", StringComparison.Ordinal));
        Assert.Equal(equality is not null, code.Contains("int GetHashCode()", StringComparison.Ordinal));
        Assert.Contains(equality ?? "", code, StringComparison.Ordinal);
        Assert.Equal(text is not null, code.Contains("bool PrintMembers(", StringComparison.Ordinal));
        Assert.Contains(text ?? "", code, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("List<int>", "[1, 2]", "[1, 3]")]
    [InlineData("int[][]", "[[1], [2]]", "[[1], [3]]")]
    [InlineData("byte[]", "[1]", "[2]")]
    [InlineData("List<byte[]>?", "[[1]]", "null")]
    [InlineData("HashSet<string>", "[\"a\"]", "[\"b\"]")]
    [InlineData("Dictionary<int, List<int>>", "new() { [1] = [2] }", "new() { [1] = [3] }")]
    [InlineData("Dictionary<int, string>", "new() { [1] = \"a\" }", "new() { [2] = \"a\" }")]
    [InlineData("(List<int> A, int B)", "([1], 2)", "([1], 3)")]
    [InlineData("(int A, List<int> B)", "(1, [2])", "(1, [3])")]
    [InlineData("(List<int> A, int B)?", "([1], 2)", "null")]
    [InlineData("List<(int[] A, string B)>", "[([1], \"a\")]", "[([2], \"a\")]")]
    [InlineData("System.Collections.Immutable.ImmutableArray<int>", "[1]", "[2]")]
    [InlineData("System.Collections.Immutable.ImmutableArray<int>?", "new int[] { 1 }.ToImmutableArray()", "null")]
    public void Events_are_equal_when_their_items_are(string type, string value, string other)
    {
        var run = GeneratorRun.With(GeneratorRun.CoreReferences, $$"""
            using System.Collections.Immutable;

            [EventSourced]
            public sealed partial class Dog
            {
                [Event("Registered")]
                public partial Dog({{type}} value);
                private void Apply(Registered e) { }
            }

            public static class Trip
            {
                public static string Compare()
                {
                    {{type}} a = {{value}}, b = {{value}}, c = {{other}};
                    var (first, second, third) = (new Dog.Registered(a), new Dog.Registered(b), new Dog.Registered(c));
                    return $"{first == second} {first.GetHashCode() == second.GetHashCode()} {first.ToString() == second.ToString()} {first == third} {third == first}";
                }
            }
            """);
        Assert.Equal("True True True False False", run.Compile().GetType("Trip")!.GetMethod("Compare")!.Invoke(null, []));
    }

    [Fact]
    public void Default_values() => GeneratorRun.Of("""
        namespace School;

        public enum Size { Small, Large }

        [EventSourced]
        public sealed partial class Dog
        {
            [Event("Registered")]
            public partial Dog(
                string name = "a \"dog\"\n", string? note = null, int legs = 4, long fleas = -1, double weight = 1.5, decimal price = 9.90m,
                bool good = true, char mark = '\'', Size size = Size.Large, Size? other = Size.Small, DateOnly born = default, float nan = float.NaN, ulong most = ulong.MaxValue);
            private void Apply(Registered e) { }
        }
        """).MatchesSnapshot(Feature);

    [Fact]
    public void Required_members_and_a_ToString_of_the_user() => GeneratorRun.Of("""
        namespace School;

        public class Thing
        {
            public required string Label { get; init; }
        }

        [EventSourced]
        public sealed partial class Dog : Thing
        {
            public required string Name { get; set; }

            [Event("Registered")]
            public partial Dog(string name);
            private void Apply(Registered e) => Name = e.Name;

            public override string ToString() => Name;
        }
        """).MatchesSnapshot(Feature);

    private const string Made = "[Event(\"Made\")] public partial Dog(); private void Apply(Made e) { }", Sold = "private void Apply(Sold e) { }";

    /// <summary>An event is as accessible as what raises it, at least internal.</summary>
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
    public void An_event_and_its_member(string member, string code)
    {
        var run = GeneratorRun.With(GeneratorRun.CoreReferences, $"[EventSourced] public partial class Dog {{ {Made} {member} {Sold} public void Use() {{ }} }}");
        Assert.Empty(run.Errors);
        Assert.Contains(code, run.Files["Dog.Aggregate.g.cs"], StringComparison.Ordinal);
    }

    /// <summary>The compiler warns of a protected member in a sealed class, where the user wrote it.</summary>
    [Theory]
    [InlineData("sealed partial class Dog", "[Event(\"Sold\")] protected partial void Sell();", true)]
    [InlineData("sealed partial class Dog", "[Event(\"Sold\")] protected internal partial void Sell();", true)]
    [InlineData("partial class Dog", "[Event(\"Sold\")] protected partial void Sell();", false)]
    [InlineData("sealed partial class Dog", "[Event(\"Sold\")] public partial void Sell(); protected void Help() { }", false)]
    public void A_warning_is_not_repeated(string heading, string member, bool isQuiet)
    {
        var run = GeneratorRun.With(GeneratorRun.CoreReferences, $"#pragma warning disable CS0628\n[EventSourced] public {heading} {{ {Made} {member} {Sold} }}");
        Assert.Empty(run.Errors);
        Assert.Equal(isQuiet, run.Files["Dog.Aggregate.g.cs"].Contains("CS0628", StringComparison.Ordinal));
    }

    /// <summary>ToString shows the properties that can be read, each once, unless the user wrote one.</summary>
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
    public void What_is_shown_of_an_aggregate(string types, string bases, string members, string? shown)
    {
        var run = GeneratorRun.With(GeneratorRun.CoreReferences, types, $"[EventSourced] public sealed partial class Dog{bases} {{ {Made} {members} }}");
        Assert.Empty(run.Errors);
        var code = run.Files["Dog.Aggregate.g.cs"];
        Assert.Equal(shown is not null, code.Contains("override string ToString()", StringComparison.Ordinal));
        if (shown is not null)
            Assert.Contains($"(\"ModifiedOn\", ModifiedOn){(shown.Length == 0 ? "" : ", ")}{shown});", code, StringComparison.Ordinal);
    }

    /// <summary>While a property is typed, it may stand there twice, or with a type that isn't known.</summary>
    [Theory]
    [InlineData("public Unknown Thing { get; }")]
    [InlineData("public List<Unknown> Thing { get; }")]
    [InlineData("public int Thing => 1; public string Thing => \"\";")]
    public void What_is_half_typed_is_not_shown(string members) => Assert.DoesNotContain(
        "Thing", GeneratorRun.With(GeneratorRun.CoreReferences, $"[EventSourced] public sealed partial class Dog {{ {Made} {members} }}").Files["Dog.Aggregate.g.cs"], StringComparison.Ordinal);

    [Theory]
    [InlineData("public static Guid CreateId(string CreateId) => default; [Event(\"Made\")] public partial Dog(string CreateId);", "Id = global::Dog.CreateId(CreateId);")]
    [InlineData("public static Guid CreateId() => default; public static Guid CreateId(string name) => default; public static Guid CreateId(int age) => default; [Event(\"Made\")] public partial Dog(string name);", "Id = CreateId(name);")]
    [InlineData("public static Guid CreateId(int age = 1, string name = \"\") => default; [Event(\"Made\")] public partial Dog(string name);", "Id = CreateId(name: name);")]
    [InlineData("[Event(\"Made\")] public partial Dog(string name, int legs = 4); public static Made Usual => new(\"Fido\");", "Made(string Name, int Legs = 4)")]
    [InlineData("[Event(\"Made\")] public partial Dog(); [Event(\"Sold\", Topic = \"\")] public partial void Sell(); private void Apply(Sold e) { }", "EventTopic(\"Dog.Made\")")]
    public void How_an_aggregate_is_made(string members, string code)
    {
        var run = GeneratorRun.With(GeneratorRun.CoreReferences, $"[EventSourced(\"\")] public sealed partial class Dog {{ {members} private void Apply(Made e) {{ }} }}");
        Assert.Empty(run.Errors);
        Assert.Contains(code, run.Files["Dog.Aggregate.g.cs"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("public class Thing { public required string Label; }", " : Thing", "private void Apply(Made e) => Label = \"\";", true)]
    [InlineData("public class Thing { public required string Label { get; set; } }", " : Thing", "private void Apply(Made e) => Label = \"\";", true)]
    [InlineData("public class Thing { public string Label = \"\"; }", " : Thing", "private void Apply(Made e) => Label = \"\";", false)]
    public void What_is_required_is_set_by_Apply(string types, string bases, string members, bool sets)
    {
        var run = GeneratorRun.With(GeneratorRun.CoreReferences, types, $"[EventSourced] public sealed partial class Dog{bases} {{ [Event(\"Made\")] public partial Dog(); {members} }}");
        Assert.Empty(run.Errors);
        Assert.Equal(sets, run.Files["Dog.Aggregate.g.cs"].Contains("SetsRequiredMembers", StringComparison.Ordinal));
    }

    // A local of an event's type is named after it, beside those that the generated code has itself.
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
    public async Task An_attribute_of_the_same_name_elsewhere_is_not_ours(string usings, string attribute, string declaration)
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
    public async Task A_class_with_an_attribute_of_the_same_name_elsewhere_is_left_alone(string space)
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

    [Fact]
    public void Many_topics() => GeneratorRun.Of($$"""
        namespace School;

        [EventSourced]
        public sealed partial class Dog
        {
            [Event("Registered")]
            public partial Dog();
            private void Apply(Registered e) { }

            {{string.Concat(Enumerable.Range(1, 10).Select(i => $$"""
                [Event("Changed{{i}}")] public partial void Change{{i}}();
                private void Apply(Changed{{i}} e) { }

                """))}}
        }
        """).MatchesSnapshot(Feature);

    [Fact]
    public void Type_name_of_an_event() => GeneratorRun.Of("""
        [EventSourced]
        public sealed partial class Dog
        {
            [Event("Registered")]
            public partial Dog();

            [Event("Bark", TypeName = "BarkEvent")]
            public partial void Bark();
            private void Apply(BarkEvent e) { }
        }
        """).MatchesSnapshot(Feature);

    [Fact]
    public void Ids_and_fields_that_others_do_not_see() => GeneratorRun.Of("""
        namespace School;

        internal readonly record struct DogId(string Value);

        [EventSourced]
        public sealed partial class Dog
        {
            internal static DogId CreateId(string Id) => new(Id);

            [Event("Registered")]
            public partial Dog(string Id);
            private void Apply(Registered e) { }

            [Event("Moved")]
            internal partial void Move(DogId to);
            private void Apply(Moved e) { }

            [Event("Hidden")]
            private partial void Hide();
            private void Apply(Hidden e) { }

            public void Vanish() => Hide();
        }

        [EventSourcedApplication(typeof(Dog))]
        public sealed partial class TrainingSchool;
        """).MatchesSnapshot(Feature);

    [Fact]
    public void Sources_without_nullable_annotations_and_with_documentation_compile() => GeneratorRun.Of("""
        #nullable disable
        namespace School;

        /// <summary>A dog.</summary>
        [EventSourced]
        public sealed partial class Dog
        {
            /// <summary>Its name.</summary>
            public string Name { get; private set; }

            /// <summary>Registers it.</summary>
            /// <param name="name">Its name.</param>
            [Event("Registered")]
            public partial Dog(string name);
            private void Apply(Registered e) => Name = e.Name;
        }

        /// <summary>The school.</summary>
        [EventSourcedApplication(typeof(Dog))]
        public sealed partial class TrainingSchool
        {
            /// <summary>Loads a name.</summary>
            /// <param name="id">The dog's id.</param>
            public async Task<string> NameAsync(Guid id) => (await Repository.GetAsync<Dog>(id)).Name;
        }
        """).Image();
}
