using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.CodeFixes;

/// <summary>ESG0012: writes the Apply of an event; it sets the properties that are named like the event's fields.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class AddApplyCodeFix : CodeFixProvider
{
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Rules.EventWithoutApply.Id];

    public override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        if (await context.FindNodeAsync<MemberDeclarationSyntax>().ConfigureAwait(false) is not { } member)
            return;
        var model = await context.GetModelAsync().ConfigureAwait(false);
        var symbol = model.GetDeclaredSymbol(member, context.CancellationToken);
        if (symbol?.EventTypeOf() is not { } eventType)
            return;
        var assignments = FieldsOf(symbol)
            .Where(f => IsSettable(symbol.ContainingType, f.Name, f.Type))
            .Select(f => $"{Names.Escape(f.Name)} = e.{Names.Escape(f.Name)}")
            .ToList();
        var body = assignments.Count == 1 ? $"=> {assignments[0]};" : $"{{\n{string.Concat(assignments.Select(a => a + ";\n"))}}}";
        var apply = CodeFixExtensions.ParseMember($"private void Apply({Names.Escape(eventType)} e) {body}")
            .WithTrailingTrivia(SyntaxFactory.ElasticCarriageReturnLineFeed);
        context.Offer($"Add 'Apply({eventType} e)'", member, [member, apply]);
    }

    private static IEnumerable<(string Name, ITypeSymbol Type)> FieldsOf(ISymbol member) => member switch
    {
        IMethodSymbol method => method.Parameters.Where(p => p.Name is not ("id" or "timestamp")).Select(p => (Names.Pascal(p.Name), p.Type)),
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
