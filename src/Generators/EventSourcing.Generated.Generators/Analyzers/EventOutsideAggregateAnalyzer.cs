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
        // By type: for partial constructors with a generated part the compiler calls no action of their own.
        context.RegisterSymbolAction(Analyze, SymbolKind.NamedType);
    }

    private static void Analyze(SymbolAnalysisContext context)
    {
        var type = (INamedTypeSymbol)context.Symbol;
        if (type.ContainingType?.IsEventSourced() != true)
            Report(type, type.Name, context);
        if (type.IsEventSourced())
            return;
        foreach (var method in type.GetMembers().OfType<IMethodSymbol>().Where(m => m.PartialDefinitionPart is null))
            Report(method, method.MethodKind == MethodKind.Constructor ? type.Name : method.Name, context);
    }

    private static void Report(ISymbol symbol, string name, SymbolAnalysisContext context)
    {
        if (symbol.FindAttribute(KnownNames.Event) is { } attribute)
            context.ReportDiagnostic(Diagnostic.Create(Rules.EventOutsideAggregate, attribute.LocationOf(symbol), name));
    }
}
