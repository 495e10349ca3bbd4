using EventSourcing.Generators.CodeFixes;
using Microsoft.CodeAnalysis.CodeFixes;
using Xunit;

namespace EventSourcing.Generators.Tests.CodeFixes;

/// <summary>"Fix all" fixes every occurrence of a fault at once: several in one class, in one list of arguments, and in several files.</summary>
public sealed class FixAllTests
{
    [Fact]
    public Task ESG0001_adds_partial_to_classes_and_their_containing_classes() => Fixing.VerifyAll<MakePartialCodeFix>("ESG0001", [
        $$"""
        public class Kennel
        {
            {{Class("[EventSourced] public sealed class Dog")}}
            {{Class("[EventSourced] public sealed class Cat")}}
        }
        """,
        Class("[EventSourced] sealed class Fox"),
        ], [
        $$"""
        public partial class Kennel
        {
            {{Class("[EventSourced] public sealed partial class Dog")}}
            {{Class("[EventSourced] public sealed partial class Cat")}}
        }
        """,
        Class("[EventSourced] sealed partial class Fox"),
        ]);

    [Fact]
    public Task ESG0004_adds_partial_to_members() => Members<MakeEventMemberPartialCodeFix>(
        "ESG0004", "[Event(\"#ed\")]\npublic sealed record #ed(string Name);\nprivate void Apply(#ed e) => Name = e.Name;", "[Event(\"#ed\")]\npublic sealed partial record #ed(string Name);\nprivate void Apply(#ed e) => Name = e.Name;");

    [Fact]
    public Task ESG0004_moves_bodies() => Members<MakeEventMemberPartialCodeFix>(
        "ESG0004", "[Event(\"#ed\")]\npublic void Do#(string name)\n{\n    // It is given.\n    Name = name;\n}", "[Event(\"#ed\")]\npublic partial void Do#(string name);\nprivate void Apply(#ed e)\n{\n    // It is given.\n    Name = e.Name;\n}");

    [Fact]
    public Task ESG0005_returns_nothing() => Members<ReturnVoidCodeFix>(
        "ESG0005", "[Event(\"#ed\")]\npublic partial bool Do#(string name);\nprivate void Apply(#ed e) => Name = e.Name;", "[Event(\"#ed\")]\npublic partial void Do#(string name);\nprivate void Apply(#ed e) => Name = e.Name;");

    [Fact]
    public Task ESG0009_names_types() => Members<NameEventTypeCodeFix>(
        "ESG0009",
        "public bool #ed { get; private set; }\n[Event(\"#ed\")]\npublic partial void Do#(string name);\nprivate void Apply(#ed e) => #ed = e.Name.Length > 0;",
        "public bool #ed { get; private set; }\n[Event(\"#ed\", TypeName = \"#edEvent\")]\npublic partial void Do#(string name);\nprivate void Apply(#edEvent e) => #ed = e.Name.Length > 0;");

    [Fact]
    public Task ESG0010_makes_types_accessible() => Fixing.VerifyAll<MakeAccessibleCodeFix>("ESG0010", [
        Aggregate("Dog", Indented("private enum Size { Small }\nprivate record struct Place(int X);\n[Event(\"Sized\")]\npublic partial void Resize(Size size, List<Place?[]> places);\nprivate void Apply(Sized e) { }\n[Event(\"Grown\")]\ninternal partial void Grow(Size size);\nprivate void Apply(Grown e) { }")),
        "enum Colour { Black }\n" + Aggregate("Cat", Indented("record Shelf(int Number);\n[Event(\"Shelved\")]\ninternal partial void Shelve(Shelf shelf, Colour colour);\nprivate void Apply(Shelved e) { }\n[Event(\"Dyed\")]\npublic partial void Dye(Colour colour);\nprivate void Apply(Dyed e) { }")),
        ], [
        Aggregate("Dog", Indented("public enum Size { Small }\npublic record struct Place(int X);\n[Event(\"Sized\")]\npublic partial void Resize(Size size, List<Place?[]> places);\nprivate void Apply(Sized e) { }\n[Event(\"Grown\")]\ninternal partial void Grow(Size size);\nprivate void Apply(Grown e) { }")),
        "public enum Colour { Black }\n" + Aggregate("Cat", Indented("internal record Shelf(int Number);\n[Event(\"Shelved\")]\ninternal partial void Shelve(Shelf shelf, Colour colour);\nprivate void Apply(Shelved e) { }\n[Event(\"Dyed\")]\npublic partial void Dye(Colour colour);\nprivate void Apply(Dyed e) { }")),
        ]);

    [Fact]
    public Task ESG0024_makes_classes_abstract() => Fixing.VerifyAll<MakeAbstractCodeFix>(
        "ESG0024",
        ["// Any.\n[EventSourced]\npublic partial class Animal;\n[EventSourced] partial class Plant;", "[EventSourced]\npublic partial class Thing;"],
        ["// Any.\n[EventSourced]\npublic abstract partial class Animal;\n[EventSourced] abstract partial class Plant;", "[EventSourced]\npublic abstract partial class Thing;"]);

