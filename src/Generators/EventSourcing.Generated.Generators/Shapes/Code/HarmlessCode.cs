using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace EventSourcing.Generators.Shapes.Code;

/// <summary>
/// Finds out whether code, such as the check of a parameter, changes neither the object that is being created nor the values that it is
/// made of. Code that can't be proven harmless counts as a change.
/// </summary>
/// <param name="type">The type whose object is created. It may override methods that are called.</param>
/// <param name="compilation">Has the code of methods that are called.</param>
internal sealed class HarmlessCode(INamedTypeSymbol type, Compilation compilation)
{
    private const int MaxDepth = 4;

    // Types whose methods change nothing in the collections and delegates that they receive.
    private static readonly HashSet<string> CheckingTypes =
    [
        "System.Linq.Enumerable", "System.ArgumentNullException", "System.ArgumentException", "System.ArgumentOutOfRangeException",
        "System.ObjectDisposedException", "System.Diagnostics.Debug", "System.Diagnostics.Contracts.Contract", "string", "object",
        "System.Text.RegularExpressions.Regex",
    ];

    // Classes whose objects can't change.
    private static readonly HashSet<string> FixedTypes =
    [
        "System.Type", "System.StringComparer", "System.Globalization.CultureInfo", "System.IFormatProvider", "System.Text.RegularExpressions.Regex", "System.TimeProvider",
        "System.Uri", "System.Version",
    ];

    private static readonly HashSet<string> CheckingNamespaces = ["Ardalis.GuardClauses", "CommunityToolkit.Diagnostics"];

    private static readonly HashSet<string> ReadingMethods =
    [
        "Contains", "ContainsKey", "ContainsValue", "Exists", "Find", "FindIndex", "FindAll", "TrueForAll", "IndexOf", "LastIndexOf", "TryGetValue",
        "GetValueOrDefault", "SequenceEqual", "SetEquals", "Overlaps", "IsSubsetOf", "IsSupersetOf", "IsProperSubsetOf", "IsProperSupersetOf",
        "Equals", "GetHashCode", "GetType", "ToString", "CompareTo", "GetLength", "BinarySearch", "CreateRange", "Deconstruct",
    ];

    // The results for methods: a method may be called often, and each call is checked in the same way.
    private readonly Dictionary<IMethodSymbol, bool> _known = new(SymbolEqualityComparer.Default);

    /// <summary>Whether the operation is harmless. Throwing is harmless, because then no object is created.</summary>
    public bool Is(IOperation? operation, int depth = 0)
    {
        switch (operation)
        {
            case null or IThrowOperation or ILocalFunctionOperation or IInvalidOperation:
                return true;
            // An exception that is thrown and caught inside could be a change.
            case ITryOperation attempt:
                return attempt.Catches.All(c => AlwaysThrows(c.Handler)) && All(attempt, depth);
            case IUsingOperation or IUsingDeclarationOperation or ILockOperation or IAwaitOperation or IAddressOfOperation or IEventAssignmentOperation
                or IDynamicInvocationOperation or IDynamicIndexerAccessOperation or IDynamicMemberReferenceOperation or IDynamicObjectCreationOperation or IBranchOperation { BranchKind: BranchKind.GoTo }:
                return false;
            // The object itself must not be passed on, but its members may be read and called.
            case IInstanceReferenceOperation { ReferenceKind: InstanceReferenceKind.ContainingTypeInstance }:
                return operation.Parent is IMemberReferenceOperation or IInvocationOperation && operation.Parent is not (IMethodReferenceOperation or IEventReferenceOperation);
            case IAssignmentOperation { Target: var target } assignment:
                return IsLocal(target) && All(assignment, depth);
            case IIncrementOrDecrementOperation { Target: var target }:
                return IsLocal(target);
            case IArgumentOperation { Parameter.RefKind: RefKind.Ref or RefKind.Out } argument:
                return IsLocal(argument.Value);
            case IVariableDeclaratorOperation { Symbol.RefKind: not RefKind.None }:
                return false;
            case IInvocationOperation call:
                return All(call, depth) && IsHarmlessCall(call, depth);
            case IObjectCreationOperation creation:
                return All(creation, depth) && (creation.Arguments.All(a => IsPlain(a.Value)) || IsOfFramework(creation.Type));
            case IMethodReferenceOperation reference:
                return All(reference, depth) && (IsOfFramework(reference.Method.ContainingType) || (Called(reference.Method, reference.Instance) is { } named && IsHarmlessMethod(named, depth)));
            case IPropertyReferenceOperation { Property.GetMethod: { } getter } property:
                return All(property, depth) && (!getter.HasSourceIn(compilation) || IsAuto(getter) || (Called(getter, property.Instance) is { } read && (IsMade(read) || IsHarmlessMethod(read, depth))));
            default:
                return All(operation, depth) && (OperatorOf(operation) is not { } used || !used.HasSourceIn(compilation) || (Called(used, null) is { } fixedOne && IsHarmlessMethod(fixedOne, depth)));
        }
    }

