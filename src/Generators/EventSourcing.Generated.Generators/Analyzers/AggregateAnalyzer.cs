using System.Collections.Concurrent;
using System.Collections.Immutable;
using EventSourcing.Generators.Aggregates;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Events;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace EventSourcing.Generators.Analyzers;

/// <summary>Reports which Apply methods are missing and which state isn't set; in an editor also why the generator refuses an aggregate or one of its events.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class AggregateAnalyzer : UserCodeAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
    [
        Rules.TypeMustBePartial, Rules.TypeMustNotBeGeneric, Rules.TypeKindNotSupported, Rules.EventMemberMustBePartial, Rules.EventMemberSignature,
        Rules.UnsupportedType, Rules.EventNameInvalid, Rules.EventNameDuplicate, Rules.NameCollision, Rules.TypeLessAccessible, Rules.EventWithoutApply,
        Rules.ApplyWithoutEvent, Rules.ApplyShape, Rules.CreateIdMismatch, Rules.BaseNotSupported, Rules.NoCreationEvent, Rules.ReservedMember,
        Rules.ConverterShape, Rules.IdTypeNotSupported, Rules.StateNotSet, Rules.LanguageVersion, Rules.DependsOnOtherGenerator,
        Rules.ConstructorWithoutEvent, Rules.ApplyDuplicate, Rules.CreateIdShape, Rules.EventOption,
        Rules.EventMissing, Rules.CreationShape, Rules.RequiredMember, Rules.EventOfAnother, Rules.UnstableCheck,
    ];

    protected override void Register(AnalysisContext context) => context.RegisterCompilationStartAction(static start =>
    {
        // A type may be stored by several aggregates.
        var seen = new ConcurrentDictionary<ISymbol, bool>(SymbolEqualityComparer.Default);
        start.RegisterSymbolAction(symbol => Analyze(symbol, seen), SymbolKind.NamedType);
    });

    private static void Analyze(SymbolAnalysisContext context, ConcurrentDictionary<ISymbol, bool> seen)
    {
        var type = (INamedTypeSymbol)context.Symbol;
        var isBuild = BuildKind.IsBuild(context.Options.AnalyzerConfigOptionsProvider.GlobalOptions);
        if (!type.IsEventSourced())
        {
            if (!isBuild)
            {
                AggregateParser.CheckDerived(type, context.ReportDiagnostic);
            }

            return;
        }

        var model = AggregateParser.Parse(
            type, context.Compilation, isBuild ? null : Refuse, context.CancellationToken,
            stored => StoredTypeChecks.Check(stored, seen, context.Compilation, context.ReportDiagnostic, context.CancellationToken));
        if (model is null)
        {
            return;
        }

        if (!isBuild)
        {
            CreationRules.Check(type, context.Compilation, context.ReportDiagnostic, context.CancellationToken);
        }

        ApplyChecks.Check(type, model, context.ReportDiagnostic);
        OtherGeneratorChecks.Check(type, model, isBuild, context.Compilation, context.ReportDiagnostic, context.CancellationToken);
        ConstructorChecks.Check(type, context.Compilation, context.ReportDiagnostic, context.CancellationToken);
        CreateIdChecks.Check(type, context.Compilation, context.ReportDiagnostic);
        StateChecks.Check(type, model, context.ReportDiagnostic, context.CancellationToken);

        void Refuse(Diagnostic diagnostic)
        {
            // The compiler reports an unknown type, with a code fix if there is one.
            if (diagnostic.Id != Rules.UnknownType.Id && !diagnostic.Properties.ContainsKey(ApplyRules.UnknownType))
            {
                context.ReportDiagnostic(diagnostic);
            }
        }
    }
}
