using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.CodeFixes;

namespace EventSourcing.Generators.CodeFixes;

/// <summary>ESG0014: makes an Apply a private instance method that returns nothing, where its body allows it, and puts its parameters in order.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class CorrectApplyCodeFix : CodeFix
{
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Rules.ApplyShape.Id];

    internal override async Task<IReadOnlyList<Offer>> FindAsync(Fault fault)
    {
        if (await fault.FindNodeAsync<MethodDeclarationSyntax>().ConfigureAwait(false) is not { TypeParameterList: null } apply
            || apply.ParameterList.Parameters.Any(p => p.Modifiers.Any()) || !HasParameters(apply) || !CanReturnVoid(apply)
            || apply.DescendantNodes().OfType<AwaitExpressionSyntax>().Any())
        {
            return [];
        }

        return IsSwapped(apply)
            ? [new("Put the event before the header", "SwapParameters", Change.Replace(apply, m => PrivateVoid(IsSwapped(m) ? Swapped(m) : m)))]
            : [new("Make it 'private void'", nameof(CorrectApplyCodeFix), Change.Replace(apply, PrivateVoid))];
    }

    private static MemberDeclarationSyntax PrivateVoid(MethodDeclarationSyntax apply)
    {
        var kept = apply.Modifiers.Where(m => m.Kind() is SyntaxKind.UnsafeKeyword);
        return apply.WithReturnType(SyntaxFactory.PredefinedType(SyntaxFactory.Token(SyntaxKind.VoidKeyword)).WithTriviaFrom(apply.ReturnType))
            .WithModifierTokens(kept.Prepend(SyntaxFactory.Token(SyntaxKind.PrivateKeyword)));
    }

    private static bool HasParameters(MethodDeclarationSyntax apply) => apply.ParameterList.Parameters.Count == 1
        || (apply.ParameterList.Parameters is [var first, var second] && (IsHeader(first) || IsHeader(second)));

    private static bool IsSwapped(MethodDeclarationSyntax apply) => apply.ParameterList.Parameters is [var first, var second] && IsHeader(first) && !IsHeader(second);

    private static bool IsHeader(ParameterSyntax parameter) => parameter.Type is { } type && type.ToString().EndsWith("EventHeader", StringComparison.Ordinal);

    private static MethodDeclarationSyntax Swapped(MethodDeclarationSyntax apply)
    {
        var parameters = apply.ParameterList.Parameters;
        return apply.WithParameterList(apply.ParameterList.WithParameters(SyntaxFactory.SeparatedList(
            [parameters[1].WithTriviaFrom(parameters[0]), parameters[0].WithTriviaFrom(parameters[1])], parameters.GetSeparators())));
    }

    private static bool CanReturnVoid(MethodDeclarationSyntax apply)
    {
        if (apply.ReturnType is PredefinedTypeSyntax { Keyword.RawKind: (int)SyntaxKind.VoidKeyword })
        {
            return true;
        }
        // Only some expressions can be statements.
        if (apply.ExpressionBody is { Expression: var expression })
        {
            return expression is AssignmentExpressionSyntax or InvocationExpressionSyntax or PostfixUnaryExpressionSyntax { OperatorToken.RawKind: not (int)SyntaxKind.ExclamationToken };
        }

        return !apply.DescendantNodes(n => n is not (LocalFunctionStatementSyntax or AnonymousFunctionExpressionSyntax)).OfType<ReturnStatementSyntax>().Any(r => r.Expression is not null);
    }
}
