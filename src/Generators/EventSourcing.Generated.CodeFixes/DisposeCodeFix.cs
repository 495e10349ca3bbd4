using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.CodeFixes;

namespace EventSourcing.Generators.CodeFixes;

/// <summary>ESG0036: disposes of a transaction or session at the end of the block in which it begins.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class DisposeCodeFix : CodeFix
{
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Rules.NotDisposed.Id];

    internal override async Task<IReadOnlyList<Offer>> FindAsync(Fault fault)
    {
        var call = await fault.FindNodeAsync<InvocationExpressionSyntax>().ConfigureAwait(false);
        var statement = call?.FirstAncestorOrSelf<StatementSyntax>();
        if (statement is not { Parent: BlockSyntax or GlobalStatementSyntax } || !IsAsync(statement))
        {
            return [];
        }

        return statement switch
        {
            LocalDeclarationStatementSyntax { Declaration.Variables: [{ Initializer.Value: { } value } variable] } local
                when Unwrapped(value) == call && local.UsingKeyword.IsKind(SyntaxKind.None) && !IsAssigned(local, variable.Identifier.ValueText)
                => [Dispose(Change.Replace(local, WithUsing))],
            ExpressionStatementSyntax { Expression: AwaitExpressionSyntax { Expression: var awaited } } alone
                when awaited == call
                => [Dispose(Change.Replace(alone, s => WithUsing(Declare(s))))],
            _ => [],
        };

        static Offer Dispose(Change change) => new("Dispose at the end of the block", nameof(DisposeCodeFix), change);
    }

    private static LocalDeclarationStatementSyntax Declare(ExpressionStatementSyntax statement)
    {
        var name = "transaction";
        for (var number = 2; Scope(statement).DescendantTokens().Any(t => t.IsKind(SyntaxKind.IdentifierToken) && t.ValueText == name); number++)
        {
            name = $"transaction{number}";
        }

        var declaration = (LocalDeclarationStatementSyntax)SyntaxFactory.ParseStatement($"var {name} = x;");
        var variable = declaration.Declaration.Variables[0];
        return declaration
            .ReplaceNode(variable.Initializer!.Value, statement.Expression.WithoutTrivia())
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

    private static bool IsAssigned(SyntaxNode local, string name) => Scope(local).DescendantNodes()
        .OfType<AssignmentExpressionSyntax>().Any(a => a.Left is IdentifierNameSyntax left && left.Identifier.ValueText == name);

    /// <summary>The member that contains the statement; in a program of top-level statements, the whole file.</summary>
    private static SyntaxNode Scope(SyntaxNode statement) =>
        statement.Ancestors().First(a => a is MemberDeclarationSyntax and not GlobalStatementSyntax or CompilationUnitSyntax);

    /// <summary>Whether await is allowed at the statement.</summary>
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
