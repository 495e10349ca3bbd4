using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Tests.Analyzers;
using Microsoft.CodeAnalysis;
using Xunit;

namespace EventSourcing.Generators.Tests.CommandLine;

/// <summary>The output of a build for ordinary mistakes. The first line reports the cause, and no line is about generated code.</summary>
public sealed class FirstMessageTests(ITestOutputHelper output)
{
    /// <summary>All rules except those whose mistake isn't in C# or needs another generator.</summary>
    public static TheoryData<string> Ids => new(RulePagesTests.Ids.Select(i => i.Data).Where(i => i != Rules.DependsOnOtherGenerator.Id && RulePagesTests.HasWrongExample(i)));

    [Theory, MemberData(nameof(Ids))]
    public async Task The_mistake_on_the_page_of_a_rule_is_reported_first(string id)
    {
        var said = await Compile([RulePagesTests.Example(id, "Wrong")], references: RulePagesTests.References(id));

        Assert.Equal(id, said[0].Id);
        Assert.DoesNotContain(said, s => s.File.EndsWith(".g.cs", StringComparison.Ordinal));
        if (Rules.Get(id).DefaultSeverity == DiagnosticSeverity.Error)
        {
            Assert.Equal("error", said[0].Severity);
        }
    }

    private const string Members = """
            [Event("Registered")]
            public partial Dog(string name);
            private void Apply(Registered e) => Name = e.Name;
            public string Name { get; private set; } = "";

            [Event("TrickAdded")]
            public partial void AddTrick(string trick);
            private void Apply(TrickAdded e) => Tricks.Add(e.Trick);
            public List<string> Tricks { get; } = [];
        """;

    private const string Application = """
        using EventSourcing;

        [EventSourcedApplication(typeof(Dog))]
        public sealed partial class School;

        public static class Program
        {
            public static async Task Run()
            {
                await using var school = await School.OpenAsync("memory:");
                await school.SaveAsync(new Dog("Fido"));
                var dog = await school.Repository.GetAsync<Dog>(Guid.Empty);
                dog.AddTrick("sit");
                Console.WriteLine(dog.Id);
                Console.WriteLine(dog.Version);
            }
        }
        """;

