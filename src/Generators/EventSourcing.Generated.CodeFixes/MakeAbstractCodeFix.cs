using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.CodeFixes;

namespace EventSourcing.Generators.CodeFixes;

/// <summary>ESG0024: makes an aggregate without a creation event abstract.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class MakeAbstractCodeFix : CodeFix
{
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Rules.NoCreationEvent.Id];

    internal override async Task<IReadOnlyList<Offer>> FindAsync(Fault fault)
    {
        // No class can derive from a sealed class: there the creation event was forgotten.
        if (await fault.FindNodeAsync<ClassDeclarationSyntax>().ConfigureAwait(false) is not { } type || type.Modifiers.Any(SyntaxKind.SealedKeyword))
        {
            return [];
        }

        return [new($"Make '{type.Identifier.ValueText}' abstract", nameof(MakeAbstractCodeFix), Change.Replace(type, WithAbstract))];
    }

    // 'partial' must be the last of the modifiers.
    private static MemberDeclarationSyntax WithAbstract(ClassDeclarationSyntax type)
    {
        var others = type.Modifiers.Where(m => !m.IsKind(SyntaxKind.PartialKeyword));
        return type.WithModifierTokens(others.Append(SyntaxFactory.Token(SyntaxKind.AbstractKeyword)).Concat(type.Modifiers.Where(m => m.IsKind(SyntaxKind.PartialKeyword))));
    }
}
