using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.CodeFixes;

namespace EventSourcing.Generators.CodeFixes;

/// <summary>ESG0010: makes the type of a parameter as accessible as its event.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class MakeAccessibleCodeFix : CodeFix
{
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Rules.TypeLessAccessible.Id];

    internal override async Task<IReadOnlyList<Offer>> FindAsync(Fault fault)
    {
        if (await fault.FindNodeAsync<ParameterSyntax>().ConfigureAwait(false) is not { } parameter)
        {
            return [];
        }

        var model = await fault.GetModelAsync().ConfigureAwait(false);
        if (model.GetDeclaredSymbol(parameter, fault.Cancellation) is not { ContainingSymbol: { } member } symbol)
        {
            return [];
        }
        // An event is at least internal.
        var needed = Math.Min(Math.Max(SymbolExtensions.Rank(member.DeclaredAccessibility), 2), member.ContainingType.Reach());
        var keyword = needed > 2 ? SyntaxKind.PublicKeyword : SyntaxKind.InternalKeyword;
        var hidden = PartsOf(symbol.Type).Where(t => SymbolExtensions.Rank(t.DeclaredAccessibility) < needed).ToList();
        var changes = hidden.SelectMany(t => t.UserDeclarations(fault.Cancellation)).OfType<MemberDeclarationSyntax>()
            .Select(d => Change.Replace(d, m => WithAccessibility(m, keyword))).ToArray();
        return changes.Length == 0
            ? []
            : [new($"Make '{hidden[0].Name}' {SyntaxFacts.GetText(keyword)}", nameof(MakeAccessibleCodeFix), changes)];
    }

    // The type, its containing types, and its element types and type arguments.
    private static IEnumerable<INamedTypeSymbol> PartsOf(ITypeSymbol type)
    {
        if (type is IArrayTypeSymbol array)
        {
            return PartsOf(array.ElementType);
        }

        if (type is not INamedTypeSymbol named)
        {
            return [];
        }

        var around = named.ContainingType is { } outer ? PartsOf(outer) : [];
        return [named.OriginalDefinition, .. around, .. named.TypeArguments.SelectMany(PartsOf)];
    }

    private static MemberDeclarationSyntax WithAccessibility(MemberDeclarationSyntax declaration, SyntaxKind keyword)
    {
        // Another fault may have asked for more.
        if (declaration.Modifiers.Any(SyntaxKind.PublicKeyword))
        {
            return declaration;
        }

        var others = declaration.Modifiers.Where(m => !SyntaxFacts.IsAccessibilityModifier(m.Kind()));
        return declaration.WithModifierTokens(others.Prepend(SyntaxFactory.Token(keyword)));
    }
}
