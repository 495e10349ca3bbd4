using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Formatting;

namespace EventSourcing.Generators.CodeFixes;

/// <summary>What all fixes do alike.</summary>
internal static class CodeFixExtensions
{
    /// <summary>The node of a kind at the diagnostic, or around it.</summary>
    public static async Task<T?> FindNodeAsync<T>(this CodeFixContext context)
        where T : SyntaxNode
    {
        var root = await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false);
        return root?.FindNode(context.Span).FirstAncestorOrSelf<T>();
    }

    public static async Task<SemanticModel> GetModelAsync(this CodeFixContext context) =>
        (await context.Document.GetSemanticModelAsync(context.CancellationToken).ConfigureAwait(false))!;

    /// <summary>Offers to replace one node of the document.</summary>
    public static void Offer(this CodeFixContext context, string title, SyntaxNode old, SyntaxNode mended) =>
        context.Offer(title, old, [mended]);

    /// <summary>Offers to replace one node of the document by others.</summary>
    public static void Offer(this CodeFixContext context, string title, SyntaxNode old, IReadOnlyList<SyntaxNode> mended) => context.RegisterCodeFix(
        CodeAction.Create(
            title,
            async cancellation =>
            {
                var root = (await context.Document.GetSyntaxRootAsync(cancellation).ConfigureAwait(false))!;
                return context.Document.WithSyntaxRoot(mended.Count == 1 ? root.ReplaceNode(old, mended[0]) : root.ReplaceNode(old, mended));
            },
            equivalenceKey: title),
        context.Diagnostics);

    /// <summary>Offers a change of another document, perhaps.</summary>
    public static void Offer(this CodeFixContext context, string title, SyntaxNode old, Func<SyntaxNode, SyntaxNode> mend)
    {
        var solution = context.Document.Project.Solution;
        if (solution.GetDocument(old.SyntaxTree) is not { } document)
            return; // it is in a reference
        context.RegisterCodeFix(
            CodeAction.Create(
                title,
                async cancellation =>
                {
                    var root = (await document.GetSyntaxRootAsync(cancellation).ConfigureAwait(false))!;
                    return solution.WithDocumentSyntaxRoot(document.Id, root.ReplaceNode(old, mend(old)));
                },
                equivalenceKey: title),
            context.Diagnostics);
    }

    /// <summary>Adds <c>partial</c>, which must be the last of the modifiers.</summary>
    public static T AddPartial<T>(this T member)
        where T : MemberDeclarationSyntax => (T)member.WithModifierTokens(member.Modifiers.Add(SyntaxFactory.Token(SyntaxKind.PartialKeyword)));

    /// <summary>Sets the modifiers, one space after each, and keeps what stands before the declaration.</summary>
    public static MemberDeclarationSyntax WithModifierTokens(this MemberDeclarationSyntax member, IEnumerable<SyntaxToken> modifiers)
    {
        var leading = FirstToken(member).LeadingTrivia;
        var bare = member.WithModifiers(default);
        bare = bare.ReplaceToken(FirstToken(bare), FirstToken(bare).WithLeadingTrivia());
        var tokens = modifiers.Select(m => SyntaxFactory.Token(m.Kind()).WithTrailingTrivia(SyntaxFactory.Space)).ToList();
        if (tokens.Count == 0)
            return bare.ReplaceToken(FirstToken(bare), FirstToken(bare).WithLeadingTrivia(leading));
        tokens[0] = tokens[0].WithLeadingTrivia(leading);
        return bare.WithModifiers(SyntaxFactory.TokenList(tokens));
    }

    /// <summary>A member after another one, written as text and laid out by the formatter.</summary>
    public static MemberDeclarationSyntax ParseMember(string text) =>
        SyntaxFactory.ParseMemberDeclaration(text)!.WithAdditionalAnnotations(Formatter.Annotation);

    /// <summary>The name of the event's type that the member raises; null when its attribute isn't complete.</summary>
    public static string? EventTypeOf(this ISymbol? member) => member?.FindAttribute(KnownNames.Event) is { ConstructorArguments: [{ Value: string name }] } attribute
        ? attribute.Named<string>("TypeName") ?? (member is INamedTypeSymbol record ? record.Name : name)
        : null;

    private static SyntaxToken FirstToken(MemberDeclarationSyntax member) =>
        member.AttributeLists.Count == 0 ? member.GetFirstToken() : member.AttributeLists.Last().GetLastToken().GetNextToken();
}
