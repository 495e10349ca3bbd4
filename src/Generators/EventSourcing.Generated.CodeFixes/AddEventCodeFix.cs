using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Events;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Formatting;
using Microsoft.CodeAnalysis.Simplification;

namespace EventSourcing.Generators.CodeFixes;

/// <summary>ESG0047: adds the missing [Event] to a partial member, if an Apply gives its name.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class AddEventCodeFix : CodeFix
{
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Rules.EventMissing.Id];

    internal override async Task<IReadOnlyList<Offer>> FindAsync(Fault fault)
    {
        if (await fault.FindNodeAsync<BaseMethodDeclarationSyntax>().ConfigureAwait(false) is not { AttributeLists.Count: 0 } member
            || !fault.Diagnostic.Properties.TryGetValue(EventRules.EventName, out var name) || name is null)
        {
            return [];
        }

        return [new($"Add [Event(\"{name}\")]", nameof(AddEventCodeFix), Change.Replace(member, m => WithEvent(m, name)))];
    }

    private static BaseMethodDeclarationSyntax WithEvent(BaseMethodDeclarationSyntax member, string name)
    {
        var argument = SyntaxFactory.AttributeArgument(SyntaxFactory.LiteralExpression(SyntaxKind.StringLiteralExpression, SyntaxFactory.Literal(name)));
        var attribute = SyntaxFactory.Attribute(
            SyntaxFactory.ParseName("global::EventSourcing.Event").WithAdditionalAnnotations(Simplifier.Annotation),
            SyntaxFactory.AttributeArgumentList(SyntaxFactory.SingletonSeparatedList(argument)));
        var list = SyntaxFactory.AttributeList(SyntaxFactory.SingletonSeparatedList(attribute))
            .WithLeadingTrivia(member.GetLeadingTrivia())
            .WithTrailingTrivia(SyntaxFactory.ElasticCarriageReturnLineFeed);
        return (BaseMethodDeclarationSyntax)member.WithoutLeadingTrivia().WithAttributeLists([list]).WithAdditionalAnnotations(Formatter.Annotation);
    }
}
