using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using Microsoft.CodeAnalysis.Simplification;

namespace EventSourcing.Generators.CodeFixes;

/// <summary>Writes an Apply with the body of a member, its parameters read from the event.</summary>
internal static class BodyMover
{
    /// <summary>The Apply, or null when the body can't be moved unchanged.</summary>
    public static MemberDeclarationSyntax? Move(BaseMethodDeclarationSyntax method, string eventType, SemanticModel model, CancellationToken cancellation)
    {
        SyntaxNode body = (SyntaxNode?)method.Body ?? method.ExpressionBody!;
        var uses = body.DescendantNodes().OfType<IdentifierNameSyntax>()
            .Select(n => (Name: n, Parameter: model.GetSymbolInfo(n, cancellation).Symbol as IParameterSymbol))
            .Where(u => u.Parameter?.ContainingSymbol is IMethodSymbol { MethodKind: MethodKind.Constructor or MethodKind.Ordinary })
            .ToList();
        // The fields of an event can't be assigned.
        if (uses.Any(u => IsWritten(u.Name)))
        {
            return null;
        }

        var e = body.DescendantTokens().Any(t => t.IsKind(SyntaxKind.IdentifierToken) && t.ValueText == "e") ? "@event" : "e";
        var usesHeader = uses.Any(u => u.Parameter!.Name == "timestamp");
        var moved = body.ReplaceNodes(uses.Select(u => u.Name), (old, _) => Read(old, e, method is ConstructorDeclarationSyntax));
        var apply = (MethodDeclarationSyntax)CodeFixExtensions.ParseMember(
            $"private void Apply({eventType} {e}{(usesHeader ? ", global::EventSourcing.EventHeader header" : "")}) {{ }}");
        apply = moved is ArrowExpressionClauseSyntax arrow
            ? apply.WithBody(null).WithExpressionBody(arrow).WithSemicolonToken(SyntaxFactory.Token(SyntaxKind.SemicolonToken))
            : apply.WithBody((BlockSyntax)moved);
        apply = apply.ReplaceNodes(
            apply.ParameterList.DescendantNodes().OfType<QualifiedNameSyntax>(),
            static (_, name) => name.WithAdditionalAnnotations(Simplifier.Annotation));
        return apply.WithoutTrailingTrivia().WithTrailingTrivia(SyntaxFactory.ElasticCarriageReturnLineFeed).WithAdditionalAnnotations(Formatter.Annotation);
    }

    private static ExpressionSyntax Read(IdentifierNameSyntax parameter, string e, bool creates)
    {
        var source = parameter.Identifier.ValueText switch
        {
            "timestamp" => "header.Timestamp",
            "id" when creates => "Id",
            var name => $"{e}.{Names.Pascal(name)}",
        };
        return SyntaxFactory.ParseExpression(source).WithTriviaFrom(parameter);
    }

    private static bool IsWritten(IdentifierNameSyntax name) => name.Parent switch
    {
        AssignmentExpressionSyntax assignment => assignment.Left == name,
        PrefixUnaryExpressionSyntax prefix => prefix.IsKind(SyntaxKind.PreIncrementExpression) || prefix.IsKind(SyntaxKind.PreDecrementExpression),
        PostfixUnaryExpressionSyntax postfix => postfix.IsKind(SyntaxKind.PostIncrementExpression) || postfix.IsKind(SyntaxKind.PostDecrementExpression),
        ArgumentSyntax argument => argument.RefKindKeyword.RawKind != 0,
        _ => false,
    };
}