    [Fact]
    public async Task ESG0024_offers_nothing_for_a_sealed_class() =>
        Assert.Empty(await Fixing.Offers<MakeAbstractCodeFix>("ESG0024", "[EventSourced] public sealed partial class Animal;"));

    [Fact]
    public Task ESG0012_adds_each_Apply() => Members<AddApplyCodeFix>(
        "ESG0012", "[Event(\"#ed\")]\npublic partial void Do#(string name);", "[Event(\"#ed\")]\npublic partial void Do#(string name);\nprivate void Apply(#ed e) => Name = e.Name;");

    [Fact]
    public Task ESG0014_makes_each_Apply_private() => Members<CorrectApplyCodeFix>(
        "ESG0014", "[Event(\"#ed\")]\npublic partial void Do#(string name);\npublic void Apply(#ed e) => Name = e.Name;", "[Event(\"#ed\")]\npublic partial void Do#(string name);\nprivate void Apply(#ed e) => Name = e.Name;");

    [Fact]
    public Task ESG0017_removes_all_classes() => Fixing.VerifyAll<CorrectApplicationCodeFix>("ESG0017", [
        Aggregate("Dog", "") + "public class Cat; public class Fox;\n" + Application("School", "typeof(Cat), typeof(Dog), typeof(Fox)"),
        Application("Zoo", "typeof(Fox), typeof(Dog), TablePrefix = \"zoo\""),
        ], [
        Aggregate("Dog", "") + "public class Cat; public class Fox;\n" + Application("School", "typeof(Dog)"),
        Application("Zoo", "typeof(Dog), TablePrefix = \"zoo\""),
        ], "Remove 'Cat' from the application");

    [Fact]
    public async Task ESG0017_makes_a_class_an_aggregate_once()
    {
        string[] sources = ["public class Cat\n{\n}\npublic class Fox\n{\n}\n" + Application("School", "typeof(Cat), typeof(Fox)"), Application("Zoo", "typeof(Fox)")];

        Assert.Equal(
            ["[EventSourced]\npublic partial class Cat\n{\n}\n[EventSourced]\npublic partial class Fox\n{\n}\n" + Application("School", "typeof(Cat), typeof(Fox)"), sources[1]],
            await Fixing.FixAll<CorrectApplicationCodeFix>("ESG0017", FixAllScope.Project, sources, "Make 'Cat' an aggregate"));
    }

    [Fact]
    public async Task ESG0018_registers_all_aggregates_in_all_applications()
    {
        string[] sources =
        [
            Aggregate("Dog", "") + Aggregate("Cat", "") + Aggregate("Fox", "")
                + Application("School", "typeof(Dog)", "public async Task SaveAsync() { await SaveAsync(new Cat(\"Tom\")); await SaveAsync(new Fox(\"Rex\")); await SaveAsync(new Cat(\"Tim\")); }"),
            Application("Zoo", "", "public async Task SaveAsync() => await SaveAsync(new Fox(\"Rex\"));"),
        ];

        Assert.Equal(
            [sources[0].Replace("(typeof(Dog))", "(typeof(Dog), typeof(Cat), typeof(Fox))", StringComparison.Ordinal), sources[1].Replace("Application()", "Application(typeof(Fox))", StringComparison.Ordinal)],
            await Fixing.FixAll<RegisterAggregateCodeFix>("ESG0018", FixAllScope.Project, sources));
    }

    [Fact]
    public Task ESG0027_makes_classes_aggregates_once() => Fixing.VerifyAll<MakeAggregateCodeFix>(
        "ESG0027",
        [Aggregate("Dog", Two(Renamed), heading: "public class Dog"), Aggregate("Cat", Two(Renamed), heading: "public class Cat")],
        [Aggregate("Dog", Two(Renamed), heading: "[EventSourced]\npublic partial class Dog"), Aggregate("Cat", Two(Renamed), heading: "[EventSourced]\npublic partial class Cat")]);

    [Fact]
    public Task ESG0036_disposes_of_all_under_different_names() => Fixing.VerifyAll<DisposeCodeFix>("ESG0036", [
        Aggregate("Dog", "") + Application("School", "typeof(Dog)", "public async Task DoAsync()\n{\n    await Recorder.BeginTransactionAsync();\n    await Recorder.BeginTransactionAsync();\n    var session = CreateSession();\n}"),
        Application("Zoo", "typeof(Dog)", "public async Task DoAsync()\n{\n    var transaction = await Recorder.BeginTransactionAsync();\n    await Recorder.BeginTransactionAsync();\n}"),
        ], [
        Aggregate("Dog", "") + Application("School", "typeof(Dog)", "public async Task DoAsync()\n{\n    await using var transaction = await Recorder.BeginTransactionAsync();\n    await using var transaction2 = await Recorder.BeginTransactionAsync();\n    await using var session = CreateSession();\n}"),
        Application("Zoo", "typeof(Dog)", "public async Task DoAsync()\n{\n    await using var transaction = await Recorder.BeginTransactionAsync();\n    await using var transaction2 = await Recorder.BeginTransactionAsync();\n}"),
        ]);

