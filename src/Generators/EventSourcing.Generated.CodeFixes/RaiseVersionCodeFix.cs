using System.Collections.Immutable;
using System.Globalization;
using EventSourcing.Generators.Analyzers;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Locks;
using EventSourcing.Generators.Projections;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace EventSourcing.Generators.CodeFixes;

/// <summary>ESG0071: raises the Version of a projection above the recorded one, or changes the recorded line.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class RaiseVersionCodeFix : CodeFix
{
    private const string Version = "Version";

    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Rules.ProjectionChanged.Id];

    internal override async Task<IReadOnlyList<Offer>> FindAsync(Fault fault)
    {
        var (properties, project) = (fault.Diagnostic.Properties, fault.Document.Project.Id);
        var offers = new List<Offer>();
        if (await fault.FindNodeAsync<AttributeSyntax>().ConfigureAwait(false) is { ArgumentList: { } arguments }
            && properties.TryGetValue(ProjectionLockAnalyzer.NextVersion, out var text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var next))
        {
            offers.Add(new($"Raise the Version to {text}", nameof(RaiseVersionCodeFix), Change.Replace(arguments, a => WithVersion(a, next))));
        }

        if (properties.TryGetValue(ProjectionLockAnalyzer.NewLine, out var line) && line is not null)
        {
            offers.Add(new($"Keep the Version, as the rows stay the same: change the line in {ProjectionLock.File}", "Keep")
            {
                Files = (solution, cancellation) => WithLineAsync(solution, project, LockFile.Parse(line, static _ => null).Items[0], cancellation),
            });
        }

        return offers;
    }

    private static async Task<Solution> WithLineAsync(Solution solution, ProjectId project, LockLine line, CancellationToken cancellation)
    {
        if (solution.GetProject(project)?.AdditionalDocuments.FirstOrDefault(d => LockFile.IsOne(d.FilePath ?? d.Name, ProjectionLock.File)) is not { } file)
        {
            return solution;
        }

        var text = await file.GetTextAsync(cancellation).ConfigureAwait(false);
        return solution.WithAdditionalDocumentText(file.Id, SourceText.From(LockFile.Parse(text.ToString(), static _ => null).Replace(line), text.Encoding));
    }

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