    /// <summary>The locals and parameters that the code assigns.</summary>
    public static IEnumerable<ISymbol> AssignedIn(IOperation operation) => operation.DescendantsAndSelf().SelectMany(o => o switch
    {
        IAssignmentOperation { Target: ITupleOperation tuple } => tuple.DescendantsAndSelf().Select(LocalOf),
        IAssignmentOperation assignment => [LocalOf(assignment.Target)],
        IIncrementOrDecrementOperation change => [LocalOf(change.Target)],
        IArgumentOperation { Parameter.RefKind: RefKind.Ref or RefKind.Out } argument => [LocalOf(argument.Value)],
        _ => [],
    }).OfType<ISymbol>();

    /// <summary>The body of a method or an accessor; null when it isn't in the compilation's source.</summary>
    public IOperation? BodyOf(IMethodSymbol method)
    {
        method = Implementation(method);
        if (!method.HasSourceIn(compilation))
        {
            return null;
        }

        SyntaxNode? body = method.DeclaringSyntaxReferences[0].GetSyntax() switch
        {
            // The clause, not the expression in it, has the conversion to the type of the result.
            BaseMethodDeclarationSyntax declaration => (SyntaxNode?)declaration.Body ?? declaration.ExpressionBody,
            AccessorDeclarationSyntax accessor => (SyntaxNode?)accessor.Body ?? accessor.ExpressionBody,
            LocalFunctionStatementSyntax local => (SyntaxNode?)local.Body ?? local.ExpressionBody,
            ArrowExpressionClauseSyntax arrow => arrow,
            _ => null,
        };
        return body is null ? null : compilation.GetSemanticModel(body.SyntaxTree).GetOperation(body);
    }

    /// <summary>The part of a method or an accessor that has a body.</summary>
    public static IMethodSymbol Implementation(IMethodSymbol method)
    {
        method = method.OriginalDefinition;
        return method.PartialImplementationPart
            ?? (method.AssociatedSymbol is IPropertySymbol { PartialImplementationPart: { } property } ? method.MethodKind == MethodKind.PropertyGet ? property.GetMethod : property.SetMethod : null)
            ?? method;
    }

    /// <summary>The same parameter of that part.</summary>
    public static IParameterSymbol Implementation(IParameterSymbol parameter) =>
        parameter.ContainingSymbol is IMethodSymbol method && Implementation(method) is var part && parameter.Ordinal < part.Parameters.Length ? part.Parameters[parameter.Ordinal] : parameter.OriginalDefinition;

    /// <summary>Whether the compiler implements the accessor; assumed for an accessor that is compiled elsewhere.</summary>
    public static bool IsMade(IMethodSymbol accessor) =>
        Implementation(accessor).DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() is null or ParameterSyntax or AccessorDeclarationSyntax { Body: null, ExpressionBody: null };

    /// <summary>
    /// The method that runs when this one is called. It may be an override, which is known only for the object that is created; null when
    /// it isn't known.
    /// </summary>
    /// <param name="method">The method that the code names.</param>
    /// <param name="instance">The object on which it is called.</param>
    public IMethodSymbol? Called(IMethodSymbol method, IOperation? instance)
    {
        method = method.OriginalDefinition;
        var isFixed = !(method.IsVirtual || method.IsAbstract || method.IsOverride) || method.IsSealed || method.ContainingType.IsSealed;
        if (isFixed || instance?.Syntax is BaseExpressionSyntax)
        {
            return method;
        }

        return instance is not IInstanceReferenceOperation { ReferenceKind: InstanceReferenceKind.ContainingTypeInstance } ? null
            : Coverage.Chain(type).SelectMany(t => t.OriginalDefinition.GetMembers(method.Name)).OfType<IMethodSymbol>().FirstOrDefault(m => Overrides(m, method));
    }

    /// <summary>Whether a statement or an expression ends in an exception, unless it ends somewhere before.</summary>
    public static bool AlwaysThrows(IOperation? operation) => operation switch
    {
        IThrowOperation => true,
        IExpressionStatementOperation { Operation: var expression } => AlwaysThrows(expression),
        IBlockOperation { Operations: [.., var last] } => AlwaysThrows(last),
        IInvocationOperation { TargetMethod: var called } => called.FindAttribute("System.Diagnostics.CodeAnalysis.DoesNotReturnAttribute") is not null,
        _ => false,
    };

    /// <summary>Whether the type belongs to the framework.</summary>
    public static bool IsOfFramework(ITypeSymbol? type) => type is not null && type.DeclaringSyntaxReferences.IsEmpty && type.IsInSystem();

    private bool All(IOperation operation, int depth) => operation.ChildOperations.All(c => Is(c, depth));

