using System.Collections.Immutable;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace EventSourcing.Generators.Analyzers;

/// <summary>The operands that an operation changes: by an assignment, or by a method that changes a collection.</summary>
internal static class ChangedOperands
{
    // Immutable collections return a changed copy, which changes nothing here. GetOrAdd is left out as ??= below.
    private static readonly HashSet<string> Mutators =
    [
        "Add", "AddFirst", "AddLast", "AddOrUpdate", "AddRange", "Clear", "Dequeue", "Enqueue", "ExceptWith", "Insert", "InsertRange", "IntersectWith", "Pop",
        "Push", "Remove", "RemoveAll", "RemoveAt", "RemoveFirst", "RemoveLast", "RemoveRange", "RemoveWhere", "Reverse", "Sort", "SymmetricExceptWith", "TryAdd",
        "TryDequeue", "TryPop", "TryRemove", "TryTake", "TryUpdate", "UnionWith",
    ];

    /// <summary>The operations that change an operand. ??= is left out: it keeps a value that is computed once.</summary>
    public static ImmutableArray<OperationKind> Kinds { get; } =
    [
        OperationKind.SimpleAssignment, OperationKind.CompoundAssignment, OperationKind.DeconstructionAssignment,
        OperationKind.Increment, OperationKind.Decrement, OperationKind.Argument, OperationKind.Invocation,
    ];

    /// <summary>The operands that the operation changes.</summary>
    public static IEnumerable<IOperation> Of(IOperation operation) => operation switch
    {
        IDeconstructionAssignmentOperation { Target: ITupleOperation tuple } => Elements(tuple),
        // An indexer changes the collection that it belongs to.
        IAssignmentOperation { Target: IPropertyReferenceOperation { Property.IsIndexer: true, Instance: { } collection } } => IsCollection(collection.Type) ? [collection] : [],
        IAssignmentOperation { Target: IArrayElementReferenceOperation element } => [element.ArrayReference],
        IAssignmentOperation assignment => [assignment.Target],
        IIncrementOrDecrementOperation change => [change.Target],
        IArgumentOperation { Parameter.RefKind: RefKind.Ref or RefKind.Out } argument => [argument.Value],
        IInvocationOperation { TargetMethod: { IsStatic: true, Name: "Clear" or "Fill" or "Reverse" or "Sort" } method, Arguments: [{ Value: var array }, ..] }
            when method.ContainingType.IsNamed("System.Array") || method.ContainingType.IsNamed("System.MemoryExtensions") => [array],
        IInvocationOperation call when Mutators.Contains(call.TargetMethod.Name) && IsCollection(call.TargetMethod.ContainingType)
            && (call.Instance ?? call.Arguments.FirstOrDefault()?.Value) is { } collection => [collection],
        _ => [],
    };

    private static IEnumerable<IOperation> Elements(ITupleOperation tuple) =>
        tuple.Elements.SelectMany(e => e is ITupleOperation inner ? Elements(inner) : [e]);

    private static bool IsCollection(ITypeSymbol? type) =>
        type?.ContainingNamespace?.ToDisplayString() is "System.Collections.Generic" or "System.Collections.ObjectModel" or "System.Collections.Concurrent";
}
