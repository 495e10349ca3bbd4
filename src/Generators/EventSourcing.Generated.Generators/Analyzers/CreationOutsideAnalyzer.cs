using System.Collections.Immutable;
using EventSourcing.Generators.Aggregates;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace EventSourcing.Generators.Analyzers;

/// <summary>
/// ESG0044 outside of aggregates, in an editor: code creates an aggregate with a constructor that it doesn't have. Only expressions that
/// the compiler refuses are checked. A build also checks expressions whose type isn't written, or belongs to a reference: the generator
/// doesn't see these.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class CreationOutsideAnalyzer : UserCodeAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.CreationShape];

    protected override void Register(AnalysisContext context) => context.RegisterOperationAction(Analyze, OperationKind.Invalid);

    private static void Analyze(OperationAnalysisContext context)
    {
        if (context.Operation is not { Type: INamedTypeSymbol { IsAbstract: false } aggregate, Syntax: BaseObjectCreationExpressionSyntax creation })
        {
            return;
        }
        // In a build the generator has reported it, except for an application in a reference.
        if (!BuildKind.IsBuild(context.Options.AnalyzerConfigOptionsProvider.GlobalOptions) && CreationRules.ReasonAgainstApplication(creation, aggregate) is { } wrong)
        {
            context.ReportDiagnostic(Diagnostic.Create(Rules.CreationShape, creation.GetLocation(), CreationRules.Shorten(creation), wrong, TypeRules.Application));
        }

        if (!aggregate.IsEventSourced())
        {
            return;
        }
        // The check of the aggregate itself has seen this expression.
        if (creation is ObjectCreationExpressionSyntax { Type: IdentifierNameSyntax } && IsIn(context.ContainingSymbol, aggregate))
        {
            return;
        }

        if (CreationRules.ReasonAgainst(creation, aggregate) is { } reason)
        {
            context.ReportDiagnostic(Diagnostic.Create(Rules.CreationShape, creation.GetLocation(), CreationRules.Shorten(creation), reason, TypeRules.Aggregate));
        }
    }

    private static bool IsIn(ISymbol symbol, INamedTypeSymbol aggregate)
    {
        for (var around = symbol.ContainingType; around is not null; around = around.ContainingType)
        {
            if (SymbolEqualityComparer.Default.Equals(around, aggregate))
            {
                return true;
            }
        }

        return false;
    }
}
