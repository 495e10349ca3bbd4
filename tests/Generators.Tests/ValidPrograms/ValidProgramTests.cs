using EventSourcing.Generators.Tests.Analyzers;
using EventSourcing.Generators.Tests.Testing;
using Xunit;

namespace EventSourcing.Generators.Tests.ValidPrograms;

/// <summary>Programs that the compiler accepts have no errors in their generated code.</summary>
public class ValidProgramTests
{
    private static readonly Dictionary<string, string> AcceptedPrograms = new()
    {
        ["small integers as defaults"] = Dog("""
            [Event("Levelled")]
            public partial void Level(byte a = 1, sbyte b = -1, short c = short.MinValue, ushort d = ushort.MaxValue, byte? e = 2, sbyte? f = sbyte.MinValue, short? g = null, ushort? h = 3, nint i = -5, nuint j = 5, nint? k = 6);
            private void Apply(Levelled e) { }
            """),
        ["an aggregate that is named like the keyword"] = """
            [EventSourced]
            public sealed partial class @partial { [Event("Registered")] private static partial @partial Register(string name); private void Apply(Registered e) { } }

            [EventSourcedApplication(typeof(@partial))]
            public sealed partial class School;
            """,
        ["a method Finalize, and values that are said not to be null"] = """
            using System.Diagnostics.CodeAnalysis;
            public record Box<T>(T? Value) where T : class;
            public record struct Size { [DisallowNull] public int? Feet { get; init; } }
            public sealed record Way { [DisallowNull] public int? Steps { get; init; } [DisallowNull] public string? Name { get; init; } }

            """ + Dog("""
            #pragma warning disable CS0465, CS8634
            [Event("Ended")]
            public partial void Finalize();
            private void Apply(Ended e) { }
            [Event("Walked")]
            public partial void Walk([DisallowNull] int? steps, [DisallowNull] string? name, Size size, Way way, Box<string?> box);
            private void Apply(Walked e) { }
            """),
        ["the largest and smallest values as defaults"] = Dog("""
            [Event("Levelled")]
            public partial void Level(long a = long.MinValue, ulong b = ulong.MaxValue, int c = int.MinValue, uint d = uint.MaxValue, float e = float.MaxValue, double f = double.Epsilon,
                double g = double.NegativeInfinity, float h = float.NaN, decimal i = decimal.MinValue, decimal j = 0.0000000000000000000000000001m, double k = -0.0, char l = '\uD800', char m = '\0',
                string n = "\0\"\\\u2028\uD800{}\r\n", string? o = null, int? p = null, decimal? q = 1.10m, char? r = '\'', bool? s = false, DateTime t = default, DateTimeOffset u = default, Guid v = default, TimeSpan? w = default);
            private void Apply(Levelled e) { }
            """),
        ["enums as defaults"] = """
            public enum Tiny : sbyte { Low = -3, High = 3 }
            public enum Wide : ulong { Zero, All = ulong.MaxValue }
            public enum Negative : long { Lowest = long.MinValue }
            [Flags] public enum Choices : ushort { None, A, B }
            """ + Dog("""
            [Event("Levelled")]
            public partial void Level(Tiny a = Tiny.Low, Wide b = Wide.All, Negative c = Negative.Lowest, Choices d = Choices.A | Choices.B, Tiny? e = Tiny.High, Tiny f = (Tiny)(-7), Wide g = (Wide)77, Negative h = default);
            private void Apply(Levelled e) { }
            """),
        ["defaults by attributes"] = "using System.Runtime.InteropServices; using System.Runtime.CompilerServices;" + Dog("""
            [Event("Levelled")]
            public partial void Level([Optional, DefaultParameterValue(5)] int a, string b, [Optional, DateTimeConstant(630822816000000000)] DateTime c, [Optional] long d, [Optional, DecimalConstant(1, 0, 0, 0, 15)] decimal e, int f = 3);
            private void Apply(Levelled e) { }
            """),
        ["types and members of which the compiler reports each use, where they are allowed"] = """
            #pragma warning disable TRY1, TRY2, TRY3, TRY4, TRY5, OLD1, OLD2
            using System.Diagnostics.CodeAnalysis;

            [Experimental("TRY1")] public enum Size { Small, [Experimental("TRY5")] Large }
            [Experimental("TRY2")] public record Place(string Name, [property: Experimental("TRY3")] int Height);
            [Experimental("TRY4")] public readonly record struct DogId(Guid Value);
            [Obsolete("Use Place.", DiagnosticId = "OLD1")] public record Spot(string Name);
            public class Entity { [Obsolete("Use Name.", DiagnosticId = "OLD2")] public string Label => ""; }

            [EventSourced]
            public sealed partial class Dog : Entity
            {
                [Event("Registered")]
                public partial Dog(DogId id, string name);
                private void Apply(Registered e) { }

                [Event("Walked")]
                public partial void Walk(List<Place> way, Dictionary<string, Size?>? sizes, (Spot From, Spot[] To) spots, Size size = Size.Large);
                private void Apply(Walked e) { }

                [Event("Rested")]
                public sealed partial record Rested(Place Where);
                private void Apply(Rested e) { }
            }

            [EventSourcedApplication(typeof(Dog))]
            public sealed partial class School;

            [EventSourced, Experimental("TRY1")]
            public sealed partial class Cat
            {
                [Event("Found")]
                public partial Cat(string name, Size size);
                private void Apply(Found e) { }
            }

            [EventSourcedApplication(typeof(Cat))]
            public sealed partial class Shelter
            {
                private readonly Place _place;
                public Shelter(ApplicationContext context, Place place) : base(context) => _place = place;
                public string Name => _place.Name;
            }
            """,
        ["protected members of a sealed class"] = """
            #pragma warning disable CS0628
            """ + "\n" + Dog("""
            [Event("Walked")]
            protected partial void Walk(int steps);
            private void Apply(Walked e) { }
            """),
        ["a property over a field of the compiler"] = """
            [EventSourced]
            public sealed partial class Dog
            {
                public string Name { get; private set => field = value.Trim(); }

                [Event("Registered")]
                public partial Dog(string name);
                private void Apply(Registered e) => Name = e.Name;
            }
            """,
        ["namespaces and classes that differ by case"] = """
            namespace Shop.Orders
            {
                [EventSourced] public sealed partial class Dog { [Event("Registered")] public partial Dog(string name); private void Apply(Registered e) { } }
                [EventSourced] public sealed partial class DOG { [Event("Registered")] public partial DOG(string name); private void Apply(Registered e) { } }
                [EventSourcedApplication(typeof(Dog), TablePrefix = "a")] public sealed partial class Kennel;
                [EventSourcedApplication(typeof(Dog), TablePrefix = "b")] public sealed partial class KENNEL;
            }
            namespace Shop.orders
            {
                [EventSourced("other")] public sealed partial class Dog { [Event("Registered")] public partial Dog(string name); private void Apply(Registered e) { } }
            }
            """,
        ["names in several scripts, and long ones"] = $$"""
            namespace Магазин.दुकान;
            [EventSourced("other")] public sealed partial class Hündchen
            {
                [Event("कुत्ता")] public partial Hündchen(string имя, int 名前, List<string> ключи); private void Apply(कुत्ता e) { }
                [Event("{{new string('X', 200)}}")] public partial void Äußern(string {{new string('y', 300)}});
                private void Apply({{new string('X', 200)}} e) { }
            }
            [EventSourced] public sealed partial class {{new string('L', 400)}} { [Event("Registered")] public partial {{new string('L', 400)}}(string name); private void Apply(Registered e) { } }
            """,
        ["an event in lower case"] = Dog("""
            [Event("barked")]
            public partial void Bark(int times = 1);
            private void Apply(barked e) { }

            [Event("e")]
            public partial void DoE();

            [Event("header")]
            public partial void DoHeader();
            private void Apply(e e) { }
            private void Apply(header e) { }
            """),
        ["rules for other languages"] = """
            [assembly: CLSCompliant(true)]
            namespace Shop
            {
                [EventSourced]
                public sealed partial class Dog
                {
                    [Event("Registered")]
                    public partial Dog(string name);
                    private void Apply(Registered e) { }

                    [Event("Weighed")]
                    public partial void Weigh(long grams, string _scale);
                    private void Apply(Weighed e) { }
                }

                #pragma warning disable CS3016 // The attribute takes an array of types.
                [EventSourcedApplication(typeof(Dog))]
                public sealed partial class School;
            }
            """,
        ["parameters named like generated members and locals"] = Dog("""
            [Event("Raised")]
            public partial void DoRaise(int Raise, int RaiseEvent, int _aggregateCore, int Id, int CreateId, int @e, int writer, int reader, int header, int key, int topic, int @this, int @event, int value, int field, int fields, int fields2, int result, int state, int written, int item, int items, int other, int hash, int builder, int Dog, List<int> list);
            private void Apply(Raised e) { }

            [Event("Found")]
            public static partial Dog Find(int Raise, int RaiseEvent, int _aggregateCore, int created, int createdAggregate, int CreateId, int Dog, int Id, int rehydration);
            private void Apply(Found e) { }

            [Event("Made")]
            public partial Dog(int Raise, int RaiseEvent, int _aggregateCore, int created, int CreateId, int Dog, int Id, int rehydration);
            private void Apply(Made e) { }
            """),
        ["keywords as names"] = """
            namespace @class.record.@namespace.await.where.partial.global.var;
            [EventSourced]
            public sealed partial class @await
            {
                public string @record { get; private set; } = "";
                public static Guid CreateId(string @class, int @where) => Guid.NewGuid();
                [Event("record")] public partial @await(string @class, int @where, (int @int, string @field) @partial);
                private void Apply(@record1 e) { }
                [Event("required")] public partial void @async(int @await, int @nint, int notnull, int @unmanaged, int @scoped, int extension, int args, int @file, int @dynamic, int @var, int @null);
                private void Apply(@required e) { }
                [Event("file")] public static partial @await @static(string @class, int @where);
                private void Apply(@file e) { }
            }
            [EventSourcedApplication(typeof(@await))]
            public sealed partial class @async;
            """.Replace("[Event(\"record\")]", "[Event(\"record\", TypeName = \"record1\")]", StringComparison.Ordinal),
        ["namespaces and classes of the framework's names"] = """
            namespace EventSourcing.System.Collections
            {
                public class Guid { }
                public class DateTimeOffset { }
                public class Task { }
                public class IEvent { }
                public class Topic { }
                [EventSourced]
                public sealed partial class EventSourcing
                {
                    [Event("System")] public partial EventSourcing(string name);
                    private void Apply(System e) { }
                    [Event("List")] public partial void Generic(int @global);
                    private void Apply(List e) { }
                }
                [EventSourcedApplication(typeof(EventSourcing))] public sealed partial class Text;
            }
            """,
        ["types of all outer kinds"] = """
            public partial struct A { public readonly ref partial struct B { public partial interface C { public partial record D { public partial record struct E { public static partial class F {
                [EventSourced] internal sealed partial class Dog { [Event("Registered")] internal partial Dog(string name); private void Apply(Registered e) { } }
                [EventSourcedApplication(typeof(Dog))] internal sealed partial class School;
            } } } } } }
            """,
        ["two nested applications of one name"] = Dog() + """
            public static partial class A { [EventSourcedApplication(typeof(Dog), TablePrefix = "a")] public sealed partial class School; }
            public static partial class B { [EventSourcedApplication(typeof(Dog), TablePrefix = "b")] public sealed partial class School; }
            """,
        ["unsafe members"] = """
            [EventSourced]
            public sealed unsafe partial class Dog
            {
                public int* Pointer { get; }
                public delegate*<int, void> Function => null;
                public Span<int> Span => default;
                public ref int Reference => ref _value;
                private int _value;
                public string Hidden { private get; set; } = "";
                [Event("Registered")] public unsafe partial Dog(string name);
                private void Apply(Registered e) => Hidden = e.Name + Hidden;
            }
            """,
        ["properties that are obsolete"] = """
            [EventSourced]
            public sealed partial class Dog
            {
                [Obsolete("old", error: true)] public int Old => 1;
                [Obsolete("old")] public int Older => 1;
                [Event("Registered"), Obsolete("old", error: true)] public partial Dog(string name);
                [Event("Found")] public static partial Dog Find();
                private void Apply(Registered e) { }
                private void Apply(Found e) { }
            }
            """,
        ["an obsolete constructor and obsolete names of enums"] = """
            public enum Size { Small, [Obsolete("old", error: true)] Large, [Obsolete("old")] Huge }
            public class Box
            {
                [Obsolete("old", error: true)] public Box(int width, int height) => (Width, Height) = (width, height);
                public Box() { }
                public int Width { get; set; }
                public int Height { get; set; }
            }
            """ + Dog("""
            [Event("Packed")] public partial void Pack(Box box, Size size, [System.Runtime.InteropServices.Optional, System.Runtime.InteropServices.DefaultParameterValue((Size)1)] Size other);
            private void Apply(Packed e) { }
            """),
        ["seventy fields, and none"] = Dog($$"""
            [Event("Barked")] public partial void Bark();
            private void Apply(Barked e) { }
            [Event("Measured")] public partial void Measure({{string.Join(", ", Enumerable.Range(1, 69).Select(i => $"int a{i}"))}}, List<string> last);
            private void Apply(Measured e) { }
            """),
        ["collections of all kinds"] = Dog("""
            [Event("Gathered")] public partial void Gather(List<string> a, string[]? b, HashSet<int> c, Dictionary<string, List<int>> d, byte[] e, List<List<string?>>? f, System.Collections.Immutable.ImmutableArray<int> g,
                System.Collections.Immutable.ImmutableArray<int>? h, (int, List<string>) i, IReadOnlySet<List<int>> j, List<System.Collections.Immutable.ImmutableArray<string>> k, (int A, (byte[]? B, string C) D)? l, IEnumerable<int> m, Tuple<int, List<int>> n, List<(int, int[])> o);
            private void Apply(Gathered e) { }
            """),
        ["collections without annotations"] = "#nullable disable\n" + Dog("""
            [Event("Gathered")] public partial void Gather(List<string> a, string[] b, HashSet<string> c, Dictionary<string, List<string>> d, byte[] e, List<List<string>> f, (int, List<string>) i, string j, List<(string, int[])> o);
            private void Apply(Gathered e) { }
            """),
        ["records of the user's with collections"] = Dog("""
            [Event("Gathered")] public sealed partial record Gathered(List<string> Names, int other, byte[]? hash) { public required HashSet<int> Set { get; init; } }
            private void Apply(Gathered e) { }
            [Event("Opened")] public partial record Opened(List<string> Names);
            private void Apply(Opened e) { }
            [Event("Own")] public sealed partial record Own(List<string> Names) { public bool Equals(Own? other) => other is not null; public override int GetHashCode() => 1; public override string ToString() => "own"; }
            private void Apply(Own e) { }
            """),
        ["interfaces that the generated members fulfil"] = """
            public interface IEntity { Guid Id { get; } long Version { get; } DateTimeOffset CreatedOn { get; } }
            public interface IOther { int Id { get; } void Raise(int e); string ToString(); }
            [EventSourced]
            public sealed partial class Dog : IEntity, IOther, IComparable<Dog>
            {
                int IOther.Id => 1;
                void IOther.Raise(int e) { }
                public int CompareTo(Dog? other) => 0;
                public int this[int index] => index;
                [Event("Registered")] public partial Dog(string name);
                private void Apply(Registered e) { }
            }
            """,
        ["a tuple with names, and parameters of every modifier"] = Dog("""
            [Event("Gathered")] internal partial void Gather((int first, (string? @class, int) Second) pair, scoped in int x);
            """.Replace(", scoped in int x", "", StringComparison.Ordinal) + """
            private void Apply(in Gathered e) { }
            [Event("Hidden")] internal partial void Hide(string? name);
            private void Apply(Hidden e) { }
            """),
        ["a base class of the user's"] = """
            public abstract class Entity
            {
                private protected string Note { get; set; } = "";
                private int Version { get; set; }
                internal Entity() => Version++;
                public virtual string Label { private get; set; } = "";
                public override string ToString() => Label;
            }
            [EventSourced]
            public sealed partial class Dog : Entity
            {
                [Event("Registered")] public partial Dog(string name);
                private void Apply(Registered e) => Note = e.Name;
            }
            """,
    };

