using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace EventSourcing.Generators.Analyzers;

/// <summary>ESG0020: an Apply raises an event, and would raise it again each time the aggregate is loaded.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class RaiseInsideApplyAnalyzer : UserCodeAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.RaiseInsideApply];

    protected override void Register(AnalysisContext context) => context.RegisterOperationAction(Analyze, OperationKind.Invocation, OperationKind.ObjectCreation, OperationKind.MethodReference);

    private static void Analyze(OperationAnalysisContext context)
    {
        if (context.AggregateMethod() is not { } caller)
        {
            return;
        }

        var method = context.Operation switch
        {
            IInvocationOperation call => call.TargetMethod,
            IMethodReferenceOperation reference => reference.Method,
            IObjectCreationOperation creation => creation.Constructor,
            _ => null,
        };
        // Events of other classes are raised on other instances, which is odd, but doesn't affect the loading of this one.
        if (method is null || !caller.ContainingType.IsOrDerivesFrom(method.ContainingType) || !method.ContainingType.IsEventSourced())
        {
            return;
        }

        if ((method.IsEventMember() || method is { Name: "Raise", IsStatic: false }) && caller.RunsInApply(context.CancellationToken))
        {
            var name = method.MethodKind == MethodKind.Constructor ? $"new {method.ContainingType.Name}" : method.Name;
            context.ReportDiagnostic(Diagnostic.Create(Rules.RaiseInsideApply, context.Operation.Syntax.GetLocation(), name));
        }
    }
}
