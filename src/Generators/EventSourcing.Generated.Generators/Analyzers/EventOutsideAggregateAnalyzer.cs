using System.Collections.Immutable;
using EventSourcing.Generators.Aggregates;
using EventSourcing.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace EventSourcing.Generators.Analyzers;

/// <summary>ESG0027 in an editor: [Event] stands where the generator doesn't look.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class EventOutsideAggregateAnalyzer : UserCodeAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.EventOutsideAggregate];

    protected override void Register(AnalysisContext context)
    {
        // By type: for partial constructors with a generated part the compiler calls no action of their own.
        context.RegisterSymbolAction(Analyze, SymbolKind.NamedType);
    }

    private static void Analyze(SymbolAnalysisContext context)
    {
        if (BuildKind.IsBuild(context.Options.AnalyzerConfigOptionsProvider.GlobalOptions))
            return; // the generator reports it
        var type = (INamedTypeSymbol)context.Symbol;
        EventRules.CheckOutside(type, context.ReportDiagnostic);
        foreach (var method in type.GetMembers().OfType<IMethodSymbol>())
            EventRules.CheckOutside(method, context.ReportDiagnostic);
    }
}
