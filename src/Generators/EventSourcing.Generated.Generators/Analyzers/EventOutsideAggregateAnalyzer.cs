using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace EventSourcing.Generators.Analyzers;

/// <summary>ESG0027: [Event] stands where the generator doesn't look.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class EventOutsideAggregateAnalyzer : DiagnosticAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.EventOutsideAggregate];

    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterSymbolAction(Analyze, SymbolKind.Method, SymbolKind.NamedType);
    }

    private static void Analyze(SymbolAnalysisContext context)
    {
        var symbol = context.Symbol;
        if (symbol is IMethodSymbol { PartialDefinitionPart: not null } || symbol.ContainingType?.IsEventSourced() == true)
            return;
        if (symbol.FindAttribute(KnownNames.Event) is { } attribute)
        {
            var name = symbol is IMethodSymbol { MethodKind: MethodKind.Constructor } ? symbol.ContainingType!.Name : symbol.Name;
            context.ReportDiagnostic(Diagnostic.Create(Rules.EventOutsideAggregate, attribute.LocationOf(symbol), name));
        }
    }
}
