using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.CodeFixes;

/// <summary>ESG0005: makes an event member return nothing, where that is all that is wrong with it.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class ReturnVoidCodeFix : CodeFixProvider
{
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Rules.EventMemberSignature.Id];

    public override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        if (await context.FindNodeAsync<MethodDeclarationSyntax>().ConfigureAwait(false) is not { Body: null, ExpressionBody: null, TypeParameterList: null } method
            || method.ReturnType is PredefinedTypeSyntax { Keyword.RawKind: (int)SyntaxKind.VoidKeyword }
            || method.Modifiers.Any(SyntaxKind.StaticKeyword)
            || method.ParameterList.Parameters.Any(p => p.Modifiers.Any()))
            return;
        var mended = method.WithReturnType(SyntaxFactory.PredefinedType(SyntaxFactory.Token(SyntaxKind.VoidKeyword)).WithTriviaFrom(method.ReturnType));
        context.Offer("Return nothing", method, mended.WithModifierTokens(method.Modifiers.Where(m => !m.IsKind(SyntaxKind.AsyncKeyword))));
    }
}
