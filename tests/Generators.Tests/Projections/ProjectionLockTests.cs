using System.Text.RegularExpressions;
using EventSourcing.Generators.CodeFixes;
using EventSourcing.Generators.Shared;
using EventSourcing.Generators.Tests.Analyzers;
using EventSourcing.Generators.Tests.CodeFixes;
using EventSourcing.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Xunit;

namespace EventSourcing.Generators.Tests.Projections;

/// <summary>The file <c>projections.lock</c>: what its lines say, when a change is an error, and what a build adds.</summary>
public sealed partial class ProjectionLockTests
{
    private const string View = """
        namespace School;

        [Projection("tricks_per_dog")]
        public sealed partial record TricksPerDog([property: Key] Guid DogId, string Name, int Tricks = 0)
        {
            private const int Step = 1;

            public int Rank { get; init; } = 7;

            public string Shown => Name;

            private static TricksPerDog When(Dog.Registered e, EventHeader header) => new(header.AggregateId, Clean(e.Name));

            private TricksPerDog When(Dog.TrickAdded e)
            {
                var tricks = Tricks + Step;
                return this with { Tricks = tricks };
            }

            private static string Clean(string name) => name.Trim();
        }
        """;

    private const string Handlers = """
        namespace School;

        [Projection("search")]
        public sealed partial class Search(StoreTransaction<Guid> transaction) : IDisposable
        {
            private readonly List<string> _words = [];

            private void When(Dog.TrickAdded e) => _words.Add(e.Trick);

            private void Reset() => _words.Clear();

            public void Dispose() => Write(transaction);

            private void Write(object into) => _ = into;
        }
        """;

    [Fact]
    public void A_line_has_the_columns_the_topics_and_a_hash() =>
        Assert.Matches(@"^tricks_per_dog 1 \| dog_id:Guid:key name:String tricks:Int32 rank:Int32 \| Dog.Registered Dog.TrickAdded \| [0-9a-f]{16}$", LineOf(View));

    [Fact]
    public void Handlers_have_their_own_tables() => Assert.Matches(@"^search 1 \| own tables \| Dog.TrickAdded \| [0-9a-f]{16}$", LineOf(Handlers));

    [Fact]
    public void Columns_are_described_as_they_are_stored() => Assert.Contains(
        "| id:Guid:key level:Level? days:Map<String,List<Int32>> home:Address{street:String,next:Address?} note:String? at:DateTimeOffset? |",
        LineOf("""
            namespace School;

            public readonly record struct HouseId(Guid Value);
            public enum Level { Easy }
            public sealed record Address(string Street, Address? Next);

            [Projection("houses")]
            public sealed partial record House([property: Key] HouseId Id, Level? Level, Dictionary<string, List<int>> Days, Address Home, string? Note, DateTimeOffset? At)
            {
                private static HouseId KeyOf(Dog.Registered e) => default;
                private static House? When(House? row, Dog.Registered e) => row;
            }
            """),
        StringComparison.Ordinal);

    [Fact]
    public void A_topic_is_one_word() => Assert.Contains(
        @"| Registered Tr\u007cick\u0020added |",
        LineOf(View, Changed(Dog, "[Event(\"TrickAdded\")]", "[Event(\"TrickAdded\", Topic = \"Tr|ick added\")]", "[Event(\"Registered\")]", "[Event(\"Registered\", Topic = \"Registered\")]")),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("a comment", "var tricks", "/* one more */ var tricks // after it\n")]
    [InlineData("lines and spaces", "=> new(header.AggregateId, Clean(e.Name));", "=>\n        new( header . AggregateId,\r\n Clean (e.Name) )  ;")]
    [InlineData("an index", "string Name", "[property: Index] string Name")]
    [InlineData("an attribute of a method", "private static string Clean", "[System.Diagnostics.DebuggerStepThrough] private static string Clean")]
    [InlineData("accessibility", "private static string Clean", "internal static string Clean")]
    [InlineData("a member that isn't used", "public string Shown => Name;", "public string Shown => Name + Name;")]
    [InlineData("an added member", "public string Shown", "public string Twice => Name + Name; public string Shown")]
    [InlineData("the order of members", "private const int Step = 1;", "", "private static string Clean(string name) => name.Trim();", "private static string Clean(string name) => name.Trim(); private const int Step = 1;")]
    [InlineData("an option", "\"tricks_per_dog\"", "\"tricks_per_dog\", OnError = ProjectionErrorPolicy.Park")]
    public async Task What_does_not_change_the_rows_is_no_change(string change, params string[] replacements)
    {
        Assert.Equal(LineOf(View), LineOf(Changed(View, replacements)));
        Assert.True(await Differences(View, Changed(View, replacements)) is [], change);
    }

