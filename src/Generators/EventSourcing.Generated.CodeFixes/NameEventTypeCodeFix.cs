using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.CodeFixes;

namespace EventSourcing.Generators.CodeFixes;

/// <summary>ESG0009: gives an event's type a unique name; the stored name stays the same.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class NameEventTypeCodeFix : CodeFix
{
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Rules.NameCollision.Id];

    internal override async Task<IReadOnlyList<Offer>> FindAsync(Fault fault)
    {
        // A parameter has no attribute to change, and the user named a record that the user wrote.
        if (await fault.FindNodeAsync<AttributeSyntax>().ConfigureAwait(false) is not { ArgumentList: { } arguments, Parent.Parent: BaseMethodDeclarationSyntax { Parent: TypeDeclarationSyntax aggregate } member })
        {
            return [];
        }

        var model = await fault.GetModelAsync().ConfigureAwait(false);
        if (model.GetDeclaredSymbol(member, fault.Cancellation) is not { } symbol || symbol.EventTypeOf() is not { } old)
        {
            return [];
        }

        var taken = symbol.ContainingType.GetMembers().SelectMany(m => new[] { m.Name, m.EventTypeOf() }).Append(symbol.ContainingType.Name).ToList();
        var name = old + "Event";
        while (taken.Contains(name))
        {
            name += "Event";
        }

        // The Apply of the event gets the new name, too.
        var applies = aggregate.Members.OfType<MethodDeclarationSyntax>()
            .Where(m => m.Identifier.ValueText == "Apply")
            .Select(m => m.ParameterList.Parameters.FirstOrDefault()?.Type)
            .OfType<IdentifierNameSyntax>()
            .Where(t => t.Identifier.ValueText == old)
            .Select(t => Change.Replace(t, n => SyntaxFactory.IdentifierName(name).WithTriviaFrom(n)));
        return [new($"Name the event's type '{name}'", nameof(NameEventTypeCodeFix), [Change.Replace(arguments, a => WithTypeName(a, name)), .. applies])];
    }

    private static AttributeArgumentListSyntax WithTypeName(AttributeArgumentListSyntax arguments, string name)
    {
        var typeName = SyntaxFactory.AttributeArgument(SyntaxFactory.ParseExpression(SymbolDisplay.FormatLiteral(name, quote: true)))
            .WithNameEquals(SyntaxFactory.NameEquals(SyntaxFactory.IdentifierName("TypeName").WithTrailingTrivia(SyntaxFactory.Space))
                .WithEqualsToken(SyntaxFactory.Token(SyntaxKind.EqualsToken).WithTrailingTrivia(SyntaxFactory.Space)));
        return arguments.Arguments.FirstOrDefault(a => a.NameEquals?.Name.Identifier.ValueText == "TypeName") is { } given
            ? arguments.ReplaceNode(given, typeName)
            : arguments.WithArguments(SyntaxFactory.SeparatedList(
                arguments.Arguments.Append(typeName),
                Enumerable.Repeat(SyntaxFactory.Token(SyntaxKind.CommaToken).WithTrailingTrivia(SyntaxFactory.Space), arguments.Arguments.Count)));
    }
}
