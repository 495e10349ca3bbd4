using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace EventSourcing.Generators.Tests.Analyzers;

/// <summary>Each rule has a page, whose wrong example shows it and whose right one is right; and an entry in release tracking.</summary>
public sealed partial class RulePagesTests(ITestOutputHelper output)
{
    private static readonly IReadOnlyList<DiagnosticDescriptor> All =
        [.. typeof(Rules).GetFields().Where(f => f.FieldType == typeof(DiagnosticDescriptor)).Select(f => (DiagnosticDescriptor)f.GetValue(null)!)];

    public static TheoryData<string> Ids => new(All.Select(r => r.Id).Order(StringComparer.Ordinal));

    [Fact]
    public void Ids_are_unique_and_reported_by_an_analyzer()
    {
        Assert.Equal(All.Count, All.Select(r => r.Id).Distinct().Count());
        // Of an unknown type the compiler tells the editor, and a failure only the generator knows.
        string[] generatorOnly = [Rules.UnknownType.Id, Rules.GeneratorFailed.Id];
        Assert.Equal(Ids.Select(i => i.Data).Except(generatorOnly), Analysis.Analyzers.SelectMany(a => a.SupportedDiagnostics).Where(d => d.Id.StartsWith("ESG0", StringComparison.Ordinal)).Select(d => d.Id).Distinct().Order(StringComparer.Ordinal));
    }

    [Theory, MemberData(nameof(Ids))]
    public void A_rule_is_documented_and_tracked(string id)
    {
        var rule = All.Single(r => r.Id == id);
        Assert.EndsWith($"/docs/diagnostics/{id}.md", rule.HelpLinkUri, StringComparison.Ordinal);
        Assert.StartsWith($"# {id}: {rule.Title}\n\n{NameOf(rule.DefaultSeverity)} · {rule.Category}\n", Page(id), StringComparison.Ordinal);
        Assert.Contains($"| [{id}]({id}.md) | {NameOf(rule.DefaultSeverity)} | {rule.Title} |", Page("README"), StringComparison.Ordinal);

        var folder = Path.Combine(Root(), "src", "Generators", "EventSourcing.Generated.Generators", "Diagnostics");
        var entries = File.ReadLines(Path.Combine(folder, "AnalyzerReleases.Shipped.md"))
            .Concat(File.ReadLines(Path.Combine(folder, "AnalyzerReleases.Unshipped.md")))
            .Where(l => l.StartsWith(id, StringComparison.Ordinal));
        Assert.StartsWith($"{id} | {rule.Category} | {rule.DefaultSeverity} | {rule.Title}", Assert.Single(entries), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Ids))]
    public async Task The_wrong_example_shows_the_rule_and_no_other(string id)
    {
        if (!HasWrongExample(id))
            return; // another test makes it happen
        // In an editor the compiler's own error has the fix that adds a using directive.
        var diagnostics = id == Rules.UnknownType.Id ? [.. GeneratorRun.InBuild(Example(id, "Wrong")).Result.Diagnostics] : await RunExample(id, "Wrong");
        foreach (var diagnostic in diagnostics)
            output.WriteLine(diagnostic.ToString());
        Assert.Equal(id, Assert.Single(diagnostics.Select(d => d.Id).Where(i => i.StartsWith("ESG", StringComparison.Ordinal)).Distinct()));
        // Of these nothing can be generated that would keep the compiler from adding what follows. A build prints it afterwards.
        string[] followed = [Rules.TypeMustBePartial.Id, Rules.NameCollision.Id, Rules.CreationShape.Id, Rules.EventMissing.Id];
        if (!followed.Contains(id))
            Assert.True(diagnostics.All(d => d.Id == id), string.Join('\n', diagnostics));
    }

    [Theory, MemberData(nameof(Ids))]
    public async Task The_right_example_and_all_others_have_no_fault(string id)
    {
        var page = Page(id);
        var others = Blocks().Matches(page).Select(m => m.Groups["code"].Value).Skip(HasWrongExample(id) ? 1 : 0).ToList();
        // What is right there isn't C#: a reference, or the version of the language.
        if (id == Rules.NoProvider.Id)
            Assert.Empty(await Analysis.Of(Example(id, "Wrong")));
        else
            Assert.Equal(HasWrongExample(id), others.Count > 0 && others[0] == Example(id, "Right"));
        foreach (var other in others)
            Assert.Empty(await Analysis.Of(other));
    }

    [Fact]
    public async Task Messages_are_clear_to_a_newcomer()
    {
        var messages = new System.Text.StringBuilder();
        foreach (var id in Ids.Select(i => i.Data))
        {
            if (!HasWrongExample(id))
                continue;
            var found = (await RunExample(id, "Wrong")).Where(d => d.Id == id);
            foreach (var diagnostic in found.DefaultIfEmpty(GeneratorRun.InBuild(Example(id, "Wrong")).Result.Diagnostics.FirstOrDefault(d => d.Id == id)!))
                messages.Append($"{id} at '{Example(id, "Wrong").Substring(diagnostic.Location.SourceSpan.Start, diagnostic.Location.SourceSpan.Length)}'\n  {diagnostic.GetMessage()}\n");
        }

        Snapshot.Match(new Dictionary<string, string> { ["Messages.txt"] = messages.ToString() }, Here(), nameof(Messages_are_clear_to_a_newcomer));
    }

    /// <summary>Whether the page shows a mistake in C#: the version of the language and a failure of the generator aren't.</summary>
    public static bool HasWrongExample(string id) => id != Rules.LanguageVersion.Id && id != Rules.GeneratorFailed.Id;

    public static IEnumerable<MetadataReference> References(string id) => id == Rules.NoProvider.Id ? GeneratorRun.CoreReferences : GeneratorRun.AllReferences;

    private static Task<IReadOnlyList<Diagnostic>> RunExample(string id, string heading)
    {
        // What another generator writes is added when ours has run.
        var parts = Example(id, heading).Split("// Written by another generator:");
        var output = GeneratorRun.With(References(id), parts[0]).Output;
        return Analysis.Run(output.AddSyntaxTrees(parts.Skip(1).Select(p => CSharpSyntaxTree.ParseText(p, (CSharpParseOptions)output.SyntaxTrees.First().Options, "Other.g.cs"))), Analysis.Analyzers);
    }

    public static string Example(string id, string heading) =>
        Assert.Single(Examples().Matches(Page(id)), m => m.Groups["heading"].Value == heading).Groups["code"].Value;

    private static string Page(string name) => File.ReadAllText(Path.Combine(Root(), "docs", "diagnostics", name + ".md")).ReplaceLineEndings("\n");

    private static string NameOf(DiagnosticSeverity severity) => severity == DiagnosticSeverity.Info ? "Suggestion" : severity.ToString();

    private static string Root() => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "..", "..", ".."));

    private static string Here([CallerFilePath] string file = "") => file;

    [GeneratedRegex(@"```csharp\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Blocks();

    [GeneratedRegex(@"## (?<heading>\w+)\n\n```csharp\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Examples();
}