    /// <summary>One mistake causes one message, also in a program that uses everything that would be generated.</summary>
    [Theory]
    [InlineData("an event member with a type that can't be stored", "ESG0006", "string trick", "object trick")]
    [InlineData("a misspelt type", "ESG0038", "string trick", "Strng trick")]
    [InlineData("a misspelt type argument", "ESG0038", "string trick", "List<Strng> tricks", "e.Trick)", "\"\")")]
    [InlineData("an Apply of another aggregate's event", "ESG0013", "private void Apply(TrickAdded e) => Tricks.Add(e.Trick);", "private void Apply(TrickAdded e) => Tricks.Add(e.Trick); private void Apply(Cat.Registered e) { }")]
    [InlineData("a public Apply", "ESG0014", "private void Apply(TrickAdded", "public void Apply(TrickAdded")]
    [InlineData("a command that returns something", "ESG0005", "partial void AddTrick", "partial int AddTrick")]
    [InlineData("a command with a body", "ESG0004", "public partial void AddTrick(string trick);", "public void AddTrick(string trick) { }")]
    [InlineData("two events of one name", "ESG0008", "[Event(\"TrickAdded\")]", "[Event(\"Registered\")]", "Apply(TrickAdded e) => Tricks.Add(e.Trick);", "Nothing() { }")]
    [InlineData("an empty name", "ESG0007", "[Event(\"TrickAdded\")]", "[Event(\"\")]", "Apply(TrickAdded e) => Tricks.Add(e.Trick);", "Nothing() { }")]
    [InlineData("an id of a type that can't be an id", "ESG0030", "Dog(string name)", "Dog(int id, string name)", "\"Fido\"", "1, \"Fido\"")]
    [InlineData("an id of a misspelt type", "ESG0038", "Dog(string name)", "Dog(DogID id, string name)", "\"Fido\"", "default, \"Fido\"")]
    [InlineData("no [EventSourced]", "ESG0027", "[EventSourced]\npublic sealed partial class Dog", "public sealed partial class Dog")]
    [InlineData("a constructor of the application that doesn't fit", "ESG0026", "class School;", "class School { public School(string name) { } }")]
    [InlineData("an invalid prefix", "ESG0031", "typeof(Dog)", "typeof(Dog), TablePrefix = \"a-b\"")]
    [InlineData("a record instead of a class", "ESG0003", "partial class Dog", "partial record Dog")]
    [InlineData("a partial command with a body", "ESG0004", "public partial void AddTrick(string trick);", "public partial void AddTrick(string trick) { }")]
    [InlineData("a partial constructor with a body", "ESG0004", "public partial Dog(string name);", "public partial Dog(string name) { Name = name; }")]
    [InlineData("a partial command and its body", "ESG0004", "public partial void AddTrick(string trick);", "public partial void AddTrick(string trick); public partial void AddTrick(string trick) { }")]
    [InlineData("an Apply with the header first", "ESG0014", "Apply(TrickAdded e)", "Apply(EventHeader header, TrickAdded e)")]
    [InlineData("an Apply of a misspelt event", "ESG0013", "Apply(TrickAdded e)", "Apply(TrikAdded e)")]
    [InlineData("a forgotten [Event]", "ESG0047", "[Event(\"TrickAdded\")]", "")]
    [InlineData("a forgotten [Event] without an Apply", "ESG0047", "public List<string> Tricks", "public partial void Walk(int steps); public List<string> Tricks")]
    [InlineData("a forgotten [Event] of a factory", "ESG0047", "public List<string> Tricks", "public static partial Dog Find(int number); public List<string> Tricks")]
    [InlineData("an event of another aggregate", "ESG0042", "public List<string> Tricks", "public void Again() => Raise(new Cat.Registered(Name)); public List<string> Tricks")]
    [InlineData("an event of another aggregate, raised by this", "ESG0042", "public List<string> Tricks", "public void Again() { this.Raise(new Cat.Registered(Name)); } public List<string> Tricks")]
    [InlineData("a target-typed new without a fitting constructor", "ESG0044", "await school.SaveAsync(new Dog(\"Fido\"));", "Dog made = new(); await school.SaveAsync(made);")]
    [InlineData("a target-typed new in a property", "ESG0044", "// end of Dog", "public static class Dogs { public static Dog Default { get; } = new(); }")]
    [InlineData("a target-typed new that is returned", "ESG0044", "public List<string> Tricks", "public static Dog Make() { return new(); } public List<string> Tricks")]
    [InlineData("a forgotten [Event] of a constructor", "ESG0047", "[Event(\"Registered\")]\n    public partial Dog", "public partial Dog")]
    [InlineData("a struct as an event", "ESG0005", "[Event(\"TrickAdded\")]", "[Event(\"TrickAdded\")] public partial record struct TrickAdded(string Trick);", "public partial void AddTrick(string trick);", "public void AddTrick(string trick) => Raise(new TrickAdded(trick));")]
    [InlineData("an event outside of its aggregate", "ESG0027", "[Event(\"TrickAdded\")]", "", "public partial void AddTrick(string trick);", "public void AddTrick(string trick) => Raise(new TrickAdded(trick));", "// end of Dog", "[Event(\"TrickAdded\")] public partial record TrickAdded(string Trick);")]
    [InlineData("a creation event that is raised", "ESG0044", "public List<string> Tricks", "public void Again() => Raise(new Registered(Name)); public List<string> Tricks")]
    [InlineData("a creation event that a constructor raises", "ESG0044", "public List<string> Tricks", "public Dog(int number) { Raise(new Registered(\"\")); } public List<string> Tricks")]
    [InlineData("a constructor that takes the event", "ESG0044", "public List<string> Tricks", "public static Dog Make(string name) => new Dog(new Registered(name)); public List<string> Tricks")]
    [InlineData("a constructor that doesn't exist", "ESG0044", "public List<string> Tricks", "public static Dog Make() => new Dog(); public List<string> Tricks")]
    [InlineData("Create with an event that creates nothing", "ESG0044", "public List<string> Tricks", "public static Dog Make() => Create(new TrickAdded(\"\")); public List<string> Tricks")]
    [InlineData("a constructor that doesn't exist, in another class", "ESG0044", "new Dog(\"Fido\")", "new Dog()")]
    [InlineData("an event passed to a constructor, in another class", "ESG0044", "new Dog(\"Fido\")", "new Dog(new Dog.Registered(\"Fido\"))")]
    [InlineData("an Apply of a misspelt event of the class", "ESG0013", "Apply(TrickAdded e)", "Apply(Dog.TrikAdded e)")]
    [InlineData("a converter for all types of a kind", "ESG0029", "string trick", "Lazy<int> trick", "e.Trick)", "\"\")", "using EventSourcing;\n\n[EventSourced]\npublic sealed partial class Dog", "using EventSourcing;\n[assembly: StateConverterFor(typeof(Lazy<>), typeof(Program))]\n[EventSourced]\npublic sealed partial class Dog")]
    [InlineData("a converter of the assembly that doesn't fit", "ESG0029", "string trick", "Lazy<int> trick", "e.Trick)", "\"\")", "using EventSourcing;\n\n[EventSourced]\npublic sealed partial class Dog", "using EventSourcing;\n[assembly: StateConverterFor(typeof(Lazy<int>), typeof(Cat))]\n[EventSourced]\npublic sealed partial class Dog")]
    [InlineData("the name of a generated member", "ESG0028", "public List<string>", "public int Version { get; } public List<string>")]
    public async Task One_mistake_causes_one_message(string mistake, string id, params string[] replacements)
    {
        var said = await Compile(Program(replacements));

        Assert.True(said is [{ Severity: "error" }] && said[0].Id == id, $"{mistake}: {string.Join('\n', said)}");
    }

