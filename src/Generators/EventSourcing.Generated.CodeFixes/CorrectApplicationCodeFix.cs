using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.CodeFixes;

namespace EventSourcing.Generators.CodeFixes;

/// <summary>ESG0017: makes a class that an application names an aggregate, or takes it out of the list.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class CorrectApplicationCodeFix : CodeFix
{
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Rules.NotAnAggregate.Id];

    internal override async Task<IReadOnlyList<Offer>> FindAsync(Fault fault)
    {
        if (await fault.FindNodeAsync<AttributeSyntax>().ConfigureAwait(false) is not { ArgumentList: { } list })
        {
            return [];
        }

        var model = await fault.GetModelAsync().ConfigureAwait(false);
        var offers = new List<Offer>();
        foreach (var argument in list.Arguments)
        {
            // Each other wrong argument has its own diagnostic.
            if (argument.Expression is not TypeOfExpressionSyntax { Type: var syntax } || !fault.Diagnostic.Location.SourceSpan.IntersectsWith(argument.Span)
                || model.GetTypeInfo(syntax, fault.Cancellation).Type is not INamedTypeSymbol { TypeKind: not TypeKind.Error } type
                || (type.IsEventSourced() && !type.IsAbstract))
            {
                continue;
            }

            if (type is { TypeKind: TypeKind.Class, IsAbstract: false, IsRecord: false } && type.UserDeclarations(fault.Cancellation).OfType<ClassDeclarationSyntax>().FirstOrDefault() is { } declaration)
            {
                offers.Add(new($"Make '{type.Name}' an aggregate", "MakeAggregate", Change.Replace(declaration, CodeFixExtensions.WithEventSourced)));
            }

            offers.Add(new($"Remove '{type.Name}' from the application", "RemoveFromApplication", Change.Replace(list, l => Without(l, argument))));
        }

        return offers;
    }

    private static AttributeArgumentListSyntax Without(AttributeArgumentListSyntax list, AttributeArgumentSyntax argument) =>
        list.Arguments.FirstOrDefault(a => a.IsEquivalentTo(argument)) is { } found ? list.WithArguments(list.Arguments.Remove(found)) : list;
}
