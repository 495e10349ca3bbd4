using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace EventSourcing.Generators.Analyzers;

/// <summary>ESG0022: an Apply uses something that differs each time the aggregate is loaded.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class NondeterministicApplyAnalyzer : DiagnosticAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.NondeterministicApply];

    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        ApplyScope.Analyze(
            context, Analyze, OperationKind.Invocation, OperationKind.ObjectCreation, OperationKind.PropertyReference, OperationKind.MethodReference, OperationKind.Await);
    }

    private static void Analyze(OperationAnalysisContext context, ApplyScope scope)
    {
        ISymbol? used = context.Operation switch
        {
            IInvocationOperation call => call.TargetMethod,
            IMethodReferenceOperation reference => reference.Method,
            IPropertyReferenceOperation property => property.Property,
            IObjectCreationOperation creation => creation.Constructor,
            _ => null,
        };
        var (name, advice) = context.Operation is IAwaitOperation
            ? ("await", NondeterministicApis.Threading)
            : used is null ? default : (Show(used), NondeterministicApis.AdviceFor(used));
        if (advice is not null)
            scope.ReportInside(context, Diagnostic.Create(Rules.NondeterministicApply, context.Operation.Syntax.GetLocation(), name, advice));
    }

    private static string Show(ISymbol symbol) =>
        symbol is IMethodSymbol { MethodKind: MethodKind.Constructor } ? $"new {symbol.ContainingType.Name}" : $"{symbol.ContainingType.Name}.{symbol.Name}";
}
