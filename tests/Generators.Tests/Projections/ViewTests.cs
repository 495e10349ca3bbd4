using EventSourcing.Generators.Shared;
using EventSourcing.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Xunit;

namespace EventSourcing.Generators.Tests.Projections;

/// <summary>The code generated for views.</summary>
public class ViewTests
{
    private const string TricksPerDog = """
        namespace School;

        [Projection("tricks_per_dog", Version = 2)]
        public sealed partial record TricksPerDog([property: Key] Guid DogId, [property: Index] string Name, int Tricks)
        {
            private static TricksPerDog When(Dog.Registered e, EventHeader header) => new(header.AggregateId, e.Name, 0);

            private TricksPerDog When(Dog.TrickAdded e) => this with { Tricks = Tricks + 1 };
        }
        """;

    private const string School = """
        namespace School;

        [EventSourcedApplication(typeof(Dog), typeof(TricksPerDog))]
        public sealed partial class TrainingSchool;
        """;

    [Fact]
    public void Keys_of_the_aggregate() => GeneratorRun.Of(Sources.Dog, TricksPerDog, School).MatchesSnapshot("TricksPerDog");

    [Fact]
    public void Views_of_an_application() => GeneratorRun.Of(Sources.Dog, TricksPerDog, School).MatchesSnapshot("TrainingSchool");

    [Fact]
    public void Keys_of_events_and_columns_of_many_types() => GeneratorRun.Of(Sources.Dog, """
        namespace School;

        public enum Level { Easy, Hard }

        [Flags]
        public enum Days { None = 0, Monday = 1, Sunday = 64 }

        public readonly record struct CourseId(Guid Value);

        public sealed record Place(string Name, int Floor);

        internal static partial class Outer
        {
            [Projection("tricks")]
            internal sealed partial record Trick([property: Key, Index] string Name)
            {
                [Index]
                public Level Level { get; init; }
                public Days Days { get; init; }
                public required DateTimeOffset Since { get; init; }
                public TimeSpan? Duration { get; init; }
                public byte Count { get; init; }
                public CourseId? Course { get; init; }
                public Place? Place { get; init; }
                public List<string> Dogs { get; init; } = [];

                private static string[] KeyOf(Dog.TrickAdded e) => e.Trick.Split(' ');

                private static Trick? When(Trick? row, string key, Dog.TrickAdded e, EventHeader header) =>
                    (row ?? new(key) { Since = header.Timestamp }) with { Count = 1 };

                private static string KeyOf(Dog.Registered e, EventHeader header) => e.Name;

                private Trick? When(Dog.Registered e) => null;
            }
        }
        """.Replace("[property: Key, Index] string Name", "[property: Key] string Name")).MatchesSnapshot("Trick");

    [Fact]
    public void A_change_of_another_type_generates_nothing_again()
    {
        var run = GeneratorRun.Of(Sources.Dog, TricksPerDog, School, "namespace School; public class Other;");
        var again = run.Edit(3, "namespace School; public class Other2;");
        Assert.All(again.Reasons(StepNames.Views), reason => Assert.True(reason is IncrementalStepRunReason.Unchanged or IncrementalStepRunReason.Cached));
        Assert.All(again.OutputReasons, reason => Assert.Equal(IncrementalStepRunReason.Cached, reason));
        var changed = run.Edit(1, TricksPerDog.Replace("Tricks + 1", "Tricks + 2"));
        Assert.All(changed.OutputReasons, reason => Assert.Equal(IncrementalStepRunReason.Cached, reason));
        Assert.Contains(IncrementalStepRunReason.Modified, run.Edit(1, TricksPerDog.Replace("int Tricks", "long Tricks")).OutputReasons);
    }

