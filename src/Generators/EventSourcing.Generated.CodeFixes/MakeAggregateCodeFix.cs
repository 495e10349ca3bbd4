using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.CodeFixes;

namespace EventSourcing.Generators.CodeFixes;

/// <summary>ESG0027: makes the class around an event member an aggregate.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class MakeAggregateCodeFix : CodeFix
{
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Rules.EventOutsideAggregate.Id];

    internal override async Task<IReadOnlyList<Offer>> FindAsync(Fault fault)
    {
        if (await fault.FindNodeAsync<MemberDeclarationSyntax>().ConfigureAwait(false) is not { Parent: ClassDeclarationSyntax type }
            || type.Modifiers.Any(SyntaxKind.StaticKeyword) || type.TypeParameterList is not null || type.ParameterList is not null)
        {
            return [];
        }

        return [new($"Make '{type.Identifier.ValueText}' an aggregate", nameof(MakeAggregateCodeFix), Change.Replace(type, CodeFixExtensions.WithEventSourced))];
    }
}
