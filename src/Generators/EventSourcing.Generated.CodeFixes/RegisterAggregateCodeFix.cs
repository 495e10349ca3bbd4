using System.Collections.Immutable;
using EventSourcing.Generators.Analyzers;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Simplification;

namespace EventSourcing.Generators.CodeFixes;

/// <summary>ESG0018: adds an aggregate to the attribute of the application that should save it.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class RegisterAggregateCodeFix : CodeFix
{
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Rules.AggregateNotRegistered.Id];

    internal override async Task<IReadOnlyList<Offer>> FindAsync(Fault fault)
    {
        var model = await fault.GetModelAsync().ConfigureAwait(false);
        if (Find(fault, AggregateNotRegisteredAnalyzer.Application, model.Compilation) is not { } application
            || Find(fault, AggregateNotRegisteredAnalyzer.Aggregate, model.Compilation) is not { } aggregate
            || application.FindAttribute(KnownNames.EventSourcedApplication)?.ApplicationSyntaxReference is not { } reference)
        {
            return [];
        }

        var attribute = (AttributeSyntax)await reference.GetSyntaxAsync(fault.Cancellation).ConfigureAwait(false);
        return [new($"Register '{aggregate.Name}' in '{application.Name}'", nameof(RegisterAggregateCodeFix), Change.Replace(attribute, a => WithType(a, aggregate)))];
    }

    private static INamedTypeSymbol? Find(Fault fault, string property, Compilation compilation) =>
        fault.Diagnostic.Properties.TryGetValue(property, out var id) && id is not null
            ? DocumentationCommentId.GetFirstSymbolForDeclarationId(id, compilation) as INamedTypeSymbol
            : null;

    private static AttributeSyntax WithType(AttributeSyntax attribute, INamedTypeSymbol aggregate)
    {
        var name = SyntaxFactory.ParseTypeName(aggregate.ToDisplayString(Names.FullyQualified)).WithAdditionalAnnotations(Simplifier.Annotation);
        var added = SyntaxFactory.AttributeArgument(SyntaxFactory.TypeOfExpression(name));
        var arguments = (attribute.ArgumentList ?? SyntaxFactory.AttributeArgumentList()).Arguments.ToList();
        // Another save may have registered it already.
        if (arguments.Any(a => a.IsEquivalentTo(added)))
        {
            return attribute;
        }
        // Named arguments come last.
        arguments.Insert(arguments.TakeWhile(a => a.NameEquals is null).Count(), added);
        var commas = Enumerable.Repeat(SyntaxFactory.Token(SyntaxKind.CommaToken).WithTrailingTrivia(SyntaxFactory.Space), arguments.Count - 1);
        return attribute.WithArgumentList(SyntaxFactory.AttributeArgumentList(SyntaxFactory.SeparatedList(arguments, commas)));
    }
}
