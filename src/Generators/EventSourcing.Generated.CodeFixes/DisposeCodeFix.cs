using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.CodeFixes;

/// <summary>ESG0036: disposes of a transaction or session at the end of the block that it is begun in.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class DisposeCodeFix : CodeFixProvider
{
    private const string Title = "Dispose of it at the end of the block";

    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Rules.NotDisposed.Id];

    public override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        var call = await context.FindNodeAsync<InvocationExpressionSyntax>().ConfigureAwait(false);
        var statement = call?.FirstAncestorOrSelf<StatementSyntax>();
        if (statement is null || !IsAsync(statement))
            return;
        switch (statement)
        {
            case LocalDeclarationStatementSyntax { Declaration.Variables: [{ Initializer.Value: { } value } variable] } local
                when Unwrapped(value) == call && local.UsingKeyword.IsKind(SyntaxKind.None) && local.Parent is BlockSyntax or GlobalStatementSyntax && !IsAssigned(local, variable.Identifier.ValueText):
                context.Offer(Title, local, WithUsing(local));
                break;
            case ExpressionStatementSyntax { Expression: AwaitExpressionSyntax { Expression: var awaited } expression } alone
                when awaited == call && alone.Parent is BlockSyntax or GlobalStatementSyntax:
                context.Offer(Title, alone, WithUsing(Declare(alone, expression)));
                break;
        }
    }

    private static LocalDeclarationStatementSyntax Declare(ExpressionStatementSyntax statement, ExpressionSyntax value)
    {
        var declaration = (LocalDeclarationStatementSyntax)SyntaxFactory.ParseStatement("var transaction = x;");
        var variable = declaration.Declaration.Variables[0];
        return declaration
            .ReplaceNode(variable.Initializer!.Value, value.WithoutTrivia())
            .WithTriviaFrom(statement);
    }

    private static LocalDeclarationStatementSyntax WithUsing(LocalDeclarationStatementSyntax local)
    {
        var leading = local.GetLeadingTrivia();
        return local.WithLeadingTrivia()
            .WithAwaitKeyword(SyntaxFactory.Token(SyntaxKind.AwaitKeyword).WithLeadingTrivia(leading).WithTrailingTrivia(SyntaxFactory.Space))
            .WithUsingKeyword(SyntaxFactory.Token(SyntaxKind.UsingKeyword).WithTrailingTrivia(SyntaxFactory.Space));
    }

    private static ExpressionSyntax Unwrapped(ExpressionSyntax value) => value is AwaitExpressionSyntax awaiting ? awaiting.Expression : value;

    private static bool IsAssigned(SyntaxNode local, string name) => local.Parent!.FirstAncestorOrSelf<MemberDeclarationSyntax>()!.DescendantNodes()
        .OfType<AssignmentExpressionSyntax>().Any(a => a.Left is IdentifierNameSyntax left && left.Identifier.ValueText == name);

    /// <summary>Whether the statement stands where something can be awaited.</summary>
    private static bool IsAsync(StatementSyntax statement)
    {
        foreach (var node in statement.Ancestors())
        {
            switch (node)
            {
                case MethodDeclarationSyntax method:
                    return method.Modifiers.Any(SyntaxKind.AsyncKeyword);
                case LocalFunctionStatementSyntax function:
                    return function.Modifiers.Any(SyntaxKind.AsyncKeyword);
                case AnonymousFunctionExpressionSyntax function:
                    return function.AsyncKeyword.IsKind(SyntaxKind.AsyncKeyword);
                case GlobalStatementSyntax:
                    return true;
                case LockStatementSyntax or BaseMethodDeclarationSyntax or AccessorDeclarationSyntax:
                    return false;
            }
        }

        return false;
    }
}