    private bool IsHarmlessCall(IInvocationOperation call, int depth)
    {
        var method = (call.TargetMethod.ReducedFrom ?? call.TargetMethod).OriginalDefinition;
        // A call that receives nothing changeable changes nothing here.
        if ((call.Instance is null || IsPlain(call.Instance)) && call.Arguments.All(a => a.Parameter?.RefKind == RefKind.Out || IsPlain(a.Value)))
        {
            return method.MethodKind != MethodKind.LocalFunction || IsHarmlessMethod(method, depth);
        }
        // The call adds items to a new object.
        if (call.Instance is IInstanceReferenceOperation { ReferenceKind: InstanceReferenceKind.ImplicitReceiver })
        {
            return true;
        }

        if (method.HasSourceIn(compilation))
        {
            return Called(method, call.Instance) is { } called && IsHarmlessMethod(called, depth);
        }

        var owner = method.ContainingType;
        return CheckingTypes.Contains(owner.ToDisplayString()) && !(call.Instance is IInstanceReferenceOperation && method.IsVirtual)
            || CheckingNamespaces.Contains(owner.ContainingNamespace.ToDisplayString())
            || IsOfFramework(owner) && (ReadingMethods.Contains(method.Name) || StraightCode.CopyingMethods.Contains(method.Name)) && call.Instance is not IInstanceReferenceOperation;
    }

    private bool IsHarmlessMethod(IMethodSymbol method, int depth)
    {
        if (_known.TryGetValue(method, out var known))
        {
            return known;
        }
        // A recursive call doesn't make a method harmful.
        _known[method] = true;
        return _known[method] = depth < MaxDepth && method.Parameters.All(p => p.RefKind is RefKind.None or RefKind.In)
            && BodyOf(method) is { } body && Is(body, depth + 1)
            // A parameter of the primary constructor is state when a method assigns it; a local function may assign variables of the method
            // around it.
            && !AssignedIn(body).Any(s => s is IParameterSymbol { ContainingSymbol: IMethodSymbol { MethodKind: MethodKind.Constructor } }
                || method.MethodKind == MethodKind.LocalFunction && !SymbolEqualityComparer.Default.Equals(s.ContainingSymbol, method));
    }

    private static bool Overrides(IMethodSymbol method, IMethodSymbol named)
    {
        for (var at = method; at is not null; at = at.OverriddenMethod)
        {
            if (SymbolEqualityComparer.Default.Equals(at.OriginalDefinition, named))
            {
                return true;
            }
        }

        return false;
    }

    private static IMethodSymbol? OperatorOf(IOperation operation) => operation switch
    {
        IBinaryOperation binary => binary.OperatorMethod,
        IUnaryOperation unary => unary.OperatorMethod,
        IConversionOperation conversion => conversion.OperatorMethod,
        _ => null,
    };

    private static bool IsAuto(IMethodSymbol accessor) => !accessor.IsAbstract && !accessor.IsVirtual && IsMade(accessor);

    private static bool IsLocal(IOperation target) => target switch
    {
        IDiscardOperation => true,
        IDeclarationExpressionOperation => true,
        ITupleOperation tuple => tuple.Elements.All(IsLocal),
        // The object of the member is created here.
        IMemberReferenceOperation { Instance: IInstanceReferenceOperation { ReferenceKind: InstanceReferenceKind.ImplicitReceiver } } => true,
        _ => LocalOf(target) is not null,
    };

    private static ISymbol? LocalOf(IOperation target) => target switch
    {
        ILocalReferenceOperation { Local: { RefKind: RefKind.None } local } => local,
        IParameterReferenceOperation { Parameter: { RefKind: RefKind.None } parameter } => parameter.OriginalDefinition,
        IDeclarationExpressionOperation { Expression: ILocalReferenceOperation { Local: var declared } } => declared,
        _ => null,
    };

    /// <summary>Whether nothing can be changed in the value.</summary>
    private static bool IsPlain(IOperation value)
    {
        while (value is IConversionOperation { Operand: var operand })
        {
            value = operand;
        }

        return value.ConstantValue.HasValue || value is IDefaultValueOperation || (value.Type is { } type && IsPlain(type));
    }

    private static bool IsPlain(ITypeSymbol type)
    {
        if (type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable)
        {
            return IsPlain(nullable.TypeArguments[0]);
        }

        if (type.SpecialType == SpecialType.System_String || type.TypeKind == TypeKind.Enum)
        {
            return true;
        }

        if (!IsOfFramework(type) || type is not INamedTypeSymbol named)
        {
            return false;
        }

        return named is { IsValueType: true, IsGenericType: false }
            || named.ContainingType is null && named.ContainingNamespace.ToDisplayString() is "System.Collections.Immutable" or "System.Collections.Frozen"
            || FixedTypes.Contains(named.ToDisplayString());
    }
}
