using EventSourcing.Generators.Tests.Testing;
using Xunit;

namespace EventSourcing.Generators.Tests.Aggregates;

/// <summary>The code generated for aggregates: each case compiles with warnings as errors and matches the accepted files.</summary>
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
    public void Valid_ways_to_get_an_id_compile(string members) => Assert.Empty(GeneratorRun.Of($$"""
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

    /// <summary>Members of a record that the user wrote are kept. The generated ones fit those that the compiler would have written.</summary>
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
    public void Members_generated_for_a_record_with_a_collection(string record, string? equality, string? text)
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
