using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace EventSourcing.Generators.Analyzers;

/// <summary>
/// Which methods of an aggregate run only while an event is applied: the Apply methods, and private methods that nothing else
/// calls. What local functions and lambdas do counts for the method around them.
/// </summary>
internal sealed class ApplyScope
{
    private readonly INamedTypeSymbol _aggregate;
    private readonly ConcurrentDictionary<ISymbol, ConcurrentBag<ISymbol>> _callers = new(SymbolEqualityComparer.Default);
    private readonly ConcurrentBag<(IMethodSymbol Method, Diagnostic Diagnostic)> _inside = [], _outside = [];

    private ApplyScope(INamedTypeSymbol aggregate) => _aggregate = aggregate;

    /// <summary>Looks at the operations in an aggregate's own methods; what is found is reported when its place is known.</summary>
    public static void Analyze(AnalysisContext context, Action<OperationAnalysisContext, ApplyScope> analyze, params OperationKind[] kinds) =>
        context.RegisterSymbolStartAction(start =>
        {
            var aggregate = (INamedTypeSymbol)start.Symbol;
            if (!aggregate.IsEventSourced())
                return;
            var scope = new ApplyScope(aggregate);
            start.RegisterOperationAction(scope.AddCall, OperationKind.Invocation, OperationKind.MethodReference);
            start.RegisterOperationAction(
                operation =>
                {
                    if (scope.MethodOf(operation) is not null)
                        analyze(operation, scope);
                },
                ImmutableArray.Create(kinds));
            start.RegisterSymbolEndAction(scope.Report);
        }, SymbolKind.NamedType);

    public INamedTypeSymbol Aggregate => _aggregate;

    /// <summary>Reports the diagnostic if the operation runs while an event is applied.</summary>
    public void ReportInside(OperationAnalysisContext context, Diagnostic diagnostic) => _inside.Add((MethodOf(context)!, diagnostic));

    /// <summary>Reports the diagnostic if the operation may run at another time.</summary>
    public void ReportOutside(OperationAnalysisContext context, Diagnostic diagnostic) => _outside.Add((MethodOf(context)!, diagnostic));

    /// <summary>The method of the aggregate that the operation is in; null for initializers and nested types.</summary>
    private IMethodSymbol? MethodOf(OperationAnalysisContext context) =>
        context.ContainingSymbol is IMethodSymbol method && SymbolEqualityComparer.Default.Equals(method.ContainingType, _aggregate) ? method : null;

    private void AddCall(OperationAnalysisContext context)
    {
        var called = context.Operation is IInvocationOperation call ? call.TargetMethod : ((IMethodReferenceOperation)context.Operation).Method;
        if (SymbolEqualityComparer.Default.Equals(called.ContainingType, _aggregate))
            _callers.GetOrAdd(called.OriginalDefinition, _ => []).Add(context.ContainingSymbol.OriginalDefinition);
    }

    private void Report(SymbolAnalysisContext context)
    {
        foreach (var (method, diagnostic) in _inside)
        {
            if (IsInside(method, []))
                context.ReportDiagnostic(diagnostic);
        }

        foreach (var (method, diagnostic) in _outside)
        {
            if (!IsInside(method, []))
                context.ReportDiagnostic(diagnostic);
        }
    }

    private bool IsInside(IMethodSymbol method, HashSet<string> path)
    {
        if (method.IsApply())
            return true;
        // A method that calls itself is no reason against it.
        if (!path.Add(method.ToDisplayString()))
            return true;
        return method is { DeclaredAccessibility: Accessibility.Private, MethodKind: MethodKind.Ordinary }
            && _callers.TryGetValue(method.OriginalDefinition, out var callers)
            && callers.All(c => c is IMethodSymbol caller && IsInside(caller, path));
    }
}