    [Fact]
    public void Members_may_be_in_another_file() => Assert.Equal(
        LineOf(View),
        LineOf(Changed(View, "private static string Clean(string name) => name.Trim();", ""), Sources.Dog, "namespace School; partial record TricksPerDog { private static string Clean(string name) => name.Trim(); }"));

    [Fact]
    public void A_literal_of_several_lines_counts_by_its_value()
    {
        Assert.Equal(LineOf(Literal("        ", "\n")), LineOf(Literal("    ", "\r\n")));
        Assert.NotEqual(LineOf(Literal("    ", "\n")), LineOf(Literal("    ", "\n\n")));

        static string Literal(string indentation, string end) => Changed(View, "name.Trim()", $"name + \"\"\"{end}{indentation}a{end}{indentation}b{end}{indentation}\"\"\"");
    }

    [Theory]
    [InlineData("the code that writes its rows is different", "Tricks + Step", "Step + Tricks")]
    [InlineData("the code that writes its rows is different", "Step = 1", "Step = 2")]
    [InlineData("the code that writes its rows is different", "name.Trim()", "name.TrimEnd()")]
    [InlineData("the code that writes its rows is different", "= 7", "= 8")]
    [InlineData("the code that writes its rows is different", "int Tricks = 0", "int Tricks = 1")]
    [InlineData("the code that writes its rows is different", "\"tricks_per_dog\")]\npublic sealed partial record TricksPerDog([property: Key] Guid DogId, string Name, int Tricks = 0)\n{", "\"tricks_per_dog\")]\npublic sealed partial record TricksPerDog([property: Key] Guid DogId, string Name, int Tricks = 0)\n{ private static Guid KeyOf(Dog.TrickAdded e) => default;")]
    [InlineData("its columns are without tricks:Int32 and with tricks:Int64 now", "int Tricks", "long Tricks")]
    [InlineData("its columns are without rank:Int32 now", "public int Rank { get; init; } = 7;", "")]
    [InlineData("its columns are with toys:Int32 now", "string Name,", "string Name, int Toys = 0,", "int Tricks = 0", "int Tricks = 0")]
    [InlineData("its columns are without name:String and with name:String? now", "string Name", "string? Name", "string Shown", "string? Shown")]
    [InlineData("the order of its columns is different", "Guid DogId, string Name, int Tricks = 0", "Guid DogId, int Tricks = 0, string Name = \"\"", "header.AggregateId, Clean(e.Name)", "header.AggregateId, 0, Clean(e.Name)")]
    [InlineData("it handles Dog.Died now", "private static string Clean", "private TricksPerDog? When(Dog.Died e) => null; private static string Clean")]
    [InlineData("it doesn't handle Dog.Registered any more", "private static TricksPerDog When(Dog.Registered e, EventHeader header) => new(header.AggregateId, Clean(e.Name));", "")]
    public async Task A_change_of_the_rows_is_an_error(string reason, params string[] replacements)
    {
        var diagnostic = Assert.Single(await Differences(View, Changed(View, replacements)));
        Assert.Equal("ESG0071", diagnostic.Id);
        Assert.Equal(
            $"'TricksPerDog' has changed since its Version 1 was recorded in projections.lock: {reason}; write 'Version = 2', so that its rows are built again, or, if they stay the same, delete the line of 'tricks_per_dog' from the file",
            diagnostic.GetMessage());
    }

