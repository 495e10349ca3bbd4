using EventSourcing.Generators.Tests.Testing;
using Xunit;

namespace EventSourcing.Generators.Tests.Serializers.Json;

/// <summary>The code generated for the states of events: each case compiles with warnings as errors.</summary>
public class SerializerTests
{
    private const string Feature = ".Json.g.cs";

    [Fact]
    public void Every_kind_of_shape() => GeneratorRun.Of("""
        using System.Collections.Immutable;
        using System.Text.Json;

        namespace School;

        public enum Size { Small, Large }

        [Flags]
        public enum Rights { Read = 1, Write = 2 }

        public sealed record Owner(string Name, Address? Address = null);

        public class Address(string street)
        {
            public string Street { get; } = street;

            public required int Number { get; init; }

            public List<string> Notes { get; set; } = [];
        }

        [StateConverter(typeof(ColourConverter))]
        public readonly record struct Colour(int Rgb);

        public static class ColourConverter
        {
            public static void Write(Utf8JsonWriter writer, Colour value) => writer.WriteNumberValue(value.Rgb);

            public static Colour Read(ref Utf8JsonReader reader) => new(reader.GetInt32());
        }

        [EventSourced]
        public sealed partial class Dog
        {
            public static Guid CreateId(string name) => Guid.Empty;

            [Event("Registered")]
            public partial Dog(string name, DateTimeOffset born, Size size = Size.Small, string? nickname = null);
            private void Apply(Registered e) { }

            [Event("Sold")]
            public partial void Sell(Owner owner, decimal price, Rights rights, (int Day, string? Remark) visit);
            private void Apply(Sold e) { }

            [Event("Groomed")]
            public partial void Groom(List<Owner> by, HashSet<int> tools, Dictionary<Size, double?> costs, ImmutableArray<Colour> colours, Address? at);
            private void Apply(Groomed e) { }

            [Event("Fed")]
            public sealed partial record Meal(string Food)
            {
                public required int Grams { get; init; }
            }
            private void Apply(Meal e) { }
        }
        """).MatchesSnapshot(Feature);

    [Fact]
    public void Every_scalar_and_every_key() => GeneratorRun.Of("""
        [Flags]
        public enum Rights { Read = 1, Write = 2 }

        public enum Size { Small, Large }

        [EventSourced]
        public sealed partial class Dog
        {
            [Event("Made")]
            public partial Dog();
            private void Apply(Made e) { }

            [Event("Scalars")]
            public partial void SetScalars(
                bool a, sbyte b, byte c, short d, ushort e, int f, uint g, long h, ulong i, nint j, nuint k, float l, double m, decimal n, char o, string p, Guid q, DateTime r,
                DateTimeOffset s, DateOnly t, TimeOnly u, TimeSpan v, Uri w, byte[] x, Size y, Rights z);
            private void Apply(Scalars e) { }

            [Event("Keys")]
            public partial void SetKeys(
                Dictionary<sbyte, int> a, Dictionary<byte, int> b, Dictionary<short, int> c, Dictionary<ushort, int> d, Dictionary<int, int> e, Dictionary<uint, int> f,
                Dictionary<long, int> g, Dictionary<ulong, int> h, Dictionary<nint, int> i, Dictionary<nuint, int> j, Dictionary<string, int> k, Dictionary<Guid, int> l,
                Dictionary<Size, int> m, Dictionary<Rights, int> n);
            private void Apply(Keys e) { }
        }
        """).MatchesSnapshot(Feature);

    [Theory]
    [InlineData("bool")]
    [InlineData("float")]
    [InlineData("double")]
    [InlineData("decimal")]
    [InlineData("char")]
    [InlineData("DateTime")]
    [InlineData("DateTimeOffset")]
    [InlineData("DateOnly")]
    [InlineData("TimeOnly")]
    [InlineData("TimeSpan")]
    [InlineData("Uri")]
    [InlineData("(int, int)")]
    [InlineData("byte[]")]
    public Task Other_types_can_not_be_keys(string key) =>
        Analyzers.Analysis.Verify(Analyzers.Programs.Dog($"[Event(\"Sold\")] public partial void Sell(Dictionary<{key}, int> {{|ESG0006:map|}}); private void Apply(Sold e) {{ }}"));

