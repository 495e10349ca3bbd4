using EventSourcing.Generators.Tests.Analyzers;
using EventSourcing.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Xunit;

namespace EventSourcing.Generators.Tests.CodeFixes;

/// <summary>Applies code fixes to a program as an editor does.</summary>
internal static class Fixing
{
    /// <summary>The titles of the fixes that are offered for a diagnostic, in order.</summary>
    public static async Task<IReadOnlyList<string>> Offers<TFix>(string id, string source, LockText? file = null)
        where TFix : CodeFixProvider, new() => [.. (await Actions<TFix>(id, source, file)).Select(a => a.Title)];

    /// <summary>Expects that the first fix offered, or the one with the given title, turns one program into another that no longer has the fault.</summary>
    public static async Task Verify<TFix>(string id, string source, string expected, string? title = null, LockText? file = null)
        where TFix : CodeFixProvider, new()
    {
        var actions = await Actions<TFix>(id, source, file);
        var action = Assert.Single(actions, a => title is null ? a == actions[0] : a.Title == title);
        var operations = await action.GetOperationsAsync(TestContext.Current.CancellationToken);
        var changed = Assert.IsType<ApplyChangesOperation>(Assert.Single(operations)).ChangedSolution;
        var text = await changed.Projects.Single().Documents.Single(d => d.Name == "Source0.cs").GetTextAsync(TestContext.Current.CancellationToken);
        Assert.Equal(expected, text.ToString(), ignoreLineEndingDifferences: true);
        Assert.DoesNotContain(await Of(file, expected), d => d.Id == id || d.Id.StartsWith("CS", StringComparison.Ordinal));
    }

    /// <summary>
    /// Expects that "fix all" in a project, started at the first fault of the first file with the first fix or the one with the given
    /// title, turns one program into another that no longer has the fault. In a document, the other files don't change.
    /// </summary>
    public static async Task VerifyAll<TFix>(string id, string[] sources, string[] expected, string? title = null, LockText? file = null)
        where TFix : CodeFixProvider, new()
    {
        Assert.Equal(expected, await FixAll<TFix>(id, FixAllScope.Project, sources, title, file));
        Assert.Equal(expected, await FixAll<TFix>(id, FixAllScope.Solution, sources, title, file));
        Assert.Equal([expected[0], .. sources[1..]], await FixAll<TFix>(id, FixAllScope.Document, sources, title, file));
        Assert.DoesNotContain(await Of(file, expected), d => d.Id == id || d.Id.StartsWith("CS", StringComparison.Ordinal));
    }

    /// <summary>The lock file after the fix with the title, and after "fix all" with it.</summary>
    public static async Task<IReadOnlyList<string>> FixLock<TFix>(string id, LockText file, string title, params string[] sources)
        where TFix : CodeFixProvider, new()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var operations = await Assert.Single(await Actions<TFix>(id, sources[0], file), a => a.Title == title).GetOperationsAsync(cancellation);
        var texts = new List<string>();
        foreach (var changed in new[] { operations.OfType<ApplyChangesOperation>().Single().ChangedSolution, (await FixAllIn<TFix>(id, FixAllScope.Project, sources, title, file)).Changed })
        {
            texts.Add((await changed.Projects.Single().AdditionalDocuments.Single().GetTextAsync(cancellation)).ToString());
        }

