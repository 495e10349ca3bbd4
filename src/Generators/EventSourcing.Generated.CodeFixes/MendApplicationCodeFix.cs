using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Simplification;

namespace EventSourcing.Generators.CodeFixes;

/// <summary>ESG0017: makes a class that an application names an aggregate, or takes it out of the list.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class MendApplicationCodeFix : CodeFixProvider
{
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Rules.NotAnAggregate.Id];

    public override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        if (await context.FindNodeAsync<AttributeSyntax>().ConfigureAwait(false) is not { ArgumentList: { } list })
            return;
        var model = await context.GetModelAsync().ConfigureAwait(false);
        foreach (var argument in list.Arguments)
        {
            // Another diagnostic stands at each of the others that are wrong.
            if (argument.Expression is not TypeOfExpressionSyntax { Type: var syntax } || !context.Span.IntersectsWith(argument.Span)
                || model.GetTypeInfo(syntax, context.CancellationToken).Type is not INamedTypeSymbol { TypeKind: not TypeKind.Error } type
                || (type.IsEventSourced() && !type.IsAbstract))
                continue;
            if (type is { TypeKind: TypeKind.Class, IsAbstract: false, IsRecord: false } && type.UserDeclarations(context.CancellationToken).OfType<ClassDeclarationSyntax>().FirstOrDefault() is { } declaration)
                context.Offer($"Make '{type.Name}' an aggregate", declaration, node => WithEventSourced((ClassDeclarationSyntax)node));
            context.Offer($"Remove '{type.Name}' from the application", list, list.WithArguments(list.Arguments.Remove(argument)));
        }
    }

    private static ClassDeclarationSyntax WithEventSourced(ClassDeclarationSyntax type)
    {
        var partial = type.IsPartial() ? type : type.AddPartial();
        var attribute = SyntaxFactory.Attribute(SyntaxFactory.ParseName("global::EventSourcing.EventSourced").WithAdditionalAnnotations(Simplifier.Annotation));
        var list = SyntaxFactory.AttributeList(SyntaxFactory.SingletonSeparatedList(attribute))
            .WithLeadingTrivia(partial.GetLeadingTrivia())
            .WithTrailingTrivia(SyntaxFactory.ElasticCarriageReturnLineFeed);
        return partial.WithoutLeadingTrivia()
            .WithAttributeLists(partial.AttributeLists.Insert(0, list));
    }
}
