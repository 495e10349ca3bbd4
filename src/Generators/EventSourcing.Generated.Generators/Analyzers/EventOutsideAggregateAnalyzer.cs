using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Events;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace EventSourcing.Generators.Analyzers;

/// <summary>ESG0027 in an editor: [Event] is in a place that the generator doesn't read.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class EventOutsideAggregateAnalyzer : UserCodeAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.EventOutsideAggregate];

    protected override void Register(AnalysisContext context)
    {
        // The action is registered for types: the compiler calls no action for partial constructors with a generated part.
        context.RegisterSymbolAction(Analyze, SymbolKind.NamedType);
        context.RegisterSyntaxNodeAction(AnalyzeLocal, SyntaxKind.LocalFunctionStatement);
    }

    private static void AnalyzeLocal(SyntaxNodeAnalysisContext context)
    {
        var local = (LocalFunctionStatementSyntax)context.Node;
        if (local.AttributeLists.Count > 0 && !BuildKind.IsBuild(context.Options.AnalyzerConfigOptionsProvider.GlobalOptions)
            && context.SemanticModel.GetDeclaredSymbol(local, context.CancellationToken) is { } symbol)
        {
            EventRules.CheckOutside(symbol, context.ReportDiagnostic);
        }
    }

    private static void Analyze(SymbolAnalysisContext context)
    {
        if (BuildKind.IsBuild(context.Options.AnalyzerConfigOptionsProvider.GlobalOptions))
        {
            return; // the generator reports it
        }

        var type = (INamedTypeSymbol)context.Symbol;
        EventRules.CheckOutside(type, context.ReportDiagnostic);
        foreach (var method in type.GetMembers().OfType<IMethodSymbol>())
        {
            EventRules.CheckOutside(method, context.ReportDiagnostic);
        }
    }
}
