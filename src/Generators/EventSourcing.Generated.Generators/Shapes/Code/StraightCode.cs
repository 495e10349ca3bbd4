using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace EventSourcing.Generators.Shapes.Code;

/// <summary>
/// Follows the values of parameters through code that runs straight from its beginning to its end, as constructors and setters do: it
/// assigns members, and checks its parameters. Everything else ends in a <see cref="Problem"/>.
/// </summary>
/// <param name="type">The type whose object is created. It may override members that its bases assign.</param>
/// <param name="compilation">Has the code of methods that are called.</param>
/// <param name="depth">The number of methods and setters that led to this code.</param>
/// <param name="known">The results for methods that are known already.</param>
internal sealed partial class StraightCode(INamedTypeSymbol type, Compilation compilation, int depth = 0, HarmlessCode? known = null)
{
    private const int LongestSnippet = 60;

    private readonly HarmlessCode _harmless = known ?? new(type, compilation);

    /// <summary>The values of parameters, locals and members. A property stands for the field that the compiler generates for it.</summary>
    private readonly Dictionary<ISymbol, PassedValue> _values = new(SymbolEqualityComparer.Default);

    private readonly HashSet<ISymbol> _members = new(SymbolEqualityComparer.Default);

    /// <summary>The code that may change something else, as it is written; null when there is none.</summary>
    public string? Problem { get; private set; }

    /// <summary>Whether the code doesn't compile, so that it can't be followed.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Whether the code does more than assign the values that it receives.</summary>
    public bool HasCode { get; private set; }

    /// <summary>The members that were assigned.</summary>
    public IReadOnlyCollection<ISymbol> Members => _members;

    public PassedValue this[ISymbol symbol]
    {
        get => _values.TryGetValue(symbol, out var value) ? value : PassedValue.Unknown;
        set => _values[symbol] = value;
    }

    /// <summary>The symbol that stands for the field or property: the property for the field that the compiler generates for it.</summary>
    public static ISymbol StorageOf(ISymbol member) => member.OriginalDefinition is IFieldSymbol { AssociatedSymbol: IPropertySymbol property } ? property : member.OriginalDefinition;

    /// <summary>Follows a body or an expression.</summary>
    public void Run(IOperation? operation)
    {
        if (operation is null)
        {
            return;
        }

        IsBroken |= operation.DescendantsAndSelf().Any(o => o is IInvalidOperation);
        Follow(operation);
    }

    /// <summary>Follows the initial value of a field or property.</summary>
    public void Initialize(ISymbol member, IOperation? value)
    {
        if (value is null)
        {
            return;
        }

        IsBroken |= value is IInvalidOperation;
        // Without the constructor's parameters, an initial value can't reach the object.
        if (value.DescendantsAndSelf().Any(o => o is IParameterReferenceOperation { Parameter.ContainingSymbol: IMethodSymbol { MethodKind: MethodKind.Constructor } }))
        {
            Check(value);
        }

        Assign(StorageOf(member), Evaluate(value));
    }

    /// <summary>Assigns the value of a parameter to the property of its record.</summary>
    public void Pass(IParameterSymbol parameter, IPropertySymbol property) => Assign(property, this[parameter]);

    /// <summary>The value of an argument.</summary>
    public PassedValue Pass(IOperation argument)
    {
        IsBroken |= argument is IInvalidOperation;
        Check(argument);
        return Evaluate(argument);
    }

    private void Follow(IOperation operation)
    {
        HasCode |= operation is not (IBlockOperation or IExpressionStatementOperation or ISimpleAssignmentOperation or IDeconstructionAssignmentOperation);
        switch (operation)
        {
            case var addition when _filled is not null && AddedBy(addition) is { } added:
                Add(added, addition);
                break;
            case IBlockOperation block:
                foreach (var statement in block.Operations)
                {
                    Follow(statement);
                }

                break;
            case IExpressionStatementOperation { Operation: var expression }:
                Follow(expression);
                break;
            case IVariableDeclarationGroupOperation group:
                foreach (var declarator in group.Declarations.SelectMany(d => d.Declarators))
                {
                    Check(declarator);
                    this[declarator.Symbol] = (declarator.GetVariableInitializer() ?? declarator.Initializer) is { Value: var initial } ? Evaluate(initial) : PassedValue.Unknown;
                }

                break;
            case ISimpleAssignmentOperation { IsRef: false } assignment:
                Assign(assignment);
                break;
            case IDeconstructionAssignmentOperation { Target: var targetsOrDeclaration, Value: var given } deconstruction
                when (targetsOrDeclaration is IDeclarationExpressionOperation { Expression: var declared } ? declared : targetsOrDeclaration) is ITupleOperation targets
                && Plain(given) is ITupleOperation values:
                Check(given);
                var passed = values.Elements.Select(Evaluate).ToList();
                foreach (var (target, value) in targets.Elements.Zip(passed, (t, v) => (t, v)))
                {
                    Assign(target, value, deconstruction);
                }

                break;
            case ICoalesceAssignmentOperation { Target: var target, Value: var value } coalesce when TargetOf(target) is { } changed:
                Check(value);
                Assign(target, this[changed].Fill(ConstantOf(value)), coalesce);
                break;
            case ICompoundAssignmentOperation { Target: var target, Value: var value } compound when TargetOf(target) is not null:
                Check(value);
                Assign(target, PassedValue.Unknown, compound);
                break;
            case IIncrementOrDecrementOperation { Target: var target } change when TargetOf(target) is not null:
                Assign(target, PassedValue.Unknown, change);
                break;
            case IInvocationOperation { TargetMethod.Name: "AddRange" or "UnionWith", Instance: { } filled, Arguments: [var items] } when _filled is null && EmptyOf(filled) is { } empty:
                Check(items.Value);
                Assign(empty, Evaluate(items.Value));
                break;
            case IForEachLoopOperation loop when _filled is null && !_harmless.Is(loop):
                FollowLoop(loop);
                break;
            case IConditionalOperation choice when FollowBranches(choice):
                break;
            case ISwitchOperation choice when FollowOnlyCase(choice):
                break;
            case ITryOperation { Finally: null } attempt when attempt.Catches.All(c => HarmlessCode.AlwaysThrows(c.Handler)):
                foreach (var handler in attempt.Catches)
                {
                    Check(handler);
                }

                Follow(attempt.Body);
                break;
            case IInvocationOperation { Instance: IInstanceReferenceOperation { ReferenceKind: InstanceReferenceKind.ContainingTypeInstance } } call when !_harmless.Is(call):
                FollowCall(call);
                break;
            case IReturnOperation { ReturnedValue: null, Syntax: not ReturnStatementSyntax }:
                break;
            default:
                Check(operation);
                break;
        }
    }