    [Theory]
    [InlineData("_words.Add(e.Trick)", "_words.Insert(0, e.Trick)")]
    [InlineData("_words.Clear()", "_words = null!", "readonly List", "List")]
    [InlineData("_ = into", "_ = into.ToString()")]
    public async Task A_change_of_handlers_is_an_error(params string[] replacements) =>
        Assert.Equal("ESG0071", Assert.Single(await Differences(Handlers, Changed(Handlers, replacements))).Id);

    [Fact]
    public async Task A_view_that_becomes_handlers_is_an_error() => Assert.Contains(
        "it was a view, and is a class with handlers now",
        Assert.Single(await Differences(View, Changed(Handlers, "search", "tricks_per_dog"))).GetMessage(),
        StringComparison.Ordinal);

    [Fact]
    public async Task A_renamed_topic_is_no_change()
    {
        var file = new LockText(LineOf(View));
        var renamed = Dog.Replace("[Event(\"TrickAdded\")]", "[Event(\"TrickAdded\", Topic = \"Learned\", FormerTopics = [\"Dog.TrickAdded\"])]", StringComparison.Ordinal);

        Assert.Empty(await Analysis.WithLock(file, null, renamed, View));
        Assert.NotEmpty(await Analysis.WithLock(file, null, renamed.Replace("Dog.TrickAdded", "Other", StringComparison.Ordinal), View));
    }

