using System.Collections.Immutable;
using EventSourcing.Generators.Analyzers;
using EventSourcing.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Simplification;

namespace EventSourcing.Generators.CodeFixes;

/// <summary>ESG0018: adds an aggregate to the attribute of the application that is to save it.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class RegisterAggregateCodeFix : CodeFixProvider
{
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Rules.AggregateNotRegistered.Id];

    public override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        var model = await context.GetModelAsync().ConfigureAwait(false);
        if (Find(context, AggregateNotRegisteredAnalyzer.Application, model.Compilation) is not { } application
            || Find(context, AggregateNotRegisteredAnalyzer.Aggregate, model.Compilation) is not { } aggregate
            || application.FindAttribute(KnownNames.EventSourcedApplication)?.ApplicationSyntaxReference is not { } reference)
            return;
        var attribute = await reference.GetSyntaxAsync(context.CancellationToken).ConfigureAwait(false);
        context.Offer($"Register '{aggregate.Name}' in '{application.Name}'", attribute, node => WithType((AttributeSyntax)node, aggregate));
    }

    private static INamedTypeSymbol? Find(CodeFixContext context, string property, Compilation compilation) =>
        context.Diagnostics[0].Properties.TryGetValue(property, out var id) && id is not null
            ? DocumentationCommentId.GetFirstSymbolForDeclarationId(id, compilation) as INamedTypeSymbol
            : null;

    private static AttributeSyntax WithType(AttributeSyntax attribute, INamedTypeSymbol aggregate)
    {
        var name = SyntaxFactory.ParseTypeName(aggregate.ToDisplayString(Names.FullyQualified)).WithAdditionalAnnotations(Simplifier.Annotation);
        var added = SyntaxFactory.AttributeArgument(SyntaxFactory.TypeOfExpression(name));
        var arguments = (attribute.ArgumentList ?? SyntaxFactory.AttributeArgumentList()).Arguments.ToList();
        // Named arguments come last.
        arguments.Insert(arguments.TakeWhile(a => a.NameEquals is null).Count(), added);
        var commas = Enumerable.Repeat(SyntaxFactory.Token(SyntaxKind.CommaToken).WithTrailingTrivia(SyntaxFactory.Space), arguments.Count - 1);
        return attribute.WithArgumentList(SyntaxFactory.AttributeArgumentList(SyntaxFactory.SeparatedList(arguments, commas)));
    }
}
