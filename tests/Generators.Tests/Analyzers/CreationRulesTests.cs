using EventSourcing.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Xunit;
using static EventSourcing.Generators.Tests.Analyzers.Programs;

namespace EventSourcing.Generators.Tests.Analyzers;

/// <summary>ESG0044, ESG0050 and ESG0052: each aggregate begins with a creation event, and each CreateId is called.</summary>
public sealed class CreationRulesTests
{
    [Theory]
    [InlineData("public {|ESG0050:Dog|}() { }")]
    [InlineData("private {|ESG0050:Dog|}(int age) { }")]
    [InlineData("private {|ESG0050:Dog|}() { } private {|ESG0050:Dog|}(int age) : this() { }")]
    [InlineData("public {|ESG0050:Dog|}(Guid id) : this(default(EventSourcing.CompilerServices.Rehydration), id) { }")]
    public Task A_constructor_that_leads_to_no_creation_event(string members) => Analysis.Verify(Dog(members));

    [Theory]
    [InlineData("public Dog() : this(\"Fido\") { }")]
    [InlineData("public Dog(int age) : this() { } public Dog() : this(\"Fido\") { }")]
    [InlineData("static Dog() { }")]
    [InlineData("public Dog(int age) : {|CS1729:this|}(1, 2, 3) { }")]
    public Task A_constructor_that_leads_to_a_creation_event(string members) => Analysis.Verify(Dog(members));

    [Fact]
    public Task A_constructor_of_an_abstract_aggregate_is_never_called() =>
        Analysis.Verify("[EventSourced] public abstract partial class Animal { protected {|ESG0050:Animal|}() { } }");

    [Theory]
    [InlineData("[Event(\"Made\")] public partial Dog(string name); private void Apply(Made e) { } public Dog() { }", "call a constructor that raises one, with ': this(…)', or remove it")]
    [InlineData("[Event(\"Made\", Creates = true)] public sealed partial record Made; private void Apply(Made e) { } public Dog() { }", "replace it with a static method that returns the result of a factory or of Create")]
    public async Task The_message_says_how_to_correct_a_constructor(string members, string remedy) => Assert.Contains(
        remedy, Assert.Single(await Analysis.Of($"[EventSourced] public sealed partial class Dog {{ {members} }}")).GetMessage(), StringComparison.Ordinal);

    [Theory]
    [InlineData("[{|ESG0054:Event(\"Sold\", Accessibility = EventAccessibility.Public)|}] internal sealed partial record Sold; private void Apply(Sold e) { }")]
    [InlineData("[{|ESG0054:Event(\"Sold\", Creates = true)|}] public partial void Sell(); private void Apply(Sold e) { }")]
    [InlineData("[{|ESG0009:Event(\"Found\", Creates = true)|}] public sealed partial record Found; private void Apply(Found e) { } public static Dog Create(Found e) => new(\"\");")]
    [InlineData("private enum Breed { Poodle } [Event(\"Sold\", Accessibility = EventAccessibility.Public)] private partial void Sell(Breed {|ESG0010:breed|});")]
    public Task An_option_of_an_event(string members) => Analysis.Verify(Dog(members));

    [Theory]
    [InlineData("public static string CreateId(int number) => \"\"; [Event(\"Made\")] public partial Dog(string name, string? {|ESG0015:id|} = null); private void Apply(Made e) { }")]
    [InlineData("[Event(\"Made\")] public partial Dog(string? {|ESG0015:id|}); private void Apply(Made e) { }")]
    public Task An_id_that_is_neither_passed_nor_created(string members) => Analysis.Verify($"[EventSourced] public sealed partial class Dog {{ {members} }}");

    [Theory]
    [InlineData("public Guid {|ESG0052:CreateId|}(string name) => Guid.NewGuid();")]
    [InlineData("public static Guid {|ESG0052:CreateId|}<T>(string name) => Guid.NewGuid();")]
    [InlineData("public static Guid {|ESG0052:CreateId|}(ref string name) => Guid.NewGuid();")]
    [InlineData("public static Guid {|ESG0052:CreateID|}(string name) => Guid.NewGuid();")]
    [InlineData("private static Guid {|ESG0052:createId|}(string name) => Guid.NewGuid();")]
    [InlineData("public static Func<string, Guid> {|ESG0052:CreateId|} => _ => Guid.NewGuid();")]
    [InlineData("public static Guid CreateId(string name) => Guid.NewGuid(); public static string {|ESG0052:CreateId|}(int number) => number.ToString();")]
    [InlineData("public static Guid CreateId(string name) => Guid.NewGuid(); public static async Task<Guid> {|ESG0052:CreateId|}(int number) { await Task.Yield(); return Guid.NewGuid(); }")]
    [InlineData("public static Guid CreateId(string name) => Guid.NewGuid(); public static ValueTask<Guid> {|ESG0052:CreateId|}(int number) => new(Guid.NewGuid());")]
    [InlineData("private static Guid _last; public static Guid CreateId(string name) => _last = Guid.NewGuid(); public static ref Guid {|ESG0052:CreateId|}(int number) => ref _last;")]
    [InlineData("private static readonly Guid Last; public static Guid CreateId(string name) => Last; public static ref readonly Guid {|ESG0052:CreateId|}(int number) => ref Last;")]
    [InlineData("public static Guid CreateId(string name) => Guid.NewGuid(); public static Guid {|ESG0052:CreateId|}(out int number) => Guid.CreateVersion7(DateTimeOffset.FromUnixTimeSeconds(number = 1));")]
    [InlineData("public static string createId(string name) => name;")]
    public Task A_CreateId_that_is_never_called(string members) => Analysis.Verify(Dog(members));