    [Fact]
    public void A_view_of_a_referenced_assembly()
    {
        var library = GeneratorRun.Of(Sources.Dog, TricksPerDog);
        var run = GeneratorRun.With([.. GeneratorRun.AllReferences, MetadataReference.CreateFromImage(library.Image())], School);
        Assert.Empty(run.Errors);
        Assert.Contains("school", run.Files.Keys.First(), StringComparison.OrdinalIgnoreCase);
        Assert.Contains(run.Files.Values, file => file.Contains("\"trainingschool_tricks_per_dog\"", StringComparison.Ordinal));
    }

    /// <summary>Forms that are correct, each with its application.</summary>
    [Theory]
    [InlineData("public sealed partial record V([property: Key] Guid Id) { static V When(Dog.Registered e, EventHeader h) => new(h.AggregateId); }")]
    [InlineData("public partial record V([property: Key] Guid Id, int class_) { static V When(Dog.Registered e, EventHeader h) => new((Guid)h.AggregateId, 1); }")]
    [InlineData("public partial record V { [Key] public required Guid @class { get; init; } static V When(in Dog.Registered e, EventHeader h) => new() { @class = h.AggregateId }; }")]
    [InlineData("partial record V([property: Key] Guid Id) { static V When(Guid key, Dog.Registered e) => new(key); V When(Dog.TrickAdded e) => this; }")]
    [InlineData("partial record V([property: Key] int Id) { static int KeyOf(Dog.Registered e) => 1; static V? When(V? row, int key, Dog.Registered e) => row ?? new(key); }")]
    [InlineData("partial record V([property: Key] bool Id, [property: Index] DateOnly Day) { static List<bool> KeyOf(Dog.Registered e) => []; static V When(V? row, Dog.Registered e) => new(true, default); }")]
    [InlineData("public partial record V([property: Key] Guid Id, [property: Index] Guid? View, [property: Index] long After, [property: Index] DayOfWeek Limit) { static V When(Dog.Registered e, EventHeader h) => new(h.AggregateId, null, 1, default); }")]
    [InlineData("public partial record V([property: Key] Guid Id, int Other) { [StateIgnore] public int Twice => Other * 2; static V When(Dog.Registered e, EventHeader h) => new(h.AggregateId, 1); }")]
    [InlineData("public partial record V { public V(Guid id, string writer, DateTimeOffset at) => (Id, Writer, At) = (id, writer, at); [Key] public Guid Id { get; } [Index] public string Writer { get; } public DateTimeOffset At { get; } static V Cut(V v) => v; static V When(Dog.Registered e, EventHeader h) => Cut(new(h.AggregateId, \"\", h.Timestamp)); }")]
    [InlineData("public partial record V([property: Key] Guid Id, IReadOnlyDictionary<string, List<int>> Map, (int A, string B) Pair, HashSet<Guid> Set) { static V When(Dog.Registered e, EventHeader h) => new(h.AggregateId, new Dictionary<string, List<int>>(), (1, \"\"), []); }")]
    public void Correct_views(string view)
    {
        var run = GeneratorRun.InBuild(Sources.Dog, $"namespace School; [Projection(\"v\")] {view} [EventSourcedApplication(typeof(Dog), typeof(V))] {(view.StartsWith("public", StringComparison.Ordinal) ? "public" : "internal")} sealed partial class App;");
        Assert.Empty(run.Result.Diagnostics);
        Assert.Empty(run.Errors);
    }

