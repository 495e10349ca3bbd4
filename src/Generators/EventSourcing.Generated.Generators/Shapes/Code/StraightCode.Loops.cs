using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace EventSourcing.Generators.Shapes.Code;

/// <content>Loops that check the items of a collection and add each of them to an empty one.</content>
internal sealed partial class StraightCode
{
    // The values that each collection receives in a round of the loop that is followed; null outside of a loop.
    private Dictionary<ISymbol, IReadOnlyList<PassedValue>>? _filled;

    // The number of calls of the object's own methods that led here.
    private int _calls;

    private void FollowLoop(IForEachLoopOperation loop)
    {
        Check(loop.Collection);
        var (items, assignments) = (Evaluate(loop.Collection), _assignments);
        var controls = ControlsOf(loop);
        foreach (var control in controls)
        {
            this[control] = new PassedValue(control);
        }
        // The next round starts with the values of this one.
        var assigned = HarmlessCode.AssignedIn(loop.Body).ToList();
        foreach (var symbol in assigned)
        {
            this[symbol] = PassedValue.Unknown;
        }

        var filled = _filled = new Dictionary<ISymbol, IReadOnlyList<PassedValue>>(SymbolEqualityComparer.Default);
        Follow(loop.Body);
        _filled = null;
        foreach (var symbol in assigned)
        {
            this[symbol] = PassedValue.Unknown;
        }
        // A round that ends early may leave an item out.
        if (controls.Count == 0 || _assignments != assignments
            || loop.Body.DescendantsAndSelf().Any(o => o is IBranchOperation branch && (SymbolEqualityComparer.Default.Equals(branch.Target, loop.ContinueLabel) || SymbolEqualityComparer.Default.Equals(branch.Target, loop.ExitLabel))))
        {
            Report(loop);
        }

        foreach (var pair in filled)
        {
            Assign(pair.Key, IsDistinct(pair.Key.TypeOfValue()) ? Filled(pair.Value, controls, items).With(Change.Distinct) : Filled(pair.Value, controls, items));
        }
    }

    private static PassedValue Filled(IReadOnlyList<PassedValue> added, IReadOnlyList<ISymbol> controls, PassedValue items)
    {
        var isPair = added.Count == 2 && controls.Count == 1;
        for (var i = 0; i < added.Count; i++)
        {
            if (!SymbolEqualityComparer.Default.Equals(added[i].Source, isPair ? controls[0] : controls.ElementAtOrDefault(i)))
            {
                return PassedValue.Unknown;
            }
        }

        return added.Count != controls.Count && !isPair ? PassedValue.Unknown
            : added.All(a => a.Change == Change.None) ? items
            : items.With(Change.Tested);
    }

    /// <summary>The collection that an operation adds to, and what it adds: an item, or a key and a value.</summary>
    private (ISymbol Target, IReadOnlyList<IOperation> Added)? AddedBy(IOperation operation) => operation switch
    {
        IInvocationOperation { TargetMethod.Name: "Add" or "TryAdd" or "Enqueue" or "AddLast", Instance: { } filled, Arguments: [_] or [_, _] } call when EmptyOf(filled) is { } target =>
            (target, [.. call.Arguments.Select(a => a.Value)]),
        ISimpleAssignmentOperation { Target: IPropertyReferenceOperation { Property.IsIndexer: true, Instance: { } filled, Arguments: [{ Value: var key }] }, Value: var value } when EmptyOf(filled) is { } target =>
            (target, [key, value]),
        _ => null,
    };

    private void Add((ISymbol Target, IReadOnlyList<IOperation> Added) addition, IOperation whole)
    {
        var (target, added) = addition;
        foreach (var value in added)
        {
            Check(value);
        }

        if (_filled!.ContainsKey(target))
        {
            Report(whole);
        }

        _filled[target] = [.. added.Select((value, i) => IsPart(value, i, added.Count, out var pair) ? Evaluate(pair) : Evaluate(value))];
    }

    // pair.Key or pair.Value, at its place.
    private static bool IsPart(IOperation value, int place, int count, out IOperation pair)
    {
        pair = Plain(value) is IPropertyReferenceOperation { Instance: { } instance, Property: { ContainingType.Name: "KeyValuePair", Name: var name } } && count == 2 && name == (place == 0 ? "Key" : "Value") ? instance : value;
        return pair != value;
    }

    private static IReadOnlyList<ISymbol> ControlsOf(IForEachLoopOperation loop) => loop.LoopControlVariable switch
    {
        IVariableDeclaratorOperation { Symbol: var item } => [item],
        IDeclarationExpressionOperation { Expression: ITupleOperation { Elements: [ILocalReferenceOperation { Local: var key }, ILocalReferenceOperation { Local: var value }] } } => [key, value],
        ITupleOperation { Elements: [IDeclarationExpressionOperation { Expression: ILocalReferenceOperation { Local: var key } }, IDeclarationExpressionOperation { Expression: ILocalReferenceOperation { Local: var value } }] } => [key, value],
        _ => [],
    };

    /// <summary>The member or local whose collection is known to be empty.</summary>
    private ISymbol? EmptyOf(IOperation instance) =>
        // The type behind an interface isn't known.
        TargetOf(instance) is IFieldSymbol or IPropertySymbol or ILocalSymbol && TargetOf(instance) is { } target && instance.Type is { TypeKind: TypeKind.Class } && this[target].Constant == ConstantKind.EmptyCollection ? target : null;
}
