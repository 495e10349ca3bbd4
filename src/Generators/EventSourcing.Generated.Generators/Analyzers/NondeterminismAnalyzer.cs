using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace EventSourcing.Generators.Analyzers;

/// <summary>
/// ESG0022 and ESG0066: an Apply, or the fold of a view, or the initial value of a member, uses something that differs each time. ESG0067: a
/// fold uses shared state that can change.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class NondeterminismAnalyzer : UserCodeAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.NondeterministicApply, Rules.NondeterministicFold, Rules.SharedStateInFold];

    protected override void Register(AnalysisContext context)
    {
        context.RegisterOperationAction(
            Analyze, OperationKind.Invocation, OperationKind.ObjectCreation, OperationKind.PropertyReference, OperationKind.FieldReference, OperationKind.MethodReference,
            OperationKind.Await, OperationKind.Interpolation, OperationKind.Binary, OperationKind.Conversion);
    }

    private static void Analyze(OperationAnalysisContext context)
    {
        var view = context.ViewMember();
        if ((view is null && !IsState(context) && context.AggregateMethod() is null) || AdviceFor(context.Operation, out var used) is not { } advice)
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

        if (view is not null)
        {
            CheckFold(context, view, used, advice);
        }
        else if (context.AggregateMethod() is not { } method ? RunsAtOnce(context.Operation) : method.RunsInApply(context.CancellationToken))
        {
            var place = context.ContainingSymbol is IMethodSymbol ? "Apply" : $"The initial value of '{((context.ContainingSymbol as IFieldSymbol)?.AssociatedSymbol ?? context.ContainingSymbol).Name}'";
            context.ReportDiagnostic(Diagnostic.Create(Rules.NondeterministicApply, context.Operation.Syntax.GetLocation(), used, advice, place));
        }
    }

    private static void CheckFold(OperationAnalysisContext context, ISymbol member, string used, string advice)
    {
        if (!member.RunsInFold(context.Compilation, context.CancellationToken))
        {
            return;
        }

        context.ReportDiagnostic(advice == NondeterministicApis.Static
            ? Diagnostic.Create(Rules.SharedStateInFold, context.Operation.Syntax.GetLocation(), context.CodeName(), "uses", used)
            : Diagnostic.Create(Rules.NondeterministicFold, context.Operation.Syntax.GetLocation(), context.CodeName(), used, advice));
    }

    /// <summary>
    /// Whether it is the initial value of a field or property of an aggregate, which is computed again each time the aggregate is loaded.
    /// </summary>
    private static bool IsState(OperationAnalysisContext context) =>
        context.ContainingSymbol is IFieldSymbol or IPropertySymbol && context.ContainingSymbol is { IsStatic: false, ContainingType: { } type } && type.IsEventSourced();

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
        if (operation.Parent is INameOfOperation)
        {
            return null;
        }

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
