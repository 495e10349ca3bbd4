using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Editing;

namespace EventSourcing.Generators.CodeFixes;

/// <summary>The base of all code fixes. A code fix returns its changes, so that one or all occurrences can be changed.</summary>
public abstract class CodeFix : CodeFixProvider
{
    public sealed override FixAllProvider GetFixAllProvider() => FixEverywhere.Instance;

    public sealed override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        var solution = context.Document.Project.Solution;
        foreach (var offer in await FindAsync(new Fault(context.Document, context.Diagnostics[0], context.CancellationToken)).ConfigureAwait(false))
        {
            // Generated code and code of a reference can't be changed.
            if (offer.Changes.All(c => solution.GetDocument(c.Node.SyntaxTree) is not null))
            {
                context.RegisterCodeFix(CodeAction.Create(offer.Title, cancellation => ChangeAsync(solution, offer, cancellation), offer.Key), context.Diagnostics);
            }
        }
    }

    /// <summary>The ways to fix the fault, in the order in which they are offered.</summary>
    internal abstract Task<IReadOnlyList<Offer>> FindAsync(Fault fault);

    private static async Task<Solution> ChangeAsync(Solution solution, Offer offer, CancellationToken cancellation)
    {
        var editor = new SolutionEditor(solution);
        await offer.MakeAsync(editor, cancellation).ConfigureAwait(false);
        var changed = editor.GetChangedSolution();
        return offer.Files is { } files ? await files(changed, cancellation).ConfigureAwait(false) : changed;
    }
}

/// <summary>A diagnostic in a document.</summary>
internal sealed record Fault(Document Document, Diagnostic Diagnostic, CancellationToken Cancellation)
{
    /// <summary>The node of the given kind at the diagnostic, or around it.</summary>
    public async Task<T?> FindNodeAsync<T>()
        where T : SyntaxNode
    {
        var root = await Document.GetSyntaxRootAsync(Cancellation).ConfigureAwait(false);
        return root?.FindNode(Diagnostic.Location.SourceSpan).FirstAncestorOrSelf<T>();
    }

    public async Task<SemanticModel> GetModelAsync() => (await Document.GetSemanticModelAsync(Cancellation).ConfigureAwait(false))!;
}

/// <summary>One way to fix a fault.</summary>
/// <param name="Title">The text in the editor's menu.</param>
/// <param name="Key">The same for all faults that are fixed this way: an editor fixes faults with equal keys together.</param>
/// <param name="Changes">The changes, in their order.</param>
internal sealed record Offer(string Title, string Key, params Change[] Changes)
{
    /// <summary>Changes files that aren't code, after the changes of the code; null for none.</summary>
    public Func<Solution, CancellationToken, Task<Solution>>? Files { get; init; }

    public async Task MakeAsync(SolutionEditor solution, CancellationToken cancellation)
    {
        foreach (var change in Changes)
        {
            // Generated code and code of a reference can't be changed.
            if (solution.OriginalSolution.GetDocument(change.Node.SyntaxTree) is { } document)
            {
                change.Make(await solution.GetDocumentEditorAsync(document.Id, cancellation).ConfigureAwait(false));
            }
        }
    }
}

/// <summary>One change. It is made to the node as other changes have left it, so that any number of changes can be combined.</summary>
/// <param name="Node">The node before all changes.</param>
/// <param name="Make">Makes the change.</param>
internal sealed record Change(SyntaxNode Node, Action<SyntaxEditor> Make)
{
    /// <summary>Replaces a node by the result of a function. The function is called again if another fault asks for the same change.</summary>
    // The editor finds the new node by the annotations for the next change.
    public static Change Replace<T>(T node, Func<T, SyntaxNode> replacement)
        where T : SyntaxNode => new(node, e => e.ReplaceNode(node, (current, _) => current.CopyAnnotationsTo(replacement((T)current))!));

    /// <summary>Inserts a member after another one.</summary>
    public static Change InsertAfter(MemberDeclarationSyntax member, MemberDeclarationSyntax added) => new(member, e => e.InsertAfter(member, added));

    /// <summary>Adds <c>partial</c>.</summary>
    public static Change AddPartial<T>(T member)
        where T : MemberDeclarationSyntax => Replace(member, m => m.IsPartial() ? m : m.AddPartial());
}