    [Fact]
    public void Every_collection() => GeneratorRun.Of("""
        using System.Collections.Frozen;
        using System.Collections.Immutable;

        [EventSourced]
        public sealed partial class Dog
        {
            [Event("Made")]
            public partial Dog();
            private void Apply(Made e) { }

            [Event("Lists")]
            public partial void SetLists(
                int[] a, string[][] b, List<int> c, IList<int> d, ICollection<int> e, IEnumerable<int> f, IReadOnlyList<int> g, IReadOnlyCollection<int> h, ImmutableArray<int> i,
                ImmutableList<int> j, IImmutableList<int> k);
            private void Apply(Lists e) { }

            [Event("Sets")]
            public partial void SetSets(
                HashSet<int> a, ISet<int> b, IReadOnlySet<int> c, SortedSet<int> d, ImmutableHashSet<int> e, IImmutableSet<int> f, ImmutableSortedSet<int> g, FrozenSet<int> h);
            private void Apply(Sets e) { }

            [Event("Maps")]
            public partial void SetMaps(
                Dictionary<int, bool> a, IDictionary<int, bool> b, IReadOnlyDictionary<int, bool> c, SortedDictionary<int, bool> d, ImmutableDictionary<int, bool> e,
                IImmutableDictionary<int, bool> f, ImmutableSortedDictionary<int, bool> g, FrozenDictionary<int, bool> h);
            private void Apply(Maps e) { }
        }
        """).MatchesSnapshot(Feature);

    [Fact]
    public void Code_without_nullable_annotations_compiles() => Assert.NotEmpty(GeneratorRun.Of("""
        #nullable disable
        namespace School;

        public class Owner
        {
            public string Name { get; set; }

            public List<string> Names { get; set; }
        }

        public class Pair<T>
        {
            public T First { get; set; }
        }

        [EventSourced]
        public sealed partial class Dog
        {
            public static Guid CreateId(string name) => Guid.Empty;

            [Event("Registered")]
            public partial Dog(string name, List<string> tricks, string[][] words, Owner owner, Pair<string> pair, Dictionary<string, Owner> byName, (string, Owner) tuple);
            private void Apply(Registered e) { }
        }
        """).Image());

    [Fact]
    public void Names_that_are_keywords_or_locals_compile() => Assert.NotEmpty(GeneratorRun.Of("""
        namespace School.@event;

        public enum @enum { @class, @default }

        public sealed record @record(string @int, string value, string field, string fields, string fields2, string _value);

        public sealed record Write(int reader);

        [EventSourced]
        public sealed partial class @class
        {
            public static Guid CreateId(string writer) => Guid.Empty;

            [Event("Registered")]
            public partial @class(string writer, int reader, string value, string field, string @namespace, @enum fields, string? result, @record e, string? state, string größe);
            private void Apply(Registered e) { }

            [Event("Read")]
            public partial void DoRead(Write write, Write? nullName, List<@enum?> list, string _writer, int? @if, DateTimeOffset time);
            private void Apply(Read e) { }

            [Event("ReadWrite")]
            public partial void DoReadWrite(Dictionary<@enum, @record?> map);
            private void Apply(ReadWrite e) { }
        }
        """).Image());

    [Fact]
    public void Initial_values_of_init_members_stand_for_missing_ones() => GeneratorRun.Of("""
        public enum Size { Small, Large }

        public sealed record Box
        {
            public decimal Price { get; init; } = 1;
            public long? Count { get; init; } = 2;
            public Size Size { get; init; } = Size.Large;
            public string Name { get; init; } = "a" + "b";
            public double? Weight { get; init; } = null;
            public List<int> Items { get; init; } = [];
            public string Label { get; init; } = null!;
            public string Note { get; set; } = default!;
            public string? Remark { get; set; } = null;
        }

        public sealed record Lid(string Colour = null!);

        [EventSourced]
        public sealed partial class Dog
        {
            public static Guid CreateId(Box box) => Guid.Empty;

            [Event("Registered")]
            public partial Dog(Box box, Lid lid, string name = null!);
            private void Apply(Registered e) { }
        }
        """).MatchesSnapshot(Feature);

