using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Serializers;

/// <summary>The items of tuples, of both kinds.</summary>
internal static class TupleShapes
{
    /// <summary>The items in order, or null when the type isn't a tuple.</summary>
    public static IReadOnlyList<MemberSlot>? ItemsOf(INamedTypeSymbol type)
    {
        // A value tuple of any length shows all its items here, however it is nested.
        if (type.IsTupleType)
            return [.. type.TupleElements.Select((e, i) => Item($"Item{i + 1}", e.Type))];
        if (type is not { IsGenericType: true, ContainingType: null, Name: "Tuple" or "ValueTuple", ContainingNamespace: { Name: "System", ContainingNamespace.IsGlobalNamespace: true } })
            return null;
        // The eighth of a System.Tuple is the tuple of the rest: an array in the array.
        return [.. type.TypeArguments.Select((t, i) => Item(i == 7 ? "Rest" : $"Item{i + 1}", t))];
    }

    private static MemberSlot Item(string name, ITypeSymbol type) => new(name, type, null, Placement.Argument, null);
}
