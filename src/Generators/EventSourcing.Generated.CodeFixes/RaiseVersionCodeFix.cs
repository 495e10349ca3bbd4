using System.Collections.Immutable;
using System.Globalization;
using EventSourcing.Generators.Analyzers;
using EventSourcing.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.CodeFixes;

/// <summary>ESG0071: raises the Version of a projection above the recorded one.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class RaiseVersionCodeFix : CodeFix
{
    private const string Version = "Version";

    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Rules.ProjectionChanged.Id];

    internal override async Task<IReadOnlyList<Offer>> FindAsync(Fault fault) =>
        await fault.FindNodeAsync<AttributeSyntax>().ConfigureAwait(false) is { ArgumentList: { } arguments }
            && fault.Diagnostic.Properties.TryGetValue(ProjectionLockAnalyzer.NextVersion, out var text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var next)
            ? [new($"Raise the Version to {text}", nameof(RaiseVersionCodeFix), Change.Replace(arguments, a => WithVersion(a, next)))]
            : [];

    private static AttributeArgumentListSyntax WithVersion(AttributeArgumentListSyntax arguments, int version)
    {
        var value = SyntaxFactory.LiteralExpression(SyntaxKind.NumericLiteralExpression, SyntaxFactory.Literal(version));
        if (arguments.Arguments.FirstOrDefault(a => a.NameEquals?.Name.Identifier.ValueText == Version) is { } given)
        {
            return arguments.ReplaceNode(given.Expression, value.WithTriviaFrom(given.Expression));
        }

        // After the name, before other options.
        var added = SyntaxFactory.AttributeArgument(value)
            .WithNameEquals(SyntaxFactory.NameEquals(SyntaxFactory.IdentifierName(Version).WithTrailingTrivia(SyntaxFactory.Space))
                .WithEqualsToken(SyntaxFactory.Token(SyntaxKind.EqualsToken).WithTrailingTrivia(SyntaxFactory.Space)));
        return arguments.WithArguments(SyntaxFactory.SeparatedList<AttributeArgumentSyntax>(
            arguments.Arguments.Count == 0
                ? [added]
                : arguments.Arguments.GetWithSeparators().Insert(1, SyntaxFactory.Token(SyntaxKind.CommaToken).WithTrailingTrivia(SyntaxFactory.Space)).Insert(2, added)));
    }
}