    [Fact]
    public void Types_that_only_the_aggregate_can_reach_are_stored() => Assert.NotEmpty(GeneratorRun.Of("""
        namespace School;

        internal sealed partial class Kennel
        {
            internal sealed record Inside(int Value);

            [EventSourced]
            internal sealed partial class Dog
            {
                public static Guid CreateId(string name) => Guid.Empty;

                internal enum Mood { Good }

                [Event("Registered")]
                internal partial Dog(string name, Inside inside, Mood mood);
                private void Apply(Registered e) { }
            }
        }
        """).Image());

    [Fact]
    public void Two_types_with_the_same_name_have_separate_methods() => Assert.NotEmpty(GeneratorRun.Of("""
        namespace A { public sealed record Address(string Street); }
        namespace B { public sealed record Address(int Number); }
        namespace School
        {
            [EventSourced]
            public sealed partial class Dog
            {
                public static Guid CreateId(A.Address a) => Guid.Empty;

                [Event("Registered")]
                public partial Dog(A.Address a, B.Address b, List<A.Address> listA, List<B.Address> listB, Tuple<int, string> one, (int, string) two);
                private void Apply(Registered e) { }
            }
        }
        """).Image());

    [Fact]
    public void Members_with_the_same_name_in_two_types_share_a_constant()
    {
        var run = GeneratorRun.Of("""
            public sealed record Owner(string Name);
            public sealed record Kennel(string Name, Owner Owner);

            [EventSourced]
            public sealed partial class Dog
            {
                [Event("Registered")]
                public partial Dog(Kennel kennel);
                private void Apply(Registered e) { }
            }
            """);
        Assert.Empty(run.Errors);
        Assert.Equal(2, run.Files["Dog.Json.g.cs"].Split(" NameName = ").Length);
    }

    /// <summary>Locals and constants of generated readers are named after fields, and methods after events and stored types.</summary>
    [Fact]
    public void Names_in_serializers_do_not_collide()
    {
        var run = GeneratorRun.With(GeneratorRun.CoreReferences, """
            public sealed record Money(int WriteFile, int ReadMoney, int FixMoney);

            [EventSourced]
            public sealed partial class Dog
            {
                [Event("Registered")]
                public partial Dog(Guid id, Money money);

                [Event("Money")]
                public partial void Pay(Money money);

                [Event("FileName")]
                public sealed partial record FileName
                {
                    public string Note { get; set; } = "a";
                    public bool HasNote { get; set; }
                    public string Note_ { get; set; } = "b";
                    public string State { get; init; } = string.Concat("c");
                    public string Initial { get; init; } = string.Concat("d");
                }
            }
            """);
        Assert.Empty(run.Errors);
        run.Compile();
    }

    /// <summary>The fields of an object that were found are kept as sets of 64 bits.</summary>
    [Theory]
    [InlineData(1, "0x1", "")]
    [InlineData(64, "0xFFFFFFFFFFFFFFFF", "")]
    [InlineData(65, "0xFFFFFFFFFFFFFFFF", "0x1")]
    [InlineData(71, "0xFFFFFFFFFFFFFFFF", "0x7F")]
    public void Many_fields_are_counted_in_sets(int count, string first, string second)
    {
        var run = GeneratorRun.With(GeneratorRun.CoreReferences, $$"""
            public sealed record Box({{string.Join(", ", Enumerable.Range(1, count).Select(i => $"int f{i}"))}}, int fields2 = 1);

            [EventSourced]
            public sealed partial class Dog
            {
                [Event("Registered")]
                public partial Dog(Box box);
                private void Apply(Registered e) { }
            }
            """);
        Assert.Empty(run.Errors);
        var code = run.Files["Dog.Json.g.cs"];
        Assert.Contains($"fields.Require({first}, ", code, StringComparison.Ordinal);
        Assert.Equal(second.Length > 0, code.Contains("fields2.Require(", StringComparison.Ordinal));
        if (second.Length > 0)
        {
            Assert.Contains($"fields2.Require({second}, ", code, StringComparison.Ordinal);
        }

        Assert.Equal(count >= 64, code.Contains("fields2.Take(ref reader, ", StringComparison.Ordinal));
        Assert.Contains($"fields{(count <= 64 ? "" : "2")}.Take(ref reader, {(count - 1) % 64}, \"f{count}\"u8)", code, StringComparison.Ordinal);
    }

