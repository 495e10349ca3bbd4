using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace EventSourcing.Generators.Analyzers;

/// <summary>
/// ESG0057: the result of a method of the library, or of a generated method of an application, is dropped, though it should be awaited. In
/// an async method the compiler reports it (CS4014).
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class NotAwaitedAnalyzer : UserCodeAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.NotAwaited];

    protected override void Register(AnalysisContext context) => LibraryUse.RegisterOperationAction(context, OperationKind.ExpressionStatement, Analyze);

    private static void Analyze(OperationAnalysisContext context, IAssemblySymbol library)
    {
        if (((IExpressionStatementOperation)context.Operation).Operation is IInvocationOperation { TargetMethod: var method } call
            && method.ReturnType is { Name: "Task" or "ValueTask", ContainingNamespace: { Name: "Tasks" } space } && space.ToDisplayString() == "System.Threading.Tasks"
            && method.Name != "DisposeAsync" && !method.IsUserWritten() && LibraryUse.IsOurs(method.ContainingType, library) && !IsToldElsewhere(call, context.ContainingSymbol, library))
        {
            context.ReportDiagnostic(Diagnostic.Create(Rules.NotAwaited, call.Syntax.GetLocation(), method.Name));
        }
    }

    /// <summary>Whether the compiler reports it, or ESG0053 at the lambda that is passed to the library.</summary>
    private static bool IsToldElsewhere(IOperation operation, ISymbol containing, IAssemblySymbol library)
    {
        for (var around = operation.Parent; around is not null; around = around.Parent)
        {
            switch (around)
            {
                case IAnonymousFunctionOperation lambda:
                    return lambda.Symbol.IsAsync || lambda is { Parent: IDelegateCreationOperation { Parent: IArgumentOperation { Parent: IInvocationOperation { TargetMethod.ContainingType: var type } } } }
                        && LibraryUse.IsOurs(type, library);
                case ILocalFunctionOperation local:
                    return local.Symbol.IsAsync;
            }
        }

        return containing is IMethodSymbol { IsAsync: true };
    }
}
