using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Editing;

namespace EventSourcing.Generators.CodeFixes;

/// <summary>
/// "Fix all" in a document, a project or the solution. The compiler's own way fixes each fault alone and merges the texts, which loses
/// adjacent changes, such as two in one list of attribute arguments. This class makes all changes to one syntax tree, one after the other.
/// </summary>
internal sealed class FixEverywhere : FixAllProvider
{
    public static readonly FixEverywhere Instance = new();

    public override Task<CodeAction?> GetFixAsync(FixAllContext context) => Task.FromResult<CodeAction?>(
        CodeAction.Create("Fix all occurrences", cancellation => FixAsync(context.WithCancellationToken(cancellation)), context.CodeActionEquivalenceKey));

    private static async Task<Solution> FixAsync(FixAllContext context)
    {
        var fix = (CodeFix)context.CodeFixProvider;
        var editor = new SolutionEditor(context.Solution);
        var files = new List<Func<Solution, CancellationToken, Task<Solution>>>();
        var made = new HashSet<(FileLinePositionSpan, string)>();
        foreach (var diagnostic in (await FindAsync(context).ConfigureAwait(false)).OrderBy(d => d.Location.SourceSpan.Start))
        {
            if (context.Solution.GetDocument(diagnostic.Location.SourceTree) is not { } document)
            {
                continue;
            }

            var offers = await fix.FindAsync(new Fault(document, diagnostic, context.CancellationToken)).ConfigureAwait(false);
            // A file that several projects share is changed once.
            if (offers.FirstOrDefault(o => o.Key == context.CodeActionEquivalenceKey) is { } offer && made.Add((diagnostic.Location.GetLineSpan(), offer.Title)))
            {
                await offer.MakeAsync(editor, context.CancellationToken).ConfigureAwait(false);
                if (offer.Files is { } change)
                {
                    files.Add(change);
                }
            }
        }

        var changed = editor.GetChangedSolution();
        foreach (var change in files)
        {
            changed = await change(changed, context.CancellationToken).ConfigureAwait(false);
        }

        return changed;
    }

    private static async Task<IReadOnlyList<Diagnostic>> FindAsync(FixAllContext context)
    {
        switch (context.Scope)
        {
            case FixAllScope.Document:
                return context.Document is { } document ? await context.GetDocumentDiagnosticsAsync(document).ConfigureAwait(false) : [];
            case FixAllScope.Project:
                return await context.GetAllDiagnosticsAsync(context.Project).ConfigureAwait(false);
            default:
                var found = new List<Diagnostic>();
                foreach (var project in context.Solution.Projects.Where(p => p.Language == LanguageNames.CSharp))
                {
                    found.AddRange(await context.GetAllDiagnosticsAsync(project).ConfigureAwait(false));
                }

                return found;
        }
    }
}
