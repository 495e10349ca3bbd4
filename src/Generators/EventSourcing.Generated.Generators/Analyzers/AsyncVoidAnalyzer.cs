using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace EventSourcing.Generators.Analyzers;

/// <summary>ESG0053: asynchronous code is passed to a method of the library, or of an application, that doesn't wait for it.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class AsyncVoidAnalyzer : UserCodeAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.AsyncVoid];

    protected override void Register(AnalysisContext context) => LibraryUse.RegisterOperationAction(context, OperationKind.Invocation, Analyze);

    private static void Analyze(OperationAnalysisContext context, IAssemblySymbol library)
    {
        var call = (IInvocationOperation)context.Operation;
        var method = call.TargetMethod;
        if (!LibraryUse.IsOurs(method.ContainingType, library))
        {
            return;
        }

        foreach (var argument in call.Arguments)
        {
            if (argument.Value is IDelegateCreationOperation { Type: INamedTypeSymbol { DelegateInvokeMethod.ReturnsVoid: true }, Target: var target } && IsAsynchronous(target))
            {
                context.ReportDiagnostic(Diagnostic.Create(Rules.AsyncVoid, argument.Value.Syntax.GetLocation(), method.Name, Remedy(method)));
            }
        }
    }

    private static string Remedy(IMethodSymbol method) => method.Name == "RetryOnConflictAsync" ? "return a Task or ValueTask" : "run it before the call, and pass synchronous code";

    private static bool IsAsynchronous(IOperation target) => target switch
    {
        IMethodReferenceOperation { Method.IsAsync: true } => true,
        IAnonymousFunctionOperation { Symbol.IsAsync: true } => true,
        // x => DoAsync(x), whose result is dropped.
        IAnonymousFunctionOperation { Body.Operations: [IExpressionStatementOperation { Operation: { Type: { } type } dropped }, ..] } =>
            dropped is not IAssignmentOperation && type.GetMembers("GetAwaiter").OfType<IMethodSymbol>().Any(m => m is { IsStatic: false, Parameters.IsEmpty: true }),
        _ => false,
    };
}
