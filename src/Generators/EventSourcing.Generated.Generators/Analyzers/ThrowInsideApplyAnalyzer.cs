using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace EventSourcing.Generators.Analyzers;

/// <summary>ESG0040: an Apply throws, although the event has happened.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ThrowInsideApplyAnalyzer : UserCodeAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.ThrowInsideApply];

    protected override void Register(AnalysisContext context) => context.RegisterOperationAction(Analyze, OperationKind.Throw, OperationKind.Invocation);

    private static void Analyze(OperationAnalysisContext context)
    {
        var refuses = context.Operation switch
        {
            // A caught exception is only passed on.
            IThrowOperation { Exception: null } => false,
            IThrowOperation thrown => !IsUnreachable(thrown),
            IInvocationOperation { TargetMethod: { Name: var name, IsStatic: true } method } =>
                name.StartsWith("ThrowIf", StringComparison.Ordinal) && name != "ThrowIfNull" && method.ContainingType.IsOrDerivesFrom("System.Exception"),
            _ => false,
        };
        if (refuses && context.AggregateMethod() is { } caller && caller.RunsInApply(context.CancellationToken))
        {
            context.ReportDiagnostic(Diagnostic.Create(Rules.ThrowInsideApply, context.Operation.Syntax.GetLocation()));
        }
    }

    /// <summary>Whether the exception marks a case that can't occur: by its type, or as the default of a switch.</summary>
    private static bool IsUnreachable(IThrowOperation thrown)
    {
        var exception = thrown.Exception;
        while (exception is IConversionOperation conversion)
        {
            exception = conversion.Operand;
        }

        if (exception?.Type is { } type && type.IsOrDerivesFrom("System.Diagnostics.UnreachableException"))
        {
            return true;
        }

        for (var around = thrown.Parent; around is not null; around = around.Parent)
        {
            switch (around)
            {
                case ISwitchExpressionArmOperation { Pattern: IDiscardPatternOperation }:
                case ISwitchCaseOperation { Clauses: var clauses } when clauses.Any(c => c.CaseKind == CaseKind.Default):
                    return true;
                case IConversionOperation or IExpressionStatementOperation or IBlockOperation:
                    continue;
                default:
                    return false;
            }
        }

        return false;
    }
}
