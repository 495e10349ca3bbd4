using System.Collections.Immutable;
using EventSourcing.Generators.Aggregates;
using EventSourcing.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace EventSourcing.Generators.Analyzers;

/// <summary>Reports why the generator refuses an aggregate or one of its events, and which Apply methods are missing or wrong.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class AggregateAnalyzer : DiagnosticAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
    [
        Rules.TypeMustBePartial, Rules.TypeMustNotBeGeneric, Rules.TypeKindNotSupported, Rules.EventMemberMustBePartial, Rules.EventMemberSignature,
        Rules.UnsupportedType, Rules.EventNameInvalid, Rules.EventNameDuplicate, Rules.NameCollision, Rules.TypeLessAccessible, Rules.EventWithoutApply,
        Rules.ApplyWithoutEvent, Rules.ApplyShape, Rules.CreateIdMismatch, Rules.BaseNotSupported, Rules.NoCreationEvent, Rules.ReservedMember,
        Rules.ConverterShape, Rules.IdTypeNotSupported, Rules.StateNotSet, Rules.CompletedLater,
    ];

    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterSymbolAction(Analyze, SymbolKind.NamedType);
    }

    private static void Analyze(SymbolAnalysisContext context)
    {
        var type = (INamedTypeSymbol)context.Symbol;
        if (!type.IsEventSourced())
            return;
        var model = AggregateParser.Parse(type, context.Compilation, context.ReportDiagnostic, context.CancellationToken);
        CompletedTypeChecks.Check(type, model, context.Compilation, context.ReportDiagnostic);
        // Where nothing is generated, the types of the events don't exist, and every Apply would look wrong.
        if (model is null)
            return;
        ApplyChecks.Check(type, model, context.ReportDiagnostic);
        StateChecks.Check(type, model, context.ReportDiagnostic, context.CancellationToken);
    }
}
