using EventSourcing.Generators.Tests.Analyzers;
using EventSourcing.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace EventSourcing.Generators.Tests.CodeFixes;

/// <summary>Applies code fixes to a program as an editor does.</summary>
internal static class Fixing
{
    /// <summary>The titles of what is offered for a diagnostic, in order.</summary>
    public static async Task<IReadOnlyList<string>> Offers<TFix>(string id, string source)
        where TFix : CodeFixProvider, new() => [.. (await Actions<TFix>(id, source)).Select(a => a.Title)];

    /// <summary>Expects that the first fix offered, or the one with a title, turns one program into another that no longer has the fault.</summary>
    public static async Task Verify<TFix>(string id, string source, string expected, string? title = null)
        where TFix : CodeFixProvider, new()
    {
        var actions = await Actions<TFix>(id, source);
        var action = Assert.Single(actions, a => title is null ? a == actions[0] : a.Title == title);
        var operations = await action.GetOperationsAsync(TestContext.Current.CancellationToken);
        var changed = Assert.IsType<ApplyChangesOperation>(Assert.Single(operations)).ChangedSolution;
        var text = await changed.Projects.Single().Documents.First().GetTextAsync(TestContext.Current.CancellationToken);
        Assert.Equal(expected, text.ToString(), ignoreLineEndingDifferences: true);
        Assert.DoesNotContain(await Analysis.Of(expected), d => d.Id == id || d.Id.StartsWith("CS", StringComparison.Ordinal));
    }

    /// <summary>Expects the same of "fix all occurrences in the document".</summary>
    public static async Task VerifyAll<TFix>(string id, string source, string expected)
        where TFix : CodeFixProvider, new()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var title = (await Offers<TFix>(id, source))[0];
        var document = Document(source);
        var tree = (await document.GetSyntaxTreeAsync(cancellation))!;
        var diagnostics = (await Analysis.Of(source)).Where(d => d.Id == id)
            .Select(d => Diagnostic.Create(d.Descriptor, Location.Create(tree, d.Location.SourceSpan), d.Properties, [.. Enumerable.Repeat("", 4)]))
            .ToList();
        var fix = new TFix();
        var all = new FixAllContext(document, fix, FixAllScope.Document, title, [id], new Found(diagnostics), cancellation);
        var action = (await fix.GetFixAllProvider()!.GetFixAsync(all))!;
        var changed = (await action.GetOperationsAsync(cancellation)).OfType<ApplyChangesOperation>().Single().ChangedSolution;
        Assert.Equal(expected, (await changed.GetDocument(document.Id)!.GetTextAsync(cancellation)).ToString(), ignoreLineEndingDifferences: true);
    }

    private static async Task<IReadOnlyList<CodeAction>> Actions<TFix>(string id, string source)
        where TFix : CodeFixProvider, new()
    {
        var fix = new TFix();
        Assert.Contains(id, fix.FixableDiagnosticIds);
        Assert.NotNull(fix.GetFixAllProvider());
        var diagnostic = (await Analysis.Of(source)).First(d => d.Id == id);
        var actions = new List<CodeAction>();
        await fix.RegisterCodeFixesAsync(new CodeFixContext(Document(source), diagnostic, (action, _) => actions.Add(action), TestContext.Current.CancellationToken));
        return actions;
    }

    private static Document Document(string source)
    {
        const string Usings = "global using System; global using System.Collections.Generic; global using System.Threading; global using System.Threading.Tasks; global using EventSourcing;";
        var project = new AdhocWorkspace().CurrentSolution
            .AddProject("Sample", "Sample", LanguageNames.CSharp)
            .WithMetadataReferences(GeneratorRun.AllReferences)
            .WithParseOptions(new CSharpParseOptions(LanguageVersion.CSharp14))
            .WithCompilationOptions(new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        var document = project.AddDocument("Source0.cs", source);
        return document.Project.AddDocument("Usings.cs", Usings).Project.GetDocument(document.Id)!;
    }

    private sealed class Found(IReadOnlyList<Diagnostic> diagnostics) : FixAllContext.DiagnosticProvider
    {
        public override Task<IEnumerable<Diagnostic>> GetAllDiagnosticsAsync(Project project, CancellationToken cancellationToken) => Task.FromResult<IEnumerable<Diagnostic>>(diagnostics);

        public override Task<IEnumerable<Diagnostic>> GetDocumentDiagnosticsAsync(Document document, CancellationToken cancellationToken) => Task.FromResult<IEnumerable<Diagnostic>>(diagnostics);

        public override Task<IEnumerable<Diagnostic>> GetProjectDiagnosticsAsync(Project project, CancellationToken cancellationToken) => Task.FromResult<IEnumerable<Diagnostic>>([]);
    }
}
