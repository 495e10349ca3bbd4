using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace EventSourcing.Generators.Analyzers;

/// <summary>ESG0022: an Apply, or the initial value of a member, uses something that differs each time the aggregate is loaded.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class NondeterministicApplyAnalyzer : UserCodeAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.NondeterministicApply];

    protected override void Register(AnalysisContext context)
    {
        context.RegisterOperationAction(
            Analyze, OperationKind.Invocation, OperationKind.ObjectCreation, OperationKind.PropertyReference, OperationKind.FieldReference, OperationKind.MethodReference,
            OperationKind.Await, OperationKind.Interpolation, OperationKind.Binary, OperationKind.Conversion);
    }

    private static void Analyze(OperationAnalysisContext context)
    {
        if (!IsState(context, out var member) && context.AggregateMethod() is null || AdviceFor(context.Operation, out var used) is not { } advice)
        {
            return;
        }
        // Random.Shared.Next() and await Task.Delay(…) are one mistake each.
        var inner = context.Operation switch
        {
            IInvocationOperation call => call.Instance,
            IPropertyReferenceOperation property => property.Instance,
            IFieldReferenceOperation field => field.Instance,
            IAwaitOperation await => await.Operation,
            _ => null,
        };
        if (inner is not null && AdviceFor(inner, out _) is not null)
        {
            return;
        }

        if (member is not null ? RunsAtOnce(context.Operation) : context.AggregateMethod()!.RunsInApply(context.CancellationToken))
        {
            context.ReportDiagnostic(Diagnostic.Create(
                Rules.NondeterministicApply, context.Operation.Syntax.GetLocation(), used, advice, member is null ? "Apply" : $"The initial value of '{member}'"));
        }
    }

    /// <summary>
    /// Whether it is the initial value of a field or property of an aggregate, which is computed again each time the aggregate is loaded.
    /// </summary>
    private static bool IsState(OperationAnalysisContext context, out string? name)
    {
        name = context.ContainingSymbol is IFieldSymbol or IPropertySymbol && context.ContainingSymbol is { IsStatic: false, ContainingType: { } type } && type.IsEventSourced()
            ? ((context.ContainingSymbol as IFieldSymbol)?.AssociatedSymbol ?? context.ContainingSymbol).Name
            : null;
        return name is not null;
    }

    // The code of a delegate counts where the delegate is called.
    private static bool RunsAtOnce(IOperation operation)
    {
        for (var around = operation; around is not null; around = around.Parent)
        {
            if (around is IAnonymousFunctionOperation or IMethodReferenceOperation)
            {
                return false;
            }
        }

        return true;
    }

    private static string? AdviceFor(IOperation operation, out string used)
    {
        used = "await";
        if (operation is IAwaitOperation)
        {
            return NondeterministicApis.Threading;
        }

        if (CultureApis.TextOf(operation) is { } formatted)
        {
            used = formatted;
            return NondeterministicApis.Culture;
        }

        return NondeterministicApis.Find(operation, out used);
    }
}
