using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Recorders;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace EventSourcing.Generators.Analyzers;

/// <summary>ESG0019: the project of an application references no provider, so it can only be opened in memory.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class NoProviderAnalyzer : UserCodeAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.NoProvider];

    protected override void Register(AnalysisContext context)
    {
        context.RegisterCompilationStartAction(static start =>
        {
            if (!Providers.All.Any(p => p.IsReferencedBy(start.Compilation)))
            {
                start.RegisterSymbolAction(Analyze, SymbolKind.NamedType);
            }
        });
    }

    private static void Analyze(SymbolAnalysisContext context)
    {
        if (context.Symbol.FindAttribute(KnownNames.EventSourcedApplication) is not null)
        {
            context.ReportDiagnostic(Diagnostic.Create(Rules.NoProvider, context.Symbol.UserLocation(), context.Symbol.Name));
        }
    }
}
