using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace EventSourcing.Generators.Analyzers;

/// <summary>ESG0043 and ESG0058: code that seems to raise an event, but doesn't: it calls Apply, or creates an event and doesn't use it.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ApplyCalledAnalyzer : UserCodeAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.ApplyCalled, Rules.EventNotRaised];

    protected override void Register(AnalysisContext context) =>
        context.RegisterOperationAction(Analyze, OperationKind.Invocation, OperationKind.MethodReference, OperationKind.ExpressionStatement);

    private static void Analyze(OperationAnalysisContext context)
    {
        switch (context.Operation)
        {
            case IExpressionStatementOperation { Operation: IObjectCreationOperation { Type: INamedTypeSymbol made } creation } when IsEvent(made):
                context.ReportDiagnostic(Diagnostic.Create(Rules.EventNotRaised, creation.Syntax.GetLocation(), made.Name));
                break;
            case IInvocationOperation { TargetMethod: var called }:
                Check(called);
                break;
            case IMethodReferenceOperation { Method: var named }:
                Check(named);
                break;
        }

        void Check(IMethodSymbol method)
        {
            if (!method.IsApply() || method.IsStatic || !IsEvent(method.Parameters[0].Type)
                || (context.ContainingSymbol is IMethodSymbol caller && caller.ContainingType.IsEventSourced() && caller.RunsInApply(context.CancellationToken)))
            {
                return;
            }

            context.ReportDiagnostic(Diagnostic.Create(Rules.ApplyCalled, context.Operation.Syntax.GetLocation(), method.Parameters[0].Type.Name));
        }
    }

    private static bool IsEvent(ITypeSymbol type) => type.AllInterfaces.Any(i => i.IsNamed("EventSourcing.IEvent"));
}