    [Theory]
    [InlineData("private static Guid CreateId(string name) => Guid.NewGuid();")]
    [InlineData("internal static Guid CreateId(in string name) => Guid.NewGuid();")]
    [InlineData("public static Guid CreateId(string name) => Guid.NewGuid(); public static Guid CreateId(int number) => Guid.NewGuid();")]
    [InlineData("public string? CreateID { get; private set; }")]
    public Task A_CreateId_that_is_called(string members) => Analysis.Verify(Dog(members));

    [Fact]
    public Task A_private_CreateId_of_an_abstract_aggregate_is_never_called() =>
        Analysis.Verify("[EventSourced] public abstract partial class Animal { private static Guid {|ESG0052:CreateId|}(string name) => Guid.NewGuid(); }");

    private const string Opened = "[Event(\"Opened\", Creates = true)] public sealed partial record Opened(string Name); private void Apply(Opened e) { }";
    private const string Numbered = "[Event(\"Opened\", Creates = true)] public sealed partial record Opened(Guid Id, string Name); private void Apply(Opened e) { }";
    private const string Factory = "[Event(\"Found\")] public static partial Dog Find(string name, int age); private void Apply(Found e) { }";
    private const string Constructor = "[Event(\"Registered\")] public partial Dog(string name); private void Apply(Registered e) { }";
    private const string Command = "[Event(\"Walked\")] public partial void Walk(int steps); private void Apply(Walked e) { }";