    /// <summary>An event that can't be read is parked if its row is that of its aggregate, so the projection has to know which events are.</summary>
    [Theory]
    [InlineData("Park", true)]
    [InlineData("Skip", false)]
    [InlineData("Stop", false)]
    public void Topics_of_rows_of_the_aggregate(string onError, bool isWritten)
    {
        var run = GeneratorRun.InBuild(Sources.Dog, $$"""
            namespace School;
            [Projection("v", OnError = ProjectionErrorPolicy.{{onError}})]
            public partial record V([property: Key] Guid Id)
            {
                static V When(Dog.Registered e, EventHeader h) => new(h.AggregateId);
                static Guid KeyOf(Dog.TrickAdded e) => default;
                static V When(V? row, Dog.TrickAdded e) => new(default(Guid));
            }
            """);
        Assert.Empty(run.Result.Diagnostics);
        Assert.Empty(run.Errors);
        var file = run.Files.Values.Single(file => file.Contains("class RowData", StringComparison.Ordinal));
        var topics = file.Split("TopicsOfAggregate =")[1..];
        Assert.Equal(isWritten ? 2 : 0, topics.Length);
        if (isWritten)
        {
            Assert.Contains("> RowData.TopicsOfAggregate;", topics[0], StringComparison.Ordinal);
            Assert.Equal([".. __es::Topics.Of<global::School.Dog.Registered>(),"], topics[1].Split(']')[0].Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith("..", StringComparison.Ordinal)));
        }
    }

    /// <summary>An event that fails in an inline view fails its save, so nothing is left to park or to skip.</summary>
    [Theory]
    [InlineData("Inline = true", "")]
    [InlineData("Inline = true, OnError = ProjectionErrorPolicy.Stop", "")]
    [InlineData("Inline = false, OnError = ProjectionErrorPolicy.Park", "")]
    [InlineData("Inline = true, OnError = ProjectionErrorPolicy.Park", "'OnError = Park'")]
    [InlineData("OnError = ProjectionErrorPolicy.Skip, Inline = true", "'OnError = Skip'")]
    public void Inline_views(string settings, string reason)
    {
        var run = GeneratorRun.InBuild(Sources.Dog, $$"""
            namespace School;
            [Projection("v", {{settings}})]
            public partial record V([property: Key] Guid Id) { static V When(Dog.Registered e, EventHeader h) => new(h.AggregateId); }
            """);
        if (reason.Length == 0)
        {
            Assert.Empty(run.Result.Diagnostics);
            Assert.Equal(settings.Contains("Inline = true", StringComparison.Ordinal), run.Files.Values.Any(file => file.Contains("]) { IsInline = true };", StringComparison.Ordinal)));
            return;
        }

        var diagnostic = Assert.Single(run.Result.Diagnostics);
        Assert.Equal("ESG0069", diagnostic.Id);
        Assert.Contains(reason, diagnostic.GetMessage(), StringComparison.Ordinal);
    }

    /// <summary>Each mistake is reported, with its reason.</summary>
    [Theory]
    [InlineData("public sealed partial class V;", "ESG0070", "a view is a record: 'sealed partial record'")]
    [InlineData("public partial record struct V([property: Key] Guid Id);", "ESG0061", "it isn't a record class")]
    [InlineData("public sealed record V([property: Key] Guid Id);", "ESG0001", "'V' must be partial")]
    [InlineData("public sealed partial record V<T>([property: Key] Guid Id);", "ESG0002", "generic")]
    [InlineData("public abstract partial record V([property: Key] Guid Id);", "ESG0061", "it is abstract")]
    [InlineData("public record B; public partial record V([property: Key] Guid Id) : B;", "ESG0061", "it derives from another record")]
    [InlineData("public partial record V([property: Key] Guid Id);", "ESG0061", "it has no method When")]
    [InlineData("public partial record V([property: Key] Guid Id) { class RowData; static V When(Dog.Registered e, EventHeader h) => new(h.AggregateId); }", "ESG0028", "RowData")]
    [InlineData("public partial record V(Guid Id) { static V When(Dog.Registered e, EventHeader h) => new(h.AggregateId); }", "ESG0062", "no property has [Key]")]
    [InlineData("public partial record V([property: Key] Guid Id, [property: Key] int Other) { static V When(Dog.Registered e, EventHeader h) => new(h.AggregateId, 1); }", "ESG0062", "a view has one key")]
    [InlineData("public partial record V([property: Key] Guid? Id) { static V When(Dog.Registered e, EventHeader h) => new((Guid)h.AggregateId); }", "ESG0062", "it may be null")]
    [InlineData("public partial record V([property: Key] double Id) { static double KeyOf(Dog.Registered e) => 1; static V When(Dog.Registered e) => new(1); }", "ESG0062", "aren't compared alike")]
    [InlineData("public partial record V([property: Key] string Id) { static V When(Dog.Registered e) => new(\"\"); }", "ESG0062", "the id of 'Dog' has the type 'Guid', but the key of the view 'string'")]
    [InlineData("public partial record V([property: Key] Guid Id, [property: Index] double D) { static V When(Dog.Registered e, EventHeader h) => new(h.AggregateId, 1); }", "ESG0061", "'D' can't have an [Index]")]
    [InlineData("public partial record V([property: Key, Index] Guid Id) { static V When(Dog.Registered e, EventHeader h) => new(h.AggregateId); }", "ESG0061", "needs no [Index]")]
    [InlineData("public partial record V([property: Key] Guid Id, int Xmin) { static V When(Dog.Registered e, EventHeader h) => new(h.AggregateId, 1); }", "ESG0061", "which every table has")]
    [InlineData("public partial record V([property: Key] Guid Id) { public int N { get; set; } static V When(Dog.Registered e, EventHeader h) => new(h.AggregateId); }", "ESG0061", "'N' has a setter")]
    [InlineData("public partial record V([property: Key] Guid Id, Action A) { static V When(Dog.Registered e, EventHeader h) => new(h.AggregateId, () => { }); }", "ESG0006", "'A' of the view 'V'")]
    [InlineData("public partial record V([property: Key] Guid Id, int MyName, int My_name) { static V When(Dog.Registered e, EventHeader h) => new(h.AggregateId, 1, 1); }", "ESG0061", "would be the same column 'my_name'")]
    [InlineData("public partial record V([property: Key] Guid Id, int Größe) { static V When(Dog.Registered e, EventHeader h) => new(h.AggregateId, 1); }", "ESG0061", "would be 'größe'")]
    [InlineData("public partial record V([property: Key] Guid Id) { void When(Dog.Registered e) { } }", "ESG0063", "must return 'V' or null")]
    [InlineData("public partial record V([property: Key] Guid Id) { static V? When(Dog.Registered e) => null; }", "ESG0063", "creates a row, so it can't return null")]
    [InlineData("public partial record V([property: Key] Guid Id) { static V When() => null!; }", "ESG0063", "must take an event")]
    [InlineData("public partial record V([property: Key] Guid Id) { static V When(Dog.Registered e, int x) => null!; }", "ESG0063", "must take an event")]
    [InlineData("public partial record V([property: Key] Guid Id) { static V When<T>(Dog.Registered e) => null!; }", "ESG0063", "is generic")]
    [InlineData("public partial record V([property: Key] Guid Id) { static V When(ref Dog.Registered e) => null!; }", "ESG0063", "by reference")]
    [InlineData("public partial record V([property: Key] Guid Id) { V When(V? row, Dog.Registered e) => this; }", "ESG0063", "takes a row, so it must be static")]
    [InlineData("public partial record V([property: Key] Guid Id) { V When(Guid key, Dog.Registered e) => this; }", "ESG0063", "takes the key, which the row has already")]
    [InlineData("public partial record V([property: Key] Guid Id) { static V When(string e) => null!; }", "ESG0063", "takes 'string', which isn't an event of an aggregate")]
    [InlineData("public partial record V([property: Key] Guid Id) { static V When(Dog.Barked e) => null!; }", "ESG0063", "takes 'Dog.Barked', which isn't an event of an aggregate")]
    [InlineData("public partial record V([property: Key] Guid Id) { static V When(Registered e) => null!; }", "ESG0063", "write the name of its aggregate before it")]
    [InlineData("public partial record V([property: Key] Guid Id) { static V When(Dog.Registered e) => null!; V When(Dog.Registered e, EventHeader h) => this; }", "ESG0063", "is the second for")]
    [InlineData("public partial record V([property: Key] Guid Id) { static Guid KeyOf(Dog.TrickAdded e) => default; static V When(Dog.Registered e) => null!; }", "ESG0063", "is never called")]
    [InlineData("public partial record V([property: Key] Guid Id) { static Guid KeyOf(Dog.Registered e) => default; static Guid[] KeyOf(Dog.Registered e, EventHeader h) => []; static V When(Dog.Registered e) => null!; }", "ESG0063", "'KeyOf(Dog.Registered, EventHeader)' is the second for 'School.Dog.Registered'")]
    [InlineData("public partial record V([property: Key] Guid Id) { static V When(IEvent e) => null!; }", "ESG0063", "takes 'IEvent', which isn't an event of an aggregate")]
    [InlineData("public partial record V([property: Key] Guid Id) { static V When(Dog e) => null!; }", "ESG0063", "takes 'Dog', which isn't an event of an aggregate")]
    [InlineData("public partial record V([property: Key] Guid Id) { Guid KeyOf(Dog.Registered e) => default; static V When(Dog.Registered e) => null!; }", "ESG0063", "must be static")]
    [InlineData("public partial record V([property: Key] Guid Id) { static int KeyOf(Dog.Registered e) => default; static V When(Dog.Registered e) => null!; }", "ESG0063", "must return the key 'Guid'")]
    public void Mistakes(string view, string id, string reason)
    {
        var run = GeneratorRun.InBuild(Sources.Dog, view.Contains("record B;", StringComparison.Ordinal)
            ? "namespace School; public record B; [Projection(\"v\")] " + view["public record B; ".Length..]
            : $"namespace School; [Projection(\"v\")] {view}");
        var diagnostic = Assert.Single(run.Result.Diagnostics.DistinctBy(d => d.Id));
        Assert.Equal(id, diagnostic.Id);
        Assert.Contains(reason, diagnostic.GetMessage(), StringComparison.Ordinal);
    }

    /// <summary>Mistakes of an application that names a view.</summary>
    [Theory]
    [InlineData("[Projection(\"v\")] public partial record ViewSet([property: Key] Guid Id) { static ViewSet When(Dog.Registered e, EventHeader h) => new(h.AggregateId); } [EventSourcedApplication(typeof(Dog), typeof(ViewSet))] public partial class App;", "ESG0061", "rename the record")]
    [InlineData("[Projection(\"a234567890123456789012345678901234567890\")] public partial record V([property: Key] Guid Id) { static V When(Dog.Registered e, EventHeader h) => new(h.AggregateId); } [EventSourcedApplication(typeof(Dog), typeof(V), TablePrefix = \"b23456789012345678901234\")] public partial class App;", "ESG0061", "keep more than 63 characters")]
    [InlineData("[Projection(\"a\")] public partial record V([property: Key] Guid Id, [property: Index] int BC) { static V When(Dog.Registered e, EventHeader h) => new(h.AggregateId, 1); } [Projection(\"a_x\")] public partial record W([property: Key] Guid Id, [property: Index] int Bc) { static W When(Dog.Registered e, EventHeader h) => new(h.AggregateId, 1); } [Projection(\"a\")] public partial record X([property: Key] Guid Id) { static X When(Dog.Registered e, EventHeader h) => new(h.AggregateId); } [EventSourcedApplication(typeof(Dog), typeof(V), typeof(W), typeof(X))] public partial class App;", "ESG0064", "name of their projections, 'a'")]
    [InlineData("[Projection(\"a\")] public partial record V([property: Key] Guid Id, [property: Index] int XB) { static V When(Dog.Registered e, EventHeader h) => new(h.AggregateId, 1); } [Projection(\"a_xb\")] public partial record W([property: Key] Guid Id) { static W When(Dog.Registered e, EventHeader h) => new(h.AggregateId); } [EventSourcedApplication(typeof(Dog), typeof(V), typeof(W))] public partial class App;", "", "")]
    [InlineData("[Projection(\"a\")] public partial record V([property: Key] Guid Id, [property: Index] int B_C) { static V When(Dog.Registered e, EventHeader h) => new(h.AggregateId, 1); } [Projection(\"a_b\")] public partial record W([property: Key] Guid Id, [property: Index] int C) { static W When(Dog.Registered e, EventHeader h) => new(h.AggregateId, 1); } [EventSourcedApplication(typeof(Dog), typeof(V), typeof(W))] public partial class App;", "ESG0061", "has the name of another view's")]
    [InlineData("[EventSourced] public partial class Cat { [Event(\"Adopted\")] public partial Cat(string name); private void Apply(Adopted e) { } } [Projection(\"a\")] public partial record V([property: Key] Guid Id) { static V When(Dog.Registered e, EventHeader h) => new(h.AggregateId); } [EventSourcedApplication(typeof(Cat), typeof(V))] public partial class App;", "ESG0065", "'School.Dog.Registered'")]
    [InlineData("[EventSourced] public abstract partial class Animal { [Event(\"Fed\")] public partial void Feed(); private void Apply(Fed e) { } } [EventSourced] public partial class Cat : Animal { [Event(\"Adopted\")] public partial Cat(string name); private void Apply(Adopted e) { } } [Projection(\"a\")] public partial record V([property: Key] Guid Id) { static V When(Animal.Fed e, EventHeader h) => new(h.AggregateId); static V When(Cat.Fed e) => null!; }", "ESG0063", "is the second for 'School.Animal.Fed'")]
    [InlineData("[EventSourced] public abstract partial class Animal { [Event(\"Fed\")] public partial void Feed(); private void Apply(Fed e) { } } [EventSourced] public partial class Cat : Animal { [Event(\"Adopted\")] public partial Cat(string name); private void Apply(Adopted e) { } } [Projection(\"a\")] public partial record V([property: Key] Guid Id) { static V? When(V? row, Animal.Fed e, EventHeader h) => row; static V? When(V? row, Cat.Adopted e, EventHeader h) => row; } [EventSourcedApplication(typeof(Cat), typeof(V))] public partial class App;", "", "")]
    [InlineData("[EventSourced] public abstract partial class Animal { [Event(\"Fed\")] public partial void Feed(); private void Apply(Fed e) { } } [EventSourced] public partial class Cat : Animal { [Event(\"Adopted\")] public partial Cat(string name); private void Apply(Adopted e) { } } [Projection(\"a\")] public partial record V([property: Key] Guid Id) { static V? When(V? row, Animal.Fed e, EventHeader h) => row; static V? When(V? row, Dog.Registered e, EventHeader h) => row; } [EventSourcedApplication(typeof(Dog), typeof(V))] public partial class App;", "ESG0065", "'School.Animal.Fed'")]
    [InlineData("[EventSourced] public abstract partial class Animal { [Event(\"Fed\")] public partial void Feed(); private void Apply(Fed e) { } } [EventSourced] public partial class Cat : Animal { [Event(\"Adopted\")] public partial Cat(string name); private void Apply(Adopted e) { } } [Projection(\"a\")] public partial record V([property: Key] Guid Id) { static V? When(V? row, Dog.Registered e, EventHeader h) => row; static V? When(V? row, Cat.Adopted e, EventHeader h) => row; } [EventSourcedApplication(typeof(Dog), typeof(V))] public partial class App;", "ESG0065", "'School.Cat.Adopted'")]
    [InlineData("[Projection(\"a\")] public partial record V([property: Key] Guid Id) { static V When(Dog.Registered e, EventHeader h) => new(h.AggregateId); } public partial class N { [Projection(\"b\")] public partial record V([property: Key] Guid Id) { static V When(Dog.Registered e, EventHeader h) => new(h.AggregateId); } } [EventSourcedApplication(typeof(Dog), typeof(V), typeof(N.V))] public partial class App;", "ESG0064", "name of their records, 'V'")]
    [InlineData("[Projection(\"a\")] public partial record V([property: Key] Uri Id) { static Uri KeyOf(Dog.Registered e) => new(e.Name); static V When(Dog.Registered e) => new(new Uri(e.Name)); } [EventSourcedApplication(typeof(Dog), typeof(V))] public partial class App;", "ESG0062", "aren't compared alike")]
    [InlineData("public class VQueries; [Projection(\"a\")] public partial record V([property: Key] Guid Id) { static V When(Dog.Registered e, EventHeader h) => new(h.AggregateId); }", "ESG0028", "VQueries")]
    public void Mistakes_of_applications(string source, string id, string reason)
    {
        var run = GeneratorRun.InBuild(Sources.Dog, "namespace School; " + source);
        if (id.Length == 0)
        {
            Assert.Empty(run.Result.Diagnostics);
            Assert.Empty(run.Errors);
            return;
        }

        var diagnostic = Assert.Single(run.Result.Diagnostics.DistinctBy(d => d.Id));
        Assert.Equal(id, diagnostic.Id);
        Assert.Contains(reason, diagnostic.GetMessage(), StringComparison.Ordinal);
    }

    [Fact]
    public void Wrappers_are_stored_as_their_value_and_cut_and_restored_like_it()
    {
        var run = GeneratorRun.Of(Sources.Dog, """
            namespace Vogen { public class ValueObjectAttribute<T> : Attribute; }

            namespace School
            {
                [Vogen.ValueObject<DateTimeOffset>] public readonly partial struct Moment { public DateTimeOffset Value => default; public static Moment From(DateTimeOffset value) => default; }
                [Vogen.ValueObject<List<string>>] public readonly partial struct Tags { public List<string> Value => []; public static Tags From(List<string> value) => default; }

                [Projection("wrapped")]
                public sealed partial record Wrapped([property: Key] Guid Id, Moment Since, Moment? Until, Tags Tags, Tags? More)
                {
                    private static Wrapped When(Dog.Registered e, EventHeader header) => new(header.AggregateId, default, null, default, null);
                }
            }
            """);
        Assert.Empty(run.Errors);
        var code = string.Join('\n', run.Files.Values);
        Assert.Matches(@"Moment\.From\(\S*ViewValues\.Cut\(row\.Since\.Value\)\)", code.Split('\n').Single(line => line.Contains("? Fix(", StringComparison.Ordinal)));
        Assert.Matches(@"row\.Until is \{ \} valueUntil \? .*Cut\(valueUntil\.Value\)\) : null", code);
        Assert.Matches(@"Tags\.From\(RowJson\.Restore\d+\(row\.Tags\.Value\)\)", code);
    }

    [Theory]
    [InlineData("\"Dogs\"")]
    [InlineData("\"\"")]
    [InlineData("\"1a\"")]
    [InlineData("\"a-b\"")]
    [InlineData("\"tracking\"")]
    [InlineData("\"a2345678901234567890123456789012345678901\"")]
    [InlineData("\"v\", Version = 0")]
    [InlineData("null!")]
    public void Wrong_names_and_versions(string argument)
    {
        var run = GeneratorRun.InBuild(Sources.Dog, $"namespace School; [Projection({argument})] public partial record V([property: Key] Guid Id) {{ static V When(Dog.Registered e, EventHeader h) => new(h.AggregateId); }}");
        Assert.Equal("ESG0061", Assert.Single(run.Result.Diagnostics).Id);
    }

    [Theory]
    [InlineData("DogId", "dog_id")]
    [InlineData("IPAddress", "ip_address")]
    [InlineData("dogID", "dog_id")]
    [InlineData("A", "a")]
    [InlineData("Name2Go", "name2_go")]
    [InlineData("already_snake", "already_snake")]
    public void Names_of_columns(string property, string column) => Assert.Equal(column, Generators.Projections.ViewParser.ToSnakeCase(property));
}