    /// <summary>Here the compiler adds further errors, and no generated code can prevent them.</summary>
    [Theory]
    [InlineData("a class that isn't partial", "ESG0001", "sealed partial class Dog", "sealed class Dog")]
    [InlineData("a class in a class that isn't partial", "ESG0001", "[EventSourced]\npublic sealed partial class Dog", "public class Kennel { [EventSourced]\npublic sealed partial class Dog", "// end of Dog", "}")]
    [InlineData("an event named like a property, with its Apply", "ESG0009", "TrickAdded", "Tricks")]
    [InlineData("an [Event] without a name", "ESG0007", "[Event(\"TrickAdded\")]", "[Event]")]
    [InlineData("a type that is less accessible", "ESG0010", "string trick", "Trick trick", "e.Trick)", "\"\")", "// end of Dog", "enum Trick { Sit }")]
    [InlineData("an unknown nested type", "ESG0038", "string trick", "Cat.Trick trick", "e.Trick)", "\"\")")]
    [InlineData("a generic class", "ESG0002", "partial class Dog", "partial class Dog<T>")]
    public async Task The_cause_comes_first(string mistake, string id, params string[] replacements)
    {
        var said = await Compile(Program(replacements));

        Assert.True(said[0].Severity == "error" && said[0].Id == id, $"{mistake}: {string.Join('\n', said)}");
        Assert.DoesNotContain(said, s => s.File.EndsWith(".g.cs", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("12")]
    [InlineData("13")]
    public async Task An_older_language_version_is_reported_first_and_once(string version)
    {
        var said = await Compile(Program(), version);

        Assert.Equal("ESG0039", said[0].Id);
        Assert.Contains($"C# {version}", said[0].Text, StringComparison.Ordinal);
        Assert.Single(said, s => s.Id == "ESG0039");
        Assert.DoesNotContain(said, s => s.File.EndsWith(".g.cs", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Refusals_are_errors_without_analyzers_too()
    {
        Assert.Equal(["ESG0006"], (await Compile(Program("string trick", "object trick"), runAnalyzers: false)).Select(s => s.Id));
        Assert.Empty(await Compile(Program(), runAnalyzers: false));
    }

    [Fact]
    public async Task Correct_code_causes_no_message() => Assert.Empty(await Compile(Program()));

    private static string[] Program(params string[] replacements)
    {
        var program = $$"""
            using EventSourcing;

            [EventSourced]
            public sealed partial class Dog
            {
            {{Members}}
            }
            // end of Dog

            [EventSourced]
            public sealed partial class Cat
            {
                [Event("Registered")]
                public partial Cat(string name);
                private void Apply(Registered e) => _ = e.Name;
            }
            """;
        var application = Application;
        for (var i = 0; i < replacements.Length; i += 2)
        {
            Assert.True(program.Contains(replacements[i], StringComparison.Ordinal) || application.Contains(replacements[i], StringComparison.Ordinal), replacements[i]);
            program = program.Replace(replacements[i], replacements[i + 1], StringComparison.Ordinal);
            application = application.Replace(replacements[i], replacements[i + 1], StringComparison.Ordinal);
        }

        return [program, application];
    }

    private async Task<IReadOnlyList<(string File, string Severity, string Id, string Text)>> Compile(string[] sources, string languageVersion = "14", IEnumerable<MetadataReference>? references = null, bool runAnalyzers = true)
    {
        var said = await CommandLine.CompileAsync(sources, languageVersion, references, runAnalyzers);
        foreach (var line in said)
        {
            output.WriteLine($"{line.File}: {line.Severity} {line.Id}: {line.Text}");
        }

        return said;
    }
}