        return texts;
    }

    /// <summary>The files after "fix all".</summary>
    public static async Task<IReadOnlyList<string>> FixAll<TFix>(string id, FixAllScope scope, string[] sources, string? title = null, LockText? file = null)
        where TFix : CodeFixProvider, new()
    {
        var (documents, changed) = await FixAllIn<TFix>(id, scope, sources, title, file);
        var texts = new List<string>();
        foreach (var document in documents)
        {
            texts.Add((await changed.GetDocument(document.Id)!.GetTextAsync(TestContext.Current.CancellationToken)).ToString().ReplaceLineEndings("\n"));
        }

        return texts;
    }

    private static async Task<(IReadOnlyList<Document> Documents, Solution Changed)> FixAllIn<TFix>(string id, FixAllScope scope, string[] sources, string? title, LockText? file)
        where TFix : CodeFixProvider, new()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var fix = new TFix();
        var documents = Documents(file, sources);
        var found = new List<Diagnostic>();
        foreach (var diagnostic in (await Of(file, sources)).Where(d => d.Id == id))
        {
            var document = documents.Single(d => d.Name == diagnostic.Location.SourceTree!.FilePath);
            found.Add(Diagnostic.Create(diagnostic.Descriptor, Location.Create((await document.GetSyntaxTreeAsync(cancellation))!, diagnostic.Location.SourceSpan), diagnostic.Properties, [.. Enumerable.Repeat("", 4)]));
        }

        var actions = new List<CodeAction>();
        var first = found.First(d => d.Location.SourceTree!.FilePath == documents[0].Name);
        await fix.RegisterCodeFixesAsync(new CodeFixContext(documents[0], first, (action, _) => actions.Add(action), cancellation));
        var key = actions.First(a => title is null || a.Title == title).EquivalenceKey;
        var all = new FixAllContext(documents[0], fix, scope, key, [id], new Found(found), cancellation);
        var action = (await fix.GetFixAllProvider()!.GetFixAsync(all))!;
        return (documents, (await action.GetOperationsAsync(cancellation)).OfType<ApplyChangesOperation>().Single().ChangedSolution);
    }

    private static async Task<IReadOnlyList<CodeAction>> Actions<TFix>(string id, string source, LockText? file = null)
        where TFix : CodeFixProvider, new()
    {
        var fix = new TFix();
        Assert.Contains(id, fix.FixableDiagnosticIds);
        Assert.NotNull(fix.GetFixAllProvider());
        var diagnostic = (await Of(file, source)).First(d => d.Id == id);
        var actions = new List<CodeAction>();
        await fix.RegisterCodeFixesAsync(new CodeFixContext(Documents(file, source)[0], diagnostic, (action, _) => actions.Add(action), TestContext.Current.CancellationToken));
        return actions;
    }

    private static Task<IReadOnlyList<Diagnostic>> Of(LockText? file, params string[] sources) =>
        file is null ? Analysis.Of(sources) : Analysis.WithLock(file, null, sources);

    private static IReadOnlyList<Document> Documents(LockText? file, params string[] sources)
    {
        const string Usings = "global using System; global using System.Collections.Generic; global using System.Threading; global using System.Threading.Tasks; global using EventSourcing;";
        var project = new AdhocWorkspace().CurrentSolution
            .AddProject("Sample", "Sample", LanguageNames.CSharp)
            .WithMetadataReferences(GeneratorRun.AllReferences)
            .WithParseOptions(new CSharpParseOptions(LanguageVersion.CSharp14))
            .WithCompilationOptions(new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable))
            .AddDocument("Usings.cs", Usings).Project;
        for (var i = 0; i < sources.Length; i++)
        {
            project = project.AddDocument($"Source{i}.cs", sources[i], filePath: $"Source{i}.cs").Project;
        }

        project = file is null ? project : project.AddAdditionalDocument(Path.GetFileName(file.Path), file.GetText(TestContext.Current.CancellationToken), filePath: file.Path).Project;

        return [.. project.Documents.Where(d => d.Name != "Usings.cs").OrderBy(d => d.Name, StringComparer.Ordinal)];
    }

    private sealed class Found(IReadOnlyList<Diagnostic> diagnostics) : FixAllContext.DiagnosticProvider
    {
        public override Task<IEnumerable<Diagnostic>> GetAllDiagnosticsAsync(Project project, CancellationToken cancellationToken) => Task.FromResult<IEnumerable<Diagnostic>>(diagnostics);

        public override Task<IEnumerable<Diagnostic>> GetDocumentDiagnosticsAsync(Document document, CancellationToken cancellationToken) =>
            Task.FromResult(diagnostics.Where(d => d.Location.SourceTree!.FilePath == document.Name));

        public override Task<IEnumerable<Diagnostic>> GetProjectDiagnosticsAsync(Project project, CancellationToken cancellationToken) => Task.FromResult<IEnumerable<Diagnostic>>([]);
    }
}