    [Fact]
    public async Task A_raised_version_is_no_error_and_a_lower_one_is()
    {
        var raised = Changed(View, "\"tricks_per_dog\"", "\"tricks_per_dog\", Version = 2", "Step = 1", "Step = 2");

        Assert.Empty(await Differences(View, raised));
        Assert.Contains(": its Version is 1 now, but a store doesn't go back to an earlier one; write 'Version = 3'", Assert.Single(await Differences(raised, View)).GetMessage(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_a_build_that_compares_misses_a_line()
    {
        var file = new LockText(LineOf(Handlers));

        Assert.Empty(await Analysis.WithLock(file, null, Dog, View, Handlers));
        Assert.Empty(await Analysis.WithLock(file, ProjectOptions.Updating, Dog, View, Handlers));
        Assert.Equal(
            "'TricksPerDog' has no line for its Version 1 in projections.lock, and this build only compares: build the project where CI isn't set and EventSourcingUpdateLocks isn't false, and commit the file",
            Assert.Single(await Analysis.WithLock(file, ProjectOptions.Comparing, Dog, View, Handlers)).GetMessage());
        // A project without the file has chosen not to be checked.
        Assert.Empty(await Analysis.Run(GeneratorRun.Of(Dog, View).Output, Analysis.Analyzers, ProjectOptions.Comparing));
    }

    [Theory]
    [InlineData("<<<<<<< HEAD", "it isn't of the form 'name version | …'")]
    [InlineData("tricks_per_dog | a | b | 0123456789abcdef", "it isn't of the form 'name version | …'")]
    [InlineData("tricks_per_dog 0 | a | b | 0123456789abcdef", "it isn't of the form 'name version | …'")]
    [InlineData("tricks_per_dog 3 | a | b", "it isn't of the form 'name version | columns | topics | hash'")]
    [InlineData("tricks_per_dog 3 | a | b | 0123", "it isn't of the form 'name version | columns | topics | hash'")]
    [InlineData("tricks_per_dog 1 | a | b | 0123456789abcdef", "another line of 'tricks_per_dog' has the same version 1, and is different")]
    public async Task A_line_that_is_not_valid_is_an_error(string line, string reason)
    {
        var file = new LockText($"# comment\n\n{LineOf(View)}\n{line}\n");

        var diagnostic = Assert.Single(await Analysis.WithLock(file, ProjectOptions.Comparing, Dog, View));

        Assert.Equal("ESG0072", diagnostic.Id);
        Assert.Equal($"Line 4 of projections.lock isn't valid: {reason}; restore the line, or delete it, so that the build writes it again", diagnostic.GetMessage());
        Assert.Equal((3, line.Length), (diagnostic.Location.GetLineSpan().StartLinePosition.Line, diagnostic.Location.SourceSpan.Length));
        Assert.Null(Written(file.GetText(TestContext.Current.CancellationToken).ToString(), View, Handlers));
    }

    /// <summary>Two branches have added lines, and git has put them together.</summary>
    [Fact]
    public async Task Lines_of_two_branches_are_merged()
    {
        var (view, handlers) = (LineOf(View), LineOf(Handlers));

        Assert.Empty(await Analysis.WithLock(new($"{view}\n{handlers}\n"), ProjectOptions.Comparing, Dog, View, Handlers));
        Assert.Empty(await Analysis.WithLock(new($"{handlers}\n{view}\n{handlers}\n"), ProjectOptions.Comparing, Dog, View, Handlers));
    }

    [Fact]
    public void A_build_writes_a_new_file()
    {
        var text = Written(null, View, Handlers)!;

        Assert.StartsWith("# What the rows of each projection depend on", text, StringComparison.Ordinal);
        Assert.Equal([LineOf(Handlers), LineOf(View)], text.Split('\n').Where(l => !l.StartsWith('#')));
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public void A_build_adds_lines_in_order_and_leaves_the_others_as_they_are(string end)
    {
        var (handlers, view) = (LineOf(Handlers), LineOf(View));
        string[] other = ["zebras 1 | own tables | Dog.Registered | 0123456789abcdef", "# Reviewed.", "tricks_per_dog 2 | own tables | Dog.Registered | 0123456789abcdef", "apes 1 | own tables | Dog.Registered | 0123456789abcdef"];
        var raised = Changed(View, "\"tricks_per_dog\"", "\"tricks_per_dog\", Version = 10");

        Assert.Equal(
            string.Join(end, handlers, LineOf(raised), other[0], other[1], other[2], other[3]),
            Written(string.Join(end, other) + end, raised, Handlers));
        Assert.Equal(string.Join(end, "# Mine.", handlers, view), Written($"# Mine.{end}{view}{end}", View, Handlers));
        Assert.Equal(string.Join(end, handlers, view, LineOf(raised)), Written($"{handlers}{end}{view}", raised, Handlers));
    }

    [Fact]
    public void A_build_writes_nothing_that_is_there_and_replaces_nothing()
    {
        Assert.Null(Written(LineOf(View), View));
        Assert.Null(Written(LineOf(View), Changed(View, "Step = 1", "Step = 2")));
        Assert.Null(Written(LineOf(Changed(View, "\"tricks_per_dog\"", "\"tricks_per_dog\", Version = 2")), View));
        Assert.Null(Written(null, "public class Unrelated;"));
    }

    [Fact]
    public void Only_a_build_that_updates_writes()
    {
        Assert.DoesNotContain("projections.lock.g.cs", GeneratorRun.WithLock(null, ProjectOptions.Comparing, Dog, View).Files.Keys);
        Assert.DoesNotContain("projections.lock.g.cs", GeneratorRun.WithLock(null, ProjectOptions.Build, Dog, View).Files.Keys);
        Assert.DoesNotContain("projections.lock.g.cs", GeneratorRun.WithLock(null, new ProjectOptions("true", "true"), Dog, View).Files.Keys);
    }

    /// <summary>A name is that of a table of an application, and a project may have several applications.</summary>
    [Fact]
    public async Task Projections_with_the_same_name_have_no_line()
    {
        var other = Changed(View, "TricksPerDog", "Other", "Step = 1", "Step = 3");
        var text = Written(null, View, other, Handlers);

        Assert.Equal(LineOf(Handlers), text!.Split('\n')[^1]);
        Assert.DoesNotContain("tricks_per_dog", text, StringComparison.Ordinal);
        Assert.Empty(await Analysis.WithLock(new(LineOf(View)), ProjectOptions.Comparing, Dog, View, other));
    }

    [Fact]
    public void An_edit_of_the_fold_changes_the_entry_and_no_file()
    {
        var run = GeneratorRun.WithLock(new("# Empty."), ProjectOptions.Comparing, Dog, View, Handlers);

        var edited = run.Edit(1, Changed(View, "Step = 1", "Step = 2"));
        Assert.Contains(IncrementalStepRunReason.Modified, edited.Reasons(StepNames.ProjectionEntries));
        Assert.All(edited.OutputReasons, r => Assert.Equal(IncrementalStepRunReason.Cached, r));

        var commented = run.Edit(1, Changed(View, "Step = 1", "Step /* always */ = 1"));
        Assert.NotEmpty(commented.Reasons(StepNames.ProjectionEntries));
        Assert.DoesNotContain(IncrementalStepRunReason.Modified, commented.Reasons(StepNames.ProjectionEntries));
        Assert.All(commented.Reasons(StepNames.ProjectionLock), r => Assert.Equal(IncrementalStepRunReason.Cached, r));
    }

    [Fact]
    public void The_lock_is_written_again_only_when_an_entry_changes()
    {
        var run = GeneratorRun.WithLock(null, ProjectOptions.Updating, Dog, View);

        Assert.All(run.Edit(1, View + "\n// the end").Reasons(StepNames.ProjectionLock), r => Assert.Equal(IncrementalStepRunReason.Cached, r));
        Assert.Contains(IncrementalStepRunReason.Modified, run.Edit(1, Changed(View, "Step = 1", "Step = 2")).Reasons(StepNames.ProjectionLock));
    }

    [Theory]
    [InlineData("\"tricks_per_dog\"", "\"tricks_per_dog\", Version = 2")]
    [InlineData("\"tricks_per_dog\", Version = 1", "\"tricks_per_dog\", Version = 2")]
    [InlineData("\"tricks_per_dog\", OnError = ProjectionErrorPolicy.Park", "\"tricks_per_dog\", Version = 2, OnError = ProjectionErrorPolicy.Park")]
    [InlineData("name: \"tricks_per_dog\", Inline = true", "name: \"tricks_per_dog\", Version = 2, Inline = true")]
    public Task The_fix_raises_the_version(string before, string after)
    {
        var source = $"{Dog}\n{Changed(View, "namespace School;", "", "Step = 1", "Step = 2")}";
        return Fixing.Verify<RaiseVersionCodeFix>(
            "ESG0071", Changed(source, "\"tricks_per_dog\"", before), Changed(source, "\"tricks_per_dog\"", after), file: new LockText(LineOf(View)));
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public async Task The_other_fix_changes_the_line(string end)
    {
        var (view, handlers) = (Changed(View, "Step = 1", "Step = 2"), Changed(Handlers, "_words.Clear()", "_words = null!", "readonly List", "List"));
        string File(string first, string second) => string.Concat(new[] { "# Mine.", first, LineOf(View).Replace(" 1 ", " 10 ", StringComparison.Ordinal).Replace("tricks_per_dog", "apes", StringComparison.Ordinal), second }.Select(l => l + end));
        const string Title = "Keep the Version, as the rows stay the same: change the line in projections.lock";

        var texts = await Fixing.FixLock<RaiseVersionCodeFix>("ESG0071", new(File(LineOf(Handlers), LineOf(View))), Title, $"{Changed(view, "namespace School;", "")}\n{Changed(Dog, "namespace School;", "")}", Changed(handlers, "namespace School;", ""));

        // The first view, and all.
        Assert.Equal([File(LineOf(Handlers), LineOf(view)), File(LineOf(handlers), LineOf(view))], texts);
    }

    [Fact]
    public async Task A_lower_version_can_not_be_kept() => Assert.Equal(
        ["Raise the Version to 3"],
        await Fixing.Offers<RaiseVersionCodeFix>("ESG0071", Dog + Changed(View, "namespace School;", ""), new LockText(LineOf(Changed(View, "\"tricks_per_dog\"", "\"tricks_per_dog\", Version = 2")))));

    [Theory]
    [InlineData("ESG0071")]
    [InlineData("ESG0073")]
    public async Task The_example_of_the_page_shows_the_rule(string id)
    {
        var (wrong, files) = (RulePagesTests.Example(id, "Wrong"), Texts().Matches(RulePagesTests.Page(id)).Select(m => m.Groups["text"].Value).ToList());

        Assert.Equal(id, Assert.Single(await Analysis.WithLock(new(files[0]), ProjectOptions.Comparing, wrong)).Id);
        // What the page shows as recorded is what a build would record of the code before, or afterwards.
        var line = LineOf(wrong.Replace("Tricks + 2", "Tricks + 1", StringComparison.Ordinal), dog: "");
        Assert.EndsWith(line[^16..], files[0].TrimEnd(), StringComparison.Ordinal);
        Assert.Empty(id == "ESG0071"
            ? await Analysis.WithLock(new(files[0]), ProjectOptions.Updating, RulePagesTests.Example(id, "Right"))
            : await Analysis.WithLock(new(files[1]), ProjectOptions.Comparing, wrong));
    }

    [Fact]
    public async Task The_example_of_the_page_about_lines_shows_the_rule()
    {
        var files = Texts().Matches(RulePagesTests.Page("ESG0072")).Select(m => m.Groups["text"].Value).ToList();

        Assert.Equal("ESG0072", Assert.Single(await Analysis.WithLock(new(files[0]), null, Dog)).Id);
        Assert.Empty(await Analysis.WithLock(new(files[1]), null, Dog));
    }

    private static string Dog { get; } = Sources.Dog.Replace(
        "[Event(\"TrickAdded\")]", "[Event(\"Died\")] public partial void Die(); private void Apply(Died e) { }\n\n    [Event(\"TrickAdded\")]", StringComparison.Ordinal);

    private static string Changed(string source, params string[] replacements)
    {
        for (var i = 0; i < replacements.Length; i += 2)
        {
            Assert.Contains(replacements[i], source, StringComparison.Ordinal);
            source = source.Replace(replacements[i], replacements[i + 1], StringComparison.Ordinal);
        }

        return source;
    }

    /// <summary>The diagnostics of the second program with the lock file of the first.</summary>
    private static Task<IReadOnlyList<Diagnostic>> Differences(string before, string after) => Analysis.WithLock(new(LineOf(before)), null, Dog, after);

    private static string LineOf(string source, string? dog = null, string other = "") => Assert.Single(Written(null, source, dog ?? Dog, other)!.Split('\n'), l => !l.StartsWith('#'));

    /// <summary>The text that a build writes into the lock file; null if it doesn't.</summary>
    private static string? Written(string? file, params string[] sources)
    {
        var all = sources.Any(s => s.Contains("class Dog", StringComparison.Ordinal)) ? sources : [.. sources, Dog];
        var run = GeneratorRun.WithLock(file is null ? null : new LockText(file), ProjectOptions.Updating, all);
        Assert.DoesNotContain(run.Errors, e => e.Severity == DiagnosticSeverity.Error);
        if (!run.Files.TryGetValue("projections.lock.g.cs", out var text))
        {
            return null;
        }

        // As the target does.
        Assert.StartsWith("// <auto-generated/>\n//", text, StringComparison.Ordinal);
        return Regex.Replace(Regex.Replace(text, @"^// .auto-generated/.\r?\n|\s+$", ""), "(?m)^//", "");
    }

    [GeneratedRegex(@"```text\n(?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Texts();
}
