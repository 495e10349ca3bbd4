using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.CodeFixes;

namespace EventSourcing.Generators.CodeFixes;

/// <summary>ESG0005: makes an event member return nothing, if its return type is its only error.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class ReturnVoidCodeFix : CodeFix
{
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Rules.EventMemberSignature.Id];

    internal override async Task<IReadOnlyList<Offer>> FindAsync(Fault fault)
    {
        if (await fault.FindNodeAsync<MethodDeclarationSyntax>().ConfigureAwait(false) is not { Body: null, ExpressionBody: null, TypeParameterList: null } method
            || method.ReturnType is PredefinedTypeSyntax { Keyword.RawKind: (int)SyntaxKind.VoidKeyword }
            || method.Modifiers.Any(SyntaxKind.StaticKeyword)
            || method.ParameterList.Parameters.Any(p => p.Modifiers.Any()))
        {
            return [];
        }

        return [new("Return void", nameof(ReturnVoidCodeFix), Change.Replace(method, m => m
            .WithReturnType(SyntaxFactory.PredefinedType(SyntaxFactory.Token(SyntaxKind.VoidKeyword)).WithTriviaFrom(m.ReturnType))
            .WithModifierTokens(m.Modifiers.Where(k => !k.IsKind(SyntaxKind.AsyncKeyword)))))];
    }
}