    /// <summary>An object has no time, so its first field is the first bit.</summary>
    [Fact]
    public void Many_members_are_counted_in_sets()
    {
        var run = GeneratorRun.With(GeneratorRun.CoreReferences, $$"""
            public class Big { public int F0 { get; set; } = 1; {{string.Concat(Enumerable.Range(1, 65).Select(i => $"public int F{i} {{ get; set; }} "))}} }

            [EventSourced]
            public sealed partial class Dog
            {
                [Event("Registered")]
                public partial Dog(Big big);
                private void Apply(Registered e) { }
            }
            """);
        Assert.Empty(run.Errors);
        Assert.Contains("fields.Require(0xFFFFFFFFFFFFFFFE, BigMembers)", run.Files["Dog.Json.g.cs"], StringComparison.Ordinal);
        Assert.Contains("fields2.Require(0x3, BigMembers, first: 64)", run.Files["Dog.Json.g.cs"], StringComparison.Ordinal);
    }

    /// <summary>If a member and its constructor parameter differ in nullability, the parameter counts.</summary>
    [Theory]
    [InlineData("public record T(string A) { public string? A { get; init; } = A; }")]
    [InlineData("public class T { public T(string? a) => A = a ?? \"\"; public string A { get; } }")]
    public void A_member_and_its_parameter_may_differ_in_nullability(string type) => Assert.Empty(GeneratorRun.With(GeneratorRun.CoreReferences, type, Keeper.Source("T")).Errors);

    /// <summary>Texts are sorted by their code units, also in tuples, because two texts may be equal in a culture.</summary>
    [Theory]
    [InlineData("SortedSet<string>", "SortedSet<string>(__sys::StringComparer.Ordinal)")]
    [InlineData("SortedDictionary<string, int>", "SortedDictionary<string, int>(__sys::StringComparer.Ordinal)")]
    [InlineData("System.Collections.Immutable.ImmutableSortedSet<string>", "ImmutableSortedSet.CreateBuilder<string>(__sys::StringComparer.Ordinal)")]
    [InlineData("SortedSet<(string, int)>", "SortedSet<(string, int)>(__gen::RaisedValues.Order<(string, int)>())")]
    [InlineData("SortedSet<(int, (string, int)?)>", "SortedSet<(int, (string, int)?)>(__gen::RaisedValues.Order<(int, (string, int)?)>())")]
    [InlineData("SortedSet<(int, DayOfWeek)>", "SortedSet<(int, __sys::DayOfWeek)>()")]
    [InlineData("SortedSet<(int?, string)>", "SortedSet<(int?, string)>(__gen::RaisedValues.Order<(int?, string)>())")]
    [InlineData("SortedSet<int?>", "SortedSet<int?>()")]
    [InlineData("SortedSet<DayOfWeek>", "SortedSet<__sys::DayOfWeek>()")]
    [InlineData("SortedSet<(string, DayOfWeek)>", "RaisedValues.Order<(string, __sys::DayOfWeek)>())")]
    [InlineData("SortedSet<(string, List<int>)>", "SortedSet<(string, __sys::Collections.Generic.List<int>)>()")]
    [InlineData("HashSet<string>", "HashSet<string>()")]
    public void Sorted_collections_have_an_order_that_no_culture_changes(string type, string made)
    {
        var run = GeneratorRun.With(GeneratorRun.CoreReferences, $$"""
            [EventSourced]
            public sealed partial class Dog
            {
                [Event("Registered")]
                public partial Dog({{type}} items);
                private void Apply(Registered e) { }
            }
            """);
        Assert.Empty(run.Errors);
        Assert.Contains(made, run.Files["Dog.Json.g.cs"], StringComparison.Ordinal);
    }

