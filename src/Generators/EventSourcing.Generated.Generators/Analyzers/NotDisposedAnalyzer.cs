using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace EventSourcing.Generators.Analyzers;

/// <summary>
/// ESG0036: a method begins a transaction, or creates a session, and never disposes it. An object that is passed on, kept or returned may
/// be disposed elsewhere: only an object that certainly stays in the method is reported.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class NotDisposedAnalyzer : UserCodeAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.NotDisposed];

    protected override void Register(AnalysisContext context) => LibraryUse.RegisterOperationAction(context, OperationKind.Invocation, Analyze);

    private static void Analyze(OperationAnalysisContext context, IAssemblySymbol library)
    {
        var call = (IInvocationOperation)context.Operation;
        if (VariableFor(call.TargetMethod) is { } variable && IsLost(LibraryUse.Awaited(call), context.CancellationToken))
        {
            context.ReportDiagnostic(Diagnostic.Create(Rules.NotDisposed, call.Syntax.GetLocation(), call.TargetMethod.Name, variable));
        }
    }

    /// <summary>The name for a variable that holds the result; null when the method creates neither a transaction nor a session.</summary>
    private static string? VariableFor(IMethodSymbol method) => method switch
    {
        { Name: "BeginTransactionAsync" } when method.ContainingType.IsNamed(KnownNames.ApplicationRecorder) => "transaction",
        { Name: "CreateSession" } when method.ReturnType.IsNamed("EventSourcing.StoreSession") || method.ReturnType.IsNamed("EventSourcing.StoreSession`1") => "session",
        _ => null,
    };

    private static bool IsLost(IOperation value, CancellationToken cancellation) => value.Parent switch
    {
        IExpressionStatementOperation => true,
        ISimpleAssignmentOperation { Target: IDiscardOperation } => true,
        ISimpleAssignmentOperation { Target: ILocalReferenceOperation { Local: var local } } assignment when assignment.Value == value => IsLost(local, value, cancellation),
        IVariableInitializerOperation { Parent: IVariableDeclaratorOperation declarator } => !IsUsing(declarator) && IsLost(declarator.Symbol, value, cancellation),
        IInvocationOperation call => call.Instance == value && !IsDisposal(call),
        IPropertyReferenceOperation => true,
        _ => false,
    };

    private static bool IsUsing(IVariableDeclaratorOperation declarator)
    {
        var group = declarator.Parent?.Parent;
        return group?.Parent is IUsingDeclarationOperation or IUsingOperation;
    }

    /// <summary>Whether a variable is only used to call its other members.</summary>
    private static bool IsLost(ILocalSymbol local, IOperation value, CancellationToken cancellation)
    {
        // A variable that holds the task is awaited elsewhere.
        if (local.RefKind != RefKind.None || local.Type.Name is "ValueTask" or "Task")
        {
            return false;
        }

        var root = value;
        while (root.Parent is { } parent)
        {
            root = parent;
        }

        foreach (var operation in root.DescendantsAndSelf())
        {
            cancellation.ThrowIfCancellationRequested();
            if (operation is ILocalReferenceOperation reference && SymbolEqualityComparer.Default.Equals(reference.Local, local) && !IsOnlyUsed(reference))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsOnlyUsed(ILocalReferenceOperation reference) => reference.Parent switch
    {
        IInvocationOperation call => call.Instance == reference && !IsDisposal(call),
        IPropertyReferenceOperation => true,
        ISimpleAssignmentOperation assignment => assignment.Target == reference,
        _ => false,
    };

    private static bool IsDisposal(IInvocationOperation call) => call.TargetMethod.Name is "DisposeAsync" or "Dispose";
}
