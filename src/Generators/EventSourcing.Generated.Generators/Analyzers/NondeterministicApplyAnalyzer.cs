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
        context.RegisterOperationAction(
            Analyze, OperationKind.Invocation, OperationKind.ObjectCreation, OperationKind.PropertyReference, OperationKind.FieldReference, OperationKind.MethodReference,
            OperationKind.Await, OperationKind.Interpolation, OperationKind.Binary, OperationKind.Conversion);
    }

    private static void Analyze(OperationAnalysisContext context)
    {
        if (context.AggregateMethod() is not { } method || AdviceFor(context.Operation, out var used) is not { } advice)
            return;
        // Random.Shared.Next() and await Task.Delay(…) are one mistake each.
        var inner = context.Operation switch
        {
            IInvocationOperation call => call.Instance,
            IPropertyReferenceOperation property => property.Instance,
            IFieldReferenceOperation field => field.Instance,
            IAwaitOperation await => await.Operation,
            _ => null,
        };
        if ((inner is null || AdviceFor(inner, out _) is null) && method.RunsInApply(context.CancellationToken))
            context.ReportDiagnostic(Diagnostic.Create(Rules.NondeterministicApply, context.Operation.Syntax.GetLocation(), used, advice));
    }

    private static string? AdviceFor(IOperation operation, out string used)
    {
        used = "await";
        if (operation is IAwaitOperation)
            return NondeterministicApis.Threading;
        if (CultureApis.TextOf(operation) is { } formatted)
        {
            used = formatted;
            return NondeterministicApis.Culture;
        }

        ISymbol? symbol = operation switch
        {
            IInvocationOperation call => call.TargetMethod,
            IMethodReferenceOperation reference => reference.Method,
            IMemberReferenceOperation member => member.Member,
            IObjectCreationOperation creation => creation.Constructor,
            // A DateTime becomes a DateTimeOffset by the time zone of the machine.
            IConversionOperation { OperatorMethod: { } conversion } => conversion,
            _ => null,
        };
        if (symbol is null)
            return null;
        used = Show(symbol);
        return NondeterministicApis.AdviceFor(symbol, operation);
    }

    private static string Show(ISymbol symbol) =>
        symbol is IMethodSymbol { MethodKind: MethodKind.Conversion } ? $"the conversion to {symbol.ContainingType.Name}"
        : symbol is IMethodSymbol { MethodKind: MethodKind.Constructor } ? $"new {symbol.ContainingType.Name}" : $"{symbol.ContainingType.Name}.{symbol.Name}";
}
