using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.CodeFixes;

namespace EventSourcing.Generators.CodeFixes;

/// <summary>ESG0012: writes the Apply of an event; it sets the properties that are named like the event's fields.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class AddApplyCodeFix : CodeFix
{
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Rules.EventWithoutApply.Id];

    internal override async Task<IReadOnlyList<Offer>> FindAsync(Fault fault)
    {
        if (await fault.FindNodeAsync<MemberDeclarationSyntax>().ConfigureAwait(false) is not { } member)
        {
            return [];
        }

        var model = await fault.GetModelAsync().ConfigureAwait(false);
        var symbol = model.GetDeclaredSymbol(member, fault.Cancellation);
        if (symbol?.EventTypeOf() is not { } eventType)
        {
            return [];
        }

        var assignments = FieldsOf(symbol)
            .Where(f => IsSettable(symbol.ContainingType, f.Name, f.Type))
            .Select(f => $"{Names.Escape(f.Name)} = e.{Names.Escape(f.Name)}")
            .ToList();
        var body = assignments.Count == 1 ? $"=> {assignments[0]};" : $"{{\n{string.Concat(assignments.Select(a => a + ";\n"))}}}";
        var apply = CodeFixExtensions.ParseMember($"private void Apply({Names.Escape(eventType)} e) {body}")
            .WithTrailingTrivia(SyntaxFactory.ElasticCarriageReturnLineFeed);
        return [new($"Add 'Apply({eventType} e)'", nameof(AddApplyCodeFix), Change.InsertAfter(member, apply))];
    }

    private static IEnumerable<(string Name, ITypeSymbol Type)> FieldsOf(ISymbol member) => member switch
    {
        IMethodSymbol method => method.Parameters.Where(p => p.Name != "timestamp" && (p.Name != "id" || !(method.IsStatic || method.MethodKind == MethodKind.Constructor))).Select(p => (Names.Pascal(p.Name), p.Type)),
        INamedTypeSymbol record => record.GetMembers().OfType<IPropertySymbol>().Where(p => p.DeclaredAccessibility == Accessibility.Public).Select(p => (p.Name, p.Type)),
        _ => [],
    };

    private static bool IsSettable(INamedTypeSymbol aggregate, string name, ITypeSymbol type)
    {
        for (var current = aggregate; current is not null; current = current.BaseType)
        {
            foreach (var member in current.GetMembers(name))
            {
                return member is IPropertySymbol { IsStatic: false, SetMethod: { IsInitOnly: false, DeclaredAccessibility: var access } } property
                    && (access != Accessibility.Private || SymbolEqualityComparer.Default.Equals(current, aggregate))
                    && SymbolEqualityComparer.Default.Equals(property.Type, type);
            }
        }

        return false;
    }
}