    /// <summary>The message names the member that creates an aggregate.</summary>
    [Theory]
    [InlineData(Constructor, "public void Again() => {|Raise(new Registered(\"\"))|};", "'Registered' is a creation event, which can only be the first event of an aggregate; write 'new Dog(string name)'")]
    [InlineData(Constructor, "public void Again() => {|this.Raise(new Dog.Registered(\"\"), DateTimeOffset.UtcNow)|};", "'Registered' is a creation event, which can only be the first event of an aggregate; write 'new Dog(string name)'")]
    [InlineData(Constructor, "public Dog(int number) { {|Raise(new Registered(\"\"))|}; }", "'Registered' is a creation event, which can only be the first event of an aggregate; add ': this(string name)' to the constructor")]
    [InlineData(Opened, "public Dog(int number) { {|Raise(new Opened(\"\"))|}; }", "'Opened' is a creation event, which can only be the first event of an aggregate; return 'Create(new Opened(…))' from a static method of 'Dog'")]
    [InlineData(Factory, "public void Again() => {|Raise(new Found(\"\", 1))|};", "'Found' is a creation event, which can only be the first event of an aggregate; write 'Dog.Find(string name, int age)'")]
    [InlineData(Constructor, "public static Dog Make() => {|new Dog()|};", "an aggregate begins with a creation event; write 'new Dog(string name)'")]
    [InlineData(Constructor, "public static Dog Make() => {|new Dog(new Registered(\"\"))|};", "the event is raised by the member that creates the aggregate; write 'new Dog(string name)'")]
    [InlineData(Factory + Opened, "public static Dog Make() => {|new Dog(\"\")|};", "an aggregate begins with a creation event; write 'Dog.Find(string name, int age)', or return 'Create(new Opened(…))' from a static method of 'Dog'")]
    [InlineData(Constructor + Command, "public static Dog Make() => {|Create(new Walked(1))|};", "'Walked' isn't a creation event; 'Walk' raises it for an existing aggregate")]
    [InlineData(Constructor, "public static Dog Make() => {|Create(new Registered(\"\"))|};", "'Registered' is raised by a member; write 'new Dog(string name)'")]
    [InlineData(Constructor, "[Event(\"Sold\")] public sealed partial record Sold; private void Apply(Sold e) { } public static Dog Make() => {|Create(new Sold())|};", "'Sold' isn't a creation event; set Creates = true in its [Event]")]
    [InlineData(Numbered, "public static Dog Make(Guid id) => {|Create(id, new Opened(id, \"\"))|};", "the 'Id' of 'Opened' is the id, so no other id is passed; write 'Create(new Opened(…))'")]
    [InlineData(Constructor, "} public class Elsewhere { public Elsewhere() { {|new Dog()|}.ToString(); }", "an aggregate begins with a creation event; write 'new Dog(string name)'")]
    [InlineData(Constructor, "public static Dog Make() => {|new Dog { }|};", "an aggregate begins with a creation event; write 'new Dog(string name)'")]
    [InlineData(Constructor, "} public static class Elsewhere { public static Dog Make() => {|new Dog()|};", "an aggregate begins with a creation event; write 'new Dog(string name)'")]
    [InlineData(Constructor, "public static Dog Make() => {|new global::Dog(1, 2)|};", "an aggregate begins with a creation event; write 'new Dog(string name)'", true)]
    [InlineData(Constructor, "} public static class Elsewhere { public static Dog Make() => {|new global::Dog(1, 2)|};", "an aggregate begins with a creation event; write 'new Dog(string name)'", true)]
    [InlineData(Opened, "public static Dog Open(string name) => Create(new Opened(name)); } public static class Elsewhere { public static Dog Make() => {|new Dog(new Dog.Opened(\"\"))|};", "the event is raised by the member that creates the aggregate; write 'Dog.Open(string name)'")]
    [InlineData(Opened, "} public static class Elsewhere { public static Dog Make() => {|new Dog(\"\")|};", "an aggregate begins with a creation event; return 'Create(new Opened(…))' from a static method of 'Dog', and call that method")]
    public async Task A_way_of_creation_that_does_not_exist(string creation, string marked, string reason, bool inEditorOnly = false)
    {
        var start = marked.IndexOf("{|", StringComparison.Ordinal);
        var expected = marked[(start + 2)..marked.IndexOf("|}", StringComparison.Ordinal)];
        var program = $"[EventSourced] public sealed partial class Dog {{ {creation} {marked.Replace("{|", "", StringComparison.Ordinal).Replace("|}", "", StringComparison.Ordinal)} }}";

        var inBuild = GeneratorRun.InBuild(program).Result.Diagnostics;
        var inEditor = (await Analysis.Of(program)).Where(d => d.Id.StartsWith("ESG", StringComparison.Ordinal) && d.Id != "ESG0050").ToList();

        foreach (var found in inEditorOnly ? [inEditor] : new IReadOnlyList<Diagnostic>[] { inBuild, inEditor })
        {
            var diagnostic = Assert.Single(found);
            Assert.Equal("ESG0044", diagnostic.Id);
            Assert.Equal(expected, program.Substring(diagnostic.Location.SourceSpan.Start, diagnostic.Location.SourceSpan.Length));
            Assert.EndsWith($"can't create an aggregate: {reason}", diagnostic.GetMessage(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(Constructor + "public Dog(int number) : this(\"\") { } public static Dog Make() => new Dog(1); public static Dog Of(Registered e) => new Dog(e.Name);")]
    [InlineData(Constructor + "public static Dog Create(Registered e) => new Dog(e.Name); public static Dog Make() => Create(new Registered(\"\"));")]
    [InlineData(Opened + "public static Dog Make(Guid id) => Create(id, new Opened(\"\")); public static Dog Make() => Create(new Opened(\"\"), DateTimeOffset.UtcNow);")]
    [InlineData(Numbered + "public static Dog Make(Guid id) => Create(new Opened(id, \"\"));")]
    [InlineData(Constructor + Command + "public void Run() => Raise(new Walked(1));")]
    [InlineData(Constructor + "} namespace Other { public class Dog; public static class Elsewhere { public static Dog Make() => new Dog(); }")]
    public async Task A_way_of_creation_that_exists(string members)
    {
        var program = $"[EventSourced] public sealed partial class Dog {{ {members} }}";

        Assert.Empty(GeneratorRun.InBuild(program).Result.Diagnostics);
        Assert.Empty(await Analysis.Of(program));
    }

    [Fact]
    public Task A_constructor_where_only_records_create() =>
        Analysis.Verify($"[EventSourced] public sealed partial class Dog {{ {Opened} public {{|ESG0050:Dog|}}(string name) => Create(new Opened(name)); }}");

    /// <summary>The generator sees no source of a reference. It still reports the error first.</summary>
    [Theory]
    [InlineData("public static class Maker { public static School.Dog Make() => new School.Dog(); }", "ESG0044")]
    [InlineData("public static class Maker { public static School.Dog Make() => new(); }", "ESG0044")]
    [InlineData("public static class Maker { public static School.Dog? Make() { School.Dog? dog = new(); return dog; } }", "ESG0044")]
    [InlineData("public static class Maker { public static School.Dog Make() => (School.Dog)new(); }", "ESG0044")]
    [InlineData("public static class Maker { public static School.Cat Make() => new School.Cat(new School.Cat.Found(Guid.Empty)); }", "ESG0044")]
    [InlineData("public static class Maker { public static School.Cat Make() => School.Cat.Find(); }", null)]
    [InlineData("public static class Maker { public static School.Dog Make() => new School.Dog(\"Fido\"); }", null)]
    [InlineData("public static class Maker { public static School.Dog Make() => new(\"Fido\"); }", null)]
    [InlineData("public static class Maker { public static List<int> Make() { List<int> dogs = new(); return dogs; } }", null)]
    [InlineData("[EventSourced] public sealed partial class Fox { [Event(\"Found\")] public partial Fox(Guid id); private void Apply(Found e) { } public void Learn() => Raise(new School.Dog.TrickAdded(\"sit\")); }", "ESG0042")]
    public void An_aggregate_of_a_reference(string source, string? id)
    {
        var reference = MetadataReference.CreateFromImage(GeneratorRun.Of(Sources.Dog + """
            [EventSourced]
            public sealed partial class Cat
            {
                [Event("Found", Creates = true)]
                public sealed partial record Found(Guid Id);
                private void Apply(Found e) { }
                public static Cat Find() => Create(new Found(Guid.NewGuid()));
            }
            """).Image());
        var run = GeneratorRun.Of([.. GeneratorRun.AllReferences, reference], [new EventSourcingGenerator()], ProjectOptions.Build, source);
        Assert.Equal(id is null ? [] : [id], run.Result.Diagnostics.Select(d => d.Id));
    }

    /// <summary>An aggregate raises its own events, and those of its bases.</summary>
    [Theory]
    [InlineData("public void Eat() => {|ESG0042:Raise(new Cat.Fed())|};")]
    [InlineData("public void Eat() { if (Name.Length > 0) {|ESG0042:this.Raise(new Cat.Fed())|}; }")]
    [InlineData("public void Eat() => {|ESG0042:Raise(new global::Cat.Fed())|};")]
    public async Task An_event_of_another_aggregate(string members)
    {
        var said = await Analysis.Of(Dog(members.Replace("{|ESG0042:", "", StringComparison.Ordinal).Replace("|}", "", StringComparison.Ordinal)) + Cat);
        Assert.Equal(["ESG0042"], said.Select(d => d.Id).Where(i => i.StartsWith("ESG", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("public void Eat() => Raise(new Dog.Fed()); [Event(\"Fed\")] public sealed partial record Fed; private void Apply(Fed e) { }")]
    [InlineData("public void Eat() => new Other().Raise(new Cat.Fed()); private sealed class Other { public void Raise(Cat.Fed e) { } }")]
    public Task An_event_of_its_own(string members) => Analysis.Verify(Dog(members) + Cat);

    [Fact]
    public Task An_event_of_its_base() => Analysis.Verify("""
        [EventSourced] public abstract partial class Animal { [Event("Fed")] public sealed partial record Fed; private void Apply(Fed e) { } }
        [EventSourced] public sealed partial class Dog : Animal { [Event("Found")] public partial Dog(Guid id); private void Apply(Found e) { } public void Eat() => Raise(new Animal.Fed()); }
        """);

    private const string Cat = """

        [EventSourced]
        public sealed partial class Cat
        {
            [Event("Found")]
            public partial Cat(Guid id);
            private void Apply(Found e) { }

            [Event("Fed")]
            public sealed partial record Fed;
            private void Apply(Fed e) { }
        }
        """;

    /// <summary>A partial method that needs a body and has none lacks its [Event]. One that needs none, or is for another generator, doesn't.</summary>
    [Theory]
    [InlineData("public partial void Walk(int steps);", true)]
    [InlineData("private partial void Walk(int steps);", true)]
    [InlineData("public static partial Dog Find(int number);", true)]
    [InlineData("partial void Walk(int steps);", false)]
    [InlineData("[System.Text.RegularExpressions.GeneratedRegex(\"a\")] private static partial System.Text.RegularExpressions.Regex Pattern();", false)]
    [InlineData("public partial int Count();", false)]
    public void A_partial_method_without_Event(string member, bool isForgotten)
    {
        var run = GeneratorRun.InBuild(Dog(member));
        Assert.Equal(isForgotten ? ["ESG0047"] : [], run.Result.Diagnostics.Select(d => d.Id));
        Assert.DoesNotContain(run.Errors, e => isForgotten && e.Id == "CS8795");
    }

    [Fact]
    public void A_partial_method_of_a_class_for_another_generator()
    {
        var run = GeneratorRun.InBuild("public sealed class MapperAttribute : Attribute;\n" + Dog("public partial void Walk(int steps);").Replace("[EventSourced]", "[EventSourced, Mapper]", StringComparison.Ordinal));
        Assert.Empty(run.Result.Diagnostics);
    }
}
