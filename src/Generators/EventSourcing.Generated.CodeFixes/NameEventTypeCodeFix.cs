using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.CodeFixes;

/// <summary>ESG0009: gives an event's type a name that nothing else has; what is stored stays the same.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class NameEventTypeCodeFix : CodeFixProvider
{
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Rules.NameCollision.Id];

    public override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        // On a parameter there is no attribute to mend, and a record that the user wrote has its name from the user.
        if (await context.FindNodeAsync<AttributeSyntax>().ConfigureAwait(false) is not { ArgumentList: { } arguments, Parent.Parent: BaseMethodDeclarationSyntax member } attribute
            || member.Parent is not TypeDeclarationSyntax aggregate)
            return;
        var model = await context.GetModelAsync().ConfigureAwait(false);
        if (model.GetDeclaredSymbol(member, context.CancellationToken) is not { } symbol || symbol.EventTypeOf() is not { } old)
            return;

        var name = old + "Event";
        while (symbol.ContainingType.GetMembers(name).Any(m => m.IsUserWritten()) || name == symbol.ContainingType.Name)
            name += "Event";
        var typeName = SyntaxFactory.AttributeArgument(SyntaxFactory.ParseExpression(SymbolDisplay.FormatLiteral(name, quote: true)))
            .WithNameEquals(SyntaxFactory.NameEquals(SyntaxFactory.IdentifierName("TypeName").WithTrailingTrivia(SyntaxFactory.Space))
                .WithEqualsToken(SyntaxFactory.Token(SyntaxKind.EqualsToken).WithTrailingTrivia(SyntaxFactory.Space)));
        var given = arguments.Arguments.FirstOrDefault(a => a.NameEquals?.Name.Identifier.ValueText == "TypeName");
        var mended = given is null
            ? arguments.WithArguments(SyntaxFactory.SeparatedList(
                arguments.Arguments.Append(typeName),
                Enumerable.Repeat(SyntaxFactory.Token(SyntaxKind.CommaToken).WithTrailingTrivia(SyntaxFactory.Space), arguments.Arguments.Count)))
            : arguments.ReplaceNode(given, typeName);

        // Its Apply means the event, and follows it.
        var applies = aggregate.Members.OfType<MethodDeclarationSyntax>()
            .Where(m => m.Identifier.ValueText == "Apply")
            .Select(m => m.ParameterList.Parameters.FirstOrDefault()?.Type)
            .OfType<IdentifierNameSyntax>()
            .Where(t => t.Identifier.ValueText == old);
        context.Offer($"Name the event's type '{name}'", aggregate, aggregate.ReplaceNodes(
            applies.Append<SyntaxNode>(arguments),
            (node, _) => node == arguments ? mended : SyntaxFactory.IdentifierName(name).WithTriviaFrom(node)));
    }
}