    [Fact]
    public Task ESG0047_adds_the_attribute_in_all_classes() => Fixing.VerifyAll<AddEventCodeFix>(
        "ESG0047",
        [Aggregate("Dog", Indented(Forgotten)) + Aggregate("Cat", Indented(Forgotten)), Aggregate("Fox", Indented(Forgotten))],
        [Aggregate("Dog", Indented("[Event(\"Done\")]\n" + Forgotten)) + Aggregate("Cat", Indented("[Event(\"Done\")]\n" + Forgotten)), Aggregate("Fox", Indented("[Event(\"Done\")]\n" + Forgotten))]);

    [Fact]
    public async Task ESG0047_offers_nothing_where_the_name_is_ambiguous() =>
        Assert.Empty(await Fixing.Offers<AddEventCodeFix>("ESG0047", Aggregate("Dog", "public partial void Do(string name); private void Apply(Done e) { } private void Apply(Made e) { }")));

    [Fact]
    public Task ESG0071_raises_all_versions()
    {
        const string Hash = "0123456789abcdef";
        return Fixing.VerifyAll<RaiseVersionCodeFix>(
            "ESG0071",
            [Aggregate("Dog", "") + View("[Projection(\"cats\")]", "Cats") + View("[Projection(\"foxes\", Version = 2)]", "Foxes"), View("[Projection(\"apes\", Version = 1, Inline = true)]", "Apes")],
            [Aggregate("Dog", "") + View("[Projection(\"cats\", Version = 2)]", "Cats") + View("[Projection(\"foxes\", Version = 4)]", "Foxes"), View("[Projection(\"apes\", Version = 2, Inline = true)]", "Apes")],
            file: new($"apes 1 | own tables | Dog.Registered | {Hash}\ncats 1 | own tables | Dog.Registered | {Hash}\nfoxes 1 | own tables | Dog.Registered | {Hash}\nfoxes 3 | own tables | Dog.Registered | {Hash}\n"));

        static string View(string attribute, string name) => $$"""
            {{attribute}}
            public sealed partial record {{name}}([property: Key] Guid Id)
            {
                private static {{name}} When(Dog.Registered e, EventHeader header) => new(header.AggregateId);
            }

            """;
    }

    private const string Forgotten = "public partial void Do(string name);\nprivate void Apply(Done e) => Name = e.Name;";

    [Fact]
    public void Every_fix_is_tested_here() => Assert.Equal(
        typeof(CodeFix).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(CodeFixProvider)) && !t.IsAbstract)
            .SelectMany(t => ((CodeFixProvider)Activator.CreateInstance(t)!).FixableDiagnosticIds).Order(StringComparer.Ordinal),
        typeof(FixAllTests).GetMethods().Select(m => m.Name[..Math.Min(7, m.Name.Length)]).Where(n => n.StartsWith("ESG", StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal));

    private const string Renamed = "[Event(\"#ed\")]\npublic partial void Do#(string name);\nprivate void Apply(#ed e) => Name = e.Name;";

    // Two members of one class, and two of a class in another file.
    private static Task Members<TFix>(string id, string wrong, string right)
        where TFix : CodeFixProvider, new() => Fixing.VerifyAll<TFix>(
            id, [Aggregate("Dog", Two(wrong)), Aggregate("Cat", Two(wrong))], [Aggregate("Dog", Two(right)), Aggregate("Cat", Two(right))]);

    private static string Two(string member) => Indented(member.Replace("#", "First", StringComparison.Ordinal)) + "\n\n" + Indented(member.Replace("#", "Second", StringComparison.Ordinal));

    private static string Indented(string text) => "    " + text.Replace("\n", "\n    ", StringComparison.Ordinal);

    private static string Class(string heading) => Aggregate(heading.Split(' ')[^1], "", heading).ReplaceLineEndings("\n").Replace("\n", "\n    ", StringComparison.Ordinal).TrimEnd();

    private static string Aggregate(string name, string members, string? heading = null) => $$"""
        {{heading ?? $"[EventSourced]\npublic sealed partial class {name}"}}
        {
            public string Name { get; private set; } = "";

            [Event("Registered")]
            public partial {{name}}(string name);
            private void Apply(Registered e) => Name = e.Name;

        {{members}}
        }

        """;

    private static string Application(string name, string types, string members = "") => $$"""
        [EventSourcedApplication({{types}})]
        public sealed partial class {{name}}
        {
        {{Indented(members)}}
        }
        """;
}