    /// <summary>A constant is needed only if the name is escaped, which the writer decides.</summary>
    [Theory]
    [InlineData("aZ_09z", false)]
    [InlineData("größe", true)]
    public void Only_names_beyond_ASCII_are_constants(string name, bool isConstant)
    {
        var run = GeneratorRun.Of($$"""
            [EventSourced]
            public sealed partial class Dog
            {
                [Event("Registered")]
                public partial Dog(int {{name}});
                private void Apply(Registered e) { }
            }
            """);
        Assert.Empty(run.Errors);
        Assert.Equal(isConstant, run.Files["Dog.Json.g.cs"].Contains("Field = ", StringComparison.Ordinal));
    }

    /// <summary>The depth is counted if it depends on the value: in types that may contain themselves, around them and in their parts.</summary>
    [Theory]
    [InlineData("public sealed class Node { public List<Node> Next { get; set; } = []; }", 2)]
    [InlineData("public sealed class Node { public List<Other> Next { get; set; } = []; } public sealed class Other { public Dictionary<int, Third> Next { get; set; } = []; } public sealed class Third { public Node[] Next { get; set; } = []; }", 6)]
    [InlineData("public sealed class Node { public List<Other> Next { get; set; } = []; public List<Other> Again { get; set; } = []; } public sealed class Other { public int Value { get; set; } }", 0)]
    [InlineData("public sealed record Node(Inner Inner, Point Point); public sealed record Inner(Inner? Next, Point Point); public readonly record struct Point(int X, int Y);", 3)]
    [InlineData("public sealed record Node(string? Depth, Node? Field, string? Item, Node? Exception, List<string?>? Present);", 2)]
    public void Types_that_may_contain_themselves_count_their_depth(string types, int count)
    {
        var run = GeneratorRun.Of(types + """
            [EventSourced]
            public sealed partial class Dog
            {
                [Event("Registered")]
                public partial Dog(Node node);
                private void Apply(Registered e) { }
            }
            """);
        Assert.Empty(run.Errors);
        Assert.Equal(count, run.Files["Dog.Json.g.cs"].Split("RequireDepth").Length - 1);
    }

    /// <summary>A tuple type in parentheses is copied by a tuple literal; other tuples are created by their constructors.</summary>
    [Theory]
    [InlineData("(List<int> A, int B)")]
    [InlineData("(List<int> A, int B)?")]
    [InlineData("Tuple<List<int>, int>")]
    [InlineData("Tuple<List<int>>")]
    [InlineData("ValueTuple<List<int>>")]
    [InlineData("(DateTime A, int B)")]
    [InlineData("Tuple<DateTime, (List<string>, DateTime?)>")]
    [InlineData("(int, int, int, int, int, int, int, List<int>, int)")]
    [InlineData("Tuple<int, int, int, int, int, int, int, Tuple<List<int>>>")]
    public void Every_kind_of_tuple_is_copied(string type) => Assert.Empty(GeneratorRun.Of($$"""
        [EventSourced]
        public sealed partial class Dog
        {
            [Event("Registered")]
            public partial Dog({{type}} tuple);
            private void Apply(Registered e) { }
        }
        """).Errors);

    [Fact]
    public void A_member_that_is_added_in_another_file_is_detected()
    {
        const string Dog = """
            [EventSourced]
            public sealed partial class Dog
            {
                public static Guid CreateId(Owner owner) => Guid.Empty;

                [Event("Registered")]
                public partial Dog(Owner owner);
                private void Apply(Registered e) { }
            }
            """;
        var before = GeneratorRun.Of(Dog, "public sealed record Owner(string Name);");
        Assert.DoesNotContain("\"age\"", before.Files["Dog.Json.g.cs"], StringComparison.Ordinal);
        var after = before.Edit(1, "public sealed record Owner(string Name, int Age);");
        Assert.Contains("\"age\"", after.Files["Dog.Json.g.cs"], StringComparison.Ordinal);
        Assert.NotEmpty(after.Image());
    }
}