    private static readonly Dictionary<string, (string Id, string Program)> RefusedPrograms = new()
    {
        ["a file-local aggregate"] = ("ESG0003", """
            [EventSourced]
            file sealed partial class Dog { [Event("Registered")] public partial Dog(string name); private void Apply(Registered e) { } }
            """),
        ["an aggregate in a file-local class"] = ("ESG0003", """
            file static partial class Kennel { [EventSourced] public sealed partial class Dog { [Event("Registered")] public partial Dog(string name); private void Apply(Registered e) { } } }
            """),
        ["a factory of a class that is named like the keyword"] = ("ESG0009", """
            [EventSourced]
            public sealed partial class @partial { [Event("Registered")] private static partial @partial Register(string GetType); private void Apply(Registered e) { } }
            """),
        ["two events of one type name"] = ("ESG0009", Dog("""
            [Event("Barked", TypeName = "Noise")] public partial void Bark();
            [Event("Howled", TypeName = "Noise")] public partial void Howl();
            private void Apply(Noise e) { }
            """)),
        ["an event that hides a type of another"] = ("ESG0009", "public record Payment(decimal Amount);" + Dog("""
            [Event("Payment")] partial void Pay(decimal amount);
            private void Apply(Payment e) { }
            [Event("Refunded")] partial void Refund(List<Payment> originals);
            private void Apply(Refunded e) { }
            """)),
        ["an event that hides the type of an id"] = ("ESG0009", "public readonly record struct DogId(Guid Value);" + """
            [EventSourced] public sealed partial class Dog
            {
                public static DogId CreateId(string name) => new(Guid.NewGuid());
                [Event("Registered")] public partial Dog(string name);
                private void Apply(Registered e) { }
                [Event("DogId")] public partial void Identify();
                private void Apply(DogId e) { }
            }
            """),
        ["an event that hides the header"] = ("ESG0009", Dog("""
            [Event("EventHeader")] public partial void Head();
            [Event("Barked")] public partial void Bark();
            private void Apply(Barked e, EventHeader header) { }
            """)),
        ["an event named like a member of every object"] = ("ESG0009", Dog("""[Event("GetType")] public partial void Typed(); private void Apply(GetType e) { }""")),
        ["an event named like an accessor"] = ("ESG0009", Dog("""[Event("get_Version")] public partial void Typed(); private void Apply(get_Version e) { }""")),
        ["an event named like the indexer"] = ("ESG0009", Dog("""public int this[int i] => i; [Event("Item")] public partial void Typed(); private void Apply(Item e) { }""")),
        ["an event named var"] = ("ESG0009", Dog("""[Event("var")] public partial void Typed(); private void Apply(@var e) { }""")),
        ["an event named nint"] = ("ESG0009", Dog("""[Event("nint")] public partial void Typed(nint value = 1); private void Apply(@nint e) { }""")),
        ["an event named like a member of the base"] = ("ESG0009", """
            public class Entity { public int Barked { get; set; } }
            [EventSourced] public sealed partial class Dog : Entity
            {
                [Event("Registered")] public partial Dog(string name); private void Apply(Registered e) { }
                [Event("Barked")] public partial void Bark();
            }
            """),
        ["a type named var"] = ("ESG0003", "public class @var { }" + Dog()),
        ["a base class with an id"] = ("ESG0023", """
            public abstract class Entity { public Guid Id { get; protected set; } }
            [EventSourced] public sealed partial class Dog : Entity { [Event("Registered")] public partial Dog(string name); private void Apply(Registered e) { } }
            """),
        ["a base class whose base has a version"] = ("ESG0023", """
            public abstract class Root { protected int Version; }
            public abstract class Entity : Root { }
            [EventSourced] public sealed partial class Dog : Entity { [Event("Registered")] public partial Dog(string name); private void Apply(Registered e) { } }
            """),
        ["an aggregate named like an event of its base"] = ("ESG0023", """
            [EventSourced] public abstract partial class Animal { [Event("Dog")] public partial void Bark(); private void Apply(Dog e) { } }
            [EventSourced] public sealed partial class Dog : Animal { [Event("Registered")] public partial Dog(string name); private void Apply(Registered e) { } }
            """),
        ["a member named like an event of the base"] = ("ESG0028", """
            [EventSourced] public abstract partial class Animal { [Event("Fed")] public partial void Feed(); private void Apply(Fed e) { } }
            [EventSourced] public sealed partial class Dog : Animal { [Event("Registered")] public partial Dog(string name); private void Apply(Registered e) { } public bool Fed { get; private set; } }
            """),
        ["a type named partial"] = ("ESG0006", "public sealed record @partial(int Number);" + Dog("""[Event("Fed")] public partial void Feed(@partial food); private void Apply(Fed e) { }""")),
        ["an accessor of a generated property"] = ("ESG0028", Dog("""public int get_Version() => 1;""")),
        ["an aggregate named file, refused"] = ("ESG0015", """
            [EventSourced] public sealed partial class @file { public static Guid CreateId(int number) => Guid.NewGuid(); [Event("Registered")] public partial @file(string name); private void Apply(Registered e) { } }
            """),
        ["an aggregate whose base is refused"] = ("ESG0028", """
            [EventSourced] public abstract partial class Animal { [Event("Barked")] public partial void Version(); private void Apply(Barked e) { } }
            [EventSourced] public sealed partial class Dog : Animal { [Event("Registered")] public partial Dog(string name); private void Apply(Registered e) { } }
            [EventSourcedApplication(typeof(Dog))] public sealed partial class School;
            """),
        ["a record event with a private setter"] = ("ESG0006", Dog("""
            [Event("Gathered")] public sealed partial record Gathered { public string Name { get; private set; } = ""; }
            private void Apply(Gathered e) { }
            """)),
        ["an obsolete member of a stored type"] = ("ESG0006", """
            public class Box { public int Width { get; set; } [Obsolete("old", error: true)] public int Height { get; set; } }
            """ + Dog("""[Event("Packed")] public partial void Pack(Box box); private void Apply(Packed e) { }""")),
        ["an obsolete type"] = ("ESG0006", """
            [Obsolete("old", error: true)] public class Box { public int Width { get; set; } }
            """ + Dog("""[Event("Packed"), Obsolete("old")] public partial void Pack(Box box); private void Apply(Packed e) { }""")),
        ["an application with a base that takes something"] = ("ESG0026", Dog() + """
            public class Service(int number) { public int Number => number; }
            [EventSourcedApplication(typeof(Dog))] public sealed partial class School : Service;
            """),
        ["an application with a required member"] = ("ESG0026", Dog() + """
            [EventSourcedApplication(typeof(Dog))] public sealed partial class School { public required string Name { get; set; } }
            """),
        ["an application whose base has a repository"] = ("ESG0028", Dog() + """
            public class Service { protected object Repository => this; }
            [EventSourcedApplication(typeof(Dog))] public sealed partial class School : Service;
            """),
        ["a class of the user's for dependency injection"] = ("ESG0028", Dog() + """
            [EventSourcedApplication(typeof(Dog))] public sealed partial class School;
            public static class SchoolServiceCollectionExtensions;
            """),
        ["a service that a generated class hides"] = ("ESG0026", Dog() + """
            public class Registry { }
            [EventSourcedApplication(typeof(Dog))] public sealed partial class School(ApplicationContext context, Registry registry) : EventSourcedApplication<System.Guid>(context) { public (object, object) All => (context, registry); }
            """),
    };