    private void Assign(ISimpleAssignmentOperation assignment)
    {
        // A = B = a.
        if (Plain(assignment.Value) is ISimpleAssignmentOperation inner)
        {
            Assign(inner);
        }
        else
        {
            Check(assignment.Value);
        }

        Assign(assignment.Target, Evaluate(assignment.Value), assignment);
    }

    private void Assign(IOperation target, PassedValue value, IOperation whole)
    {
        if (target is IDiscardOperation)
        {
            return;
        }

        if (TargetOf(target) is not { } symbol)
        {
            Report(whole);
        }
        else if (symbol is not IPropertySymbol property || target is IFieldReferenceOperation)
        {
            Assign(symbol, value);
        }
        else if (!IsEffective(property))
        {
            Report(whole);
        }
        else if (property.SetMethod is not { } setter || HarmlessCode.IsMade(setter))
        {
            Assign(symbol, value);
        }
        else if (value is { Source: not null, Change: Change.None } && Restoring.SetterOf(property, type, compilation, depth) is { Storage: { } storage } passing)
        {
            HasCode = true;
            Assign(storage, value with { Change = passing.Change });
        }
        else
        {
            Report(whole);
        }
    }

    private void Assign(ISymbol symbol, PassedValue value)
    {
        this[symbol] = value;
        if (symbol is not (IFieldSymbol or IPropertySymbol))
        {
            return;
        }

        _members.Add(symbol);
        _assignments++;
    }

    // A local, a parameter, or a member of this object.
    private static ISymbol? TargetOf(IOperation target) => target switch
    {
        ILocalReferenceOperation { Local: { RefKind: RefKind.None } local } => local,
        IParameterReferenceOperation { Parameter: { RefKind: RefKind.None } parameter } => parameter.OriginalDefinition,
        IFieldReferenceOperation or IPropertyReferenceOperation { Arguments.IsEmpty: true } when target is IMemberReferenceOperation { Instance: IInstanceReferenceOperation { ReferenceKind: InstanceReferenceKind.ContainingTypeInstance }, Member: var member } =>
            StorageOf(member),
        IDeclarationExpressionOperation { Expression: ILocalReferenceOperation { Local: var declared } } => declared,
        _ => null,
    };

    // Whether an assignment in a base reaches this property, not one that overrides it.
    private bool IsEffective(IPropertySymbol property) => !(property.IsVirtual || property.IsAbstract || property.IsOverride)
        || SymbolEqualityComparer.Default.Equals(Coverage.Chain(type).SelectMany(t => t.GetMembers(property.Name)).FirstOrDefault()?.OriginalDefinition, property);

    private void Check(IOperation operation)
    {
        HasCode |= !operation.DescendantsAndSelf().All(IsPlainValue);
        // An early return would skip code.
        if (!_harmless.Is(operation) || operation.DescendantsAndSelf().Any(o => o is IReturnOperation { Syntax: ReturnStatementSyntax } && !IsInFunction(o, operation)))
        {
            Report(operation);
        }

        foreach (var assigned in HarmlessCode.AssignedIn(operation))
        {
            this[assigned] = PassedValue.Unknown;
        }

        NamePatterns(operation);
    }

    private static bool IsPlainValue(IOperation operation) => operation switch
    {
        IParameterReferenceOperation or ILocalReferenceOperation or ILiteralOperation or IDefaultValueOperation or IInstanceReferenceOperation or IFieldReferenceOperation or ITupleOperation => true,
        IConversionOperation conversion => conversion.ConstantValue.HasValue || conversion.Operand is ITupleOperation || (conversion.OperatorMethod is null && KeepsValue(conversion)),
        _ => false,
    };

    private static bool IsInFunction(IOperation operation, IOperation within)
    {
        for (var at = operation.Parent; at is not null && at != within; at = at.Parent)
        {
            if (at is IAnonymousFunctionOperation or ILocalFunctionOperation)
            {
                return true;
            }
        }

        return false;
    }

    private void Report(IOperation operation)
    {
        var snippet = string.Join(" ", operation.Syntax.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Problem ??= snippet.Length <= LongestSnippet ? snippet : snippet.Substring(0, LongestSnippet) + "…";
    }
}
