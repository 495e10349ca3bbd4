using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.CodeFixes;

/// <summary>ESG0001: adds <c>partial</c> to a class.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class MakePartialCodeFix : CodeFixProvider
{
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Rules.TypeMustBePartial.Id];

    public override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        if (await context.FindNodeAsync<TypeDeclarationSyntax>().ConfigureAwait(false) is { } type && !type.IsPartial())
            context.Offer("Add 'partial'", type, type.AddPartial());
    }
}
