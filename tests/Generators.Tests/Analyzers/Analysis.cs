using System.Collections.Immutable;
using System.Text.RegularExpressions;
using EventSourcing.Generators.Analyzers;
using EventSourcing.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using Xunit;

namespace EventSourcing.Generators.Tests.Analyzers;

/// <summary>All diagnostics of the compiler and our analyzers for a program, with the generator running as in a user's build.</summary>
internal static partial class Analysis
{
    public static ImmutableArray<DiagnosticAnalyzer> Analyzers { get; } =
        [.. typeof(AggregateAnalyzer).Assembly.GetTypes()
            .Where(t => t.IsSubclassOf(typeof(DiagnosticAnalyzer)) && !t.IsAbstract)
            .Select(t => (DiagnosticAnalyzer)Activator.CreateInstance(t)!)];

    /// <summary>Expects exactly the diagnostics that the source marks as <c>{|ESG0001:Dog|}</c>, from our rules and from the compiler.</summary>
    public static Task Verify(params string[] sources) => Verify(GeneratorRun.AllReferences, sources);

    public static async Task Verify(IEnumerable<MetadataReference> references, params string[] sources)
    {
        var parsed = sources.Select(Parse).ToList();
        var diagnostics = await Run(references, [.. parsed.Select(p => p.Source)]);
        var expected = parsed.SelectMany((p, file) => p.Marks.Select(m => Show(m.Id, SourceText.From(p.Source), m.Span, $"Source{file}.cs"))).Order(StringComparer.Ordinal);
        var actual = diagnostics.Select(Place).Order(StringComparer.Ordinal);
        Assert.True(
            expected.SequenceEqual(actual),
            $"expected:\n{string.Join('\n', expected)}\n\nfound:\n{string.Join('\n', diagnostics.Select(d => $"{Place(d)}: {d.GetMessage()}"))}");
    }

    /// <summary>All diagnostics that are shown to the user: errors, warnings and suggestions.</summary>
    public static Task<IReadOnlyList<Diagnostic>> Of(params string[] sources) => Run(GeneratorRun.AllReferences, sources);

    /// <summary>All diagnostics of a project with a lock file.</summary>
    public static Task<IReadOnlyList<Diagnostic>> WithLock(LockText file, ProjectOptions? options, params string[] sources) =>
        Run(GeneratorRun.Of(sources).Output, Analyzers, options, file);

    public static Task<IReadOnlyList<Diagnostic>> Run(IEnumerable<MetadataReference> references, params string[] sources) =>
        Run(GeneratorRun.With(references, sources).Output, Analyzers);

    public static async Task<IReadOnlyList<Diagnostic>> Run(Compilation compilation, ImmutableArray<DiagnosticAnalyzer> analyzers, ProjectOptions? options = null, LockText? file = null)
    {
        ImmutableArray<AdditionalText> files = file is null ? [] : [file];
        var all = await compilation.WithAnalyzers(analyzers, options is null ? new AnalyzerOptions(files) : new AnalyzerOptions(files, options)).GetAllDiagnosticsAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotContain(all, d => d.Id == "AD0001"); // an analyzer threw
        return [.. all.Where(d => d.Severity > DiagnosticSeverity.Hidden && !d.IsSuppressed).OrderBy(d => d.Location.SourceSpan.Start)];
    }

    /// <summary>The source without its marks, and the places of the marks.</summary>
    public static (string Source, IReadOnlyList<(string Id, TextSpan Span)> Marks) Parse(string marked)
    {
        var marks = new List<(string, TextSpan)>();
        var removed = 0;
        var source = Mark().Replace(marked, match =>
        {
            var text = match.Groups["text"].Value;
            // Several diagnostics at one place: {|ESG0004,CS0751:Dog|}
            foreach (var id in match.Groups["ids"].Value.Split(','))
            {
                marks.Add((id, new TextSpan(match.Index - removed, text.Length)));
            }

            removed += match.Length - text.Length;
            return text;
        });
        return (source, marks);
    }

    private static string Place(Diagnostic diagnostic) => diagnostic.Location.SourceTree is { } tree
        ? Show(diagnostic.Id, tree.GetText(TestContext.Current.CancellationToken), diagnostic.Location.SourceSpan, Path.GetFileName(tree.FilePath))
        : diagnostic.Id;

    private static string Show(string id, SourceText text, TextSpan span, string file)
    {
        var position = text.Lines.GetLinePosition(span.Start);
        return $"{file}({position.Line + 1},{position.Character + 1}) {id} at '{text.ToString(span)}'";
    }

    [GeneratedRegex(@"\{\|(?<ids>[A-Z0-9,]+):(?<text>.*?)\|\}", RegexOptions.Singleline)]
    private static partial Regex Mark();
}