    public static TheoryData<string> AcceptedNames => new(AcceptedPrograms.Keys);

    public static TheoryData<string> RefusedNames => new(RefusedPrograms.Keys);

    [Theory, MemberData(nameof(AcceptedNames))]
    public Task A_valid_program_compiles(string name) => Verdict.Accepted(GeneratorRun.Of(AcceptedPrograms[name]));

    [Theory, MemberData(nameof(RefusedNames))]
    public Task A_program_that_can_not_be_supported_is_refused(string name) => Verdict.Refused(GeneratorRun.Of(RefusedPrograms[name].Program), RefusedPrograms[name].Id);

    [Theory]
    [InlineData("Id"), InlineData("Version"), InlineData("Raise"), InlineData("EventJson"), InlineData("PendingEvents"), InlineData("ToString"), InlineData("_aggregateCore")]
    public Task An_aggregate_can_not_be_named_like_a_generated_member(string name) => Verdict.Refused(GeneratorRun.Of($$"""
        [EventSourced] public sealed partial class {{name}} { [Event("Registered")] public partial {{name}}(string name); private void Apply(Registered e) { } }
        """), "ESG0003");

    [Theory]
    [InlineData("Repository"), InlineData("Registry"), InlineData("Recorder"), InlineData("SqliteRecorder"), InlineData("SaveAsync"), InlineData("SchemaSql"), InlineData("RetryOnConflictAsync")]
    public Task An_application_can_not_be_named_like_a_generated_member(string name) => Verdict.Refused(GeneratorRun.Of(Dog(), $$"""
        [EventSourcedApplication(typeof(Dog))] public sealed partial class {{name}};
        """), "ESG0003");

