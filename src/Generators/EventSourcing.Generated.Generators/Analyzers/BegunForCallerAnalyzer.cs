using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace EventSourcing.Generators.Analyzers;

/// <summary>
/// ESG0059: an async method begins a transaction, or a scope, and returns it. Changes that an async method makes in its flow end with the
/// method, so that they don't apply to the caller.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class BegunForCallerAnalyzer : UserCodeAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.BegunForCaller];

    protected override void Register(AnalysisContext context) => LibraryUse.RegisterOperationAction(context, OperationKind.Invocation, Analyze);

    private static void Analyze(OperationAnalysisContext context, IAssemblySymbol library)
    {
        var call = (IInvocationOperation)context.Operation;
        if (IsOfFlow(call.TargetMethod) && FunctionOf(call, context.ContainingSymbol) is { IsAsync: true } function && IsReturned(call, function, context.ContainingSymbol))
        {
            context.ReportDiagnostic(Diagnostic.Create(Rules.BegunForCaller, call.Syntax.GetLocation(), call.TargetMethod.Name, function.Name is "" ? "the lambda" : $"'{function.Name}'"));
        }
    }

    /// <summary>Whether a method begins a transaction or scope for the calling async flow.</summary>
    private static bool IsOfFlow(IMethodSymbol method) => method.Name switch
    {
        "BeginTransactionAsync" => method.ContainingType.IsNamed(KnownNames.ApplicationRecorder),
        "Use" => method.ContainingType.IsNamed("EventSourcing.StoreSession") || method.ContainingType.IsNamed("EventSourcing.StoreSession`1")
            || method.ContainingType.IsNamed("EventSourcing.EventMetadata") || method.ContainingType.IsNamed("EventSourcing.AggregateClock"),
        _ => false,
    };

    /// <summary>The method, local function or lambda that contains an operation.</summary>
    private static IMethodSymbol? FunctionOf(IOperation operation, ISymbol containing)
    {
        for (var parent = operation.Parent; parent is not null; parent = parent.Parent)
        {
            switch (parent)
            {
                case IAnonymousFunctionOperation lambda:
                    return lambda.Symbol;
                case ILocalFunctionOperation local:
                    return local.Symbol;
            }
        }

        return containing as IMethodSymbol;
    }

    /// <summary>Whether the function returns a value, or the variable that holds it, unchanged.</summary>
    private static bool IsReturned(IOperation call, IMethodSymbol function, ISymbol containing)
    {
        var value = LibraryUse.Awaited(call);
        return value.Parent switch
        {
            IReturnOperation => true,
            ISimpleAssignmentOperation { Target: ILocalReferenceOperation { Local: var local } } assignment when assignment.Value == value => IsVariableReturned(local),
            IVariableInitializerOperation { Parent: IVariableDeclaratorOperation declarator } => IsVariableReturned(declarator.Symbol),
            _ => false,
        };

        bool IsVariableReturned(ILocalSymbol local)
        {
            var root = value;
            while (root.Parent is { } parent)
            {
                root = parent;
            }

            return root.Descendants().OfType<ILocalReferenceOperation>().Any(r =>
                SymbolEqualityComparer.Default.Equals(r.Local, local) && LibraryUse.Awaited(r).Parent is IReturnOperation && SymbolEqualityComparer.Default.Equals(FunctionOf(r, containing), function));
        }
    }
}
