using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Projections;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace EventSourcing.Generators.Analyzers;

/// <summary>Reports in an editor why the generator refuses a projection.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ViewAnalyzer : UserCodeAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
    [
        Rules.TypeMustBePartial, Rules.TypeMustNotBeGeneric, Rules.ReservedMember, Rules.UnsupportedType, Rules.ViewShape, Rules.ViewKey, Rules.ViewHandler,
        Rules.InlineOnError, Rules.ProjectionClass,
    ];

    protected override void Register(AnalysisContext context) => context.RegisterSymbolAction(Analyze, SymbolKind.NamedType);

    private static void Analyze(SymbolAnalysisContext context)
    {
        var type = (INamedTypeSymbol)context.Symbol;
        if (BuildKind.IsBuild(context.Options.AnalyzerConfigOptionsProvider.GlobalOptions) || type.FindAttribute(KnownNames.Projection) is null)
        {
            return; // the generator reports it
        }

        if (HandlerClassParser.IsOne(type))
        {
            HandlerClassParser.Parse(type, context.Compilation, Report, context.CancellationToken);
        }
        else
        {
            ViewParser.Parse(type, context.Compilation, Report, context.CancellationToken);
        }

        void Report(Diagnostic diagnostic)
        {
            // The compiler reports an unknown type.
            if (diagnostic.Id != Rules.UnknownType.Id)
            {
                context.ReportDiagnostic(diagnostic);
            }
        }
    }
}