    [Fact]
    public void An_attribute_on_two_parts_is_read_once()
    {
        var run = GeneratorRun.Of(Dog(), "[EventSourced] partial class Dog;", Programs.School(), "[EventSourcedApplication(typeof(Dog))] partial class TrainingSchool;");

        Assert.All(run.Errors, e => Assert.Equal("CS0579", e.Id));
        Assert.Contains("Dog.Aggregate.g.cs", run.Files.Keys);
        Assert.Contains("TrainingSchool.Application.g.cs", run.Files.Keys);
    }

    [Fact]
    public void Files_have_plain_names_unless_two_would_be_the_same()
    {
        var run = GeneratorRun.Of(AcceptedPrograms["namespaces and classes that differ by case"]);

        Assert.Equal(run.Files.Count, run.Files.Keys.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.All(run.Files.Keys, f => Assert.StartsWith("Shop.orders.", f, StringComparison.OrdinalIgnoreCase));
        Assert.Contains("Dog.Aggregate.g.cs", GeneratorRun.Of(Dog()).Files.Keys);
        Assert.All(GeneratorRun.Of(AcceptedPrograms["names in several scripts, and long ones"]).Files.Keys, f => Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(f), 1, 200));
    }

    [Theory]
    [InlineData("[Event(\"Fed\")] public partial void Feed(decimal );")]
    [InlineData("[Event(\"Fed\")] public partial void Feed(decimal ")]
    [InlineData("[Event(\"Fed\")] public partial void Feed(decimal food")]
    [InlineData("[Event(\"Fed\")] public partial void Feed(decimal food private void Apply(Fed e) { }")]
    [InlineData("[Event(\"Fed\")] public partial void Feed(decimal food, );")]
    [InlineData("[Event(\"Fed\")] public partial void Feed(decimal food int more);")]
    [InlineData("[Event(\"Fed\")] public partial void Feed(food);")]
    [InlineData("[Event(\"Fed\")] public partial void Feed(List< food);")]
    [InlineData("[Event(\"Fed\")] public partial void Feed(Dictionary<string, > food);")]
    [InlineData("[Event(\"Fed\")] public partial void Feed(List<Dictionary<, >[]> food);")]
    [InlineData("[Event(\"Fed\")] public partial void Feed((int a, ) food);")]
    [InlineData("[Event(\"Fed\")] public partial void Feed((int, string food);")]
    [InlineData("[Event(\"Fed\")] public partial void Feed(int[ food);")]
    [InlineData("[Event(\"Fed\")] public partial void Feed(global:: food);")]
    [InlineData("[Event(\"Fed\")] public partial void Feed(System. food);")]
    [InlineData("[Event(\"Fed\")] public partial void Feed(int food = );")]
    [InlineData("[Event(\"Fed\")] public partial void Feed(ref );")]
    [InlineData("[Event(\"Fed\")] public partial void Feed(params int[] );")]
    [InlineData("[Event(\"Fed\")] public partial void (decimal food);")]
    [InlineData("[Event(\"Fed\")] public partial void ")]
    [InlineData("[Event(\"Fed\")] public partial Feed(decimal food);")]
    [InlineData("[Event(\"Fed\")] public partial List< Feed(decimal food);")]
    [InlineData("[Event(\"Fed\")] public partial Dog(decimal );")]
    [InlineData("[Event(\"Fed\")] public static partial Dog Feed(decimal );")]
    [InlineData("[Event(\"Fed\")] public sealed partial record (int Food);")]
    [InlineData("[Event(\"Fed\")] public sealed partial record Fed(int );")]
    [InlineData("[Event(\"Fed\")] public sealed partial record Fed(int Food")]
    [InlineData("[Event(\"\")] public partial void Feed(decimal food);")]
    [InlineData("[Event(\"Fe d\")] public partial void Feed(decimal food);")]
    [InlineData("[Event(\"Fed\", TypeName = \"\")] public partial void Feed(decimal food);")]
    [InlineData("[Event(\"Fed\", TypeName = )] public partial void Feed(decimal food);")]
    [InlineData("[Event(\"Fed] public partial void Feed(decimal food);")]
    [InlineData("[Event(] public partial void Feed(decimal food);")]
    [InlineData("[Event] public partial void Feed(decimal food);")]
    [InlineData("[EventSourced] public partial class { [Event(\"Fed\")] public partial void Feed(decimal food); }")]
    [InlineData("[EventSourced] public partial class Puppy : { [Event(\"Fed\")] public partial Puppy(decimal food); }")]
    [InlineData("public partial class { [EventSourced] public partial class Puppy { [Event(\"Fed\")] public partial Puppy(decimal food); } }")]
    [InlineData("[EventSourcedApplication(typeof(Dog))] public partial class ;")]
    [InlineData("[EventSourcedApplication(typeof())] public partial class School;")]
    [InlineData("[EventSourcedApplication(typeof(Dog), ] public partial class School;")]
    [InlineData("public static CreateId(string name) => default;")]
    [InlineData("public static Guid CreateId(string ) => default;")]
    public void Half_typed_code_causes_no_syntax_error_in_generated_files(string member)
    {
        var run = GeneratorRun.Of(Dog(member));

        Assert.All(run.Result.GeneratedSources, s => Assert.Empty(s.SyntaxTree.GetDiagnostics(TestContext.Current.CancellationToken)));
    }

    private static string Dog(string members = "") => Programs.Dog(members).Replace("public List<string> Tricks { get; } = [];", "", StringComparison.Ordinal);
}
