using System.Globalization;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Shapes;

/// <summary>The items of tuples, of both kinds.</summary>
internal static class TupleShapes
{
    /// <summary>The items in order, or null when the type isn't a tuple.</summary>
    public static IReadOnlyList<MemberSlot>? ItemsOf(INamedTypeSymbol type)
    {
        // A value tuple of any length shows all its items here, however it is nested.
        if (type.IsTupleType)
        {
            return [.. type.TupleElements.Select((e, i) => Item($"Item{i + 1}", e.Type))];
        }

        if (type is not { IsGenericType: true, ContainingType: null, Name: "Tuple", ContainingNamespace: { Name: "System", ContainingNamespace.IsGlobalNamespace: true } })
        {
            return null;
        }
        // The eighth item of a System.Tuple is a tuple of the rest: an array in the array.
        return [.. type.TypeArguments.Select((t, i) => Item(i == 7 ? "Rest" : $"Item{i + 1}", t))];
    }

    /// <summary>The name of an element that the compiler refuses, wherever the type is written; null for none.</summary>
    public static string? BadName(INamedTypeSymbol type)
    {
        if (!type.IsTupleType)
        {
            return null;
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < type.TupleElements.Length; i++)
        {
            var name = type.TupleElements[i].Name;
            var isReserved = name is "CompareTo" or "Deconstruct" or "Equals" or "GetHashCode" or "Rest" or "ToString"
                || (name.StartsWith("Item", StringComparison.Ordinal) && int.TryParse(name.Substring(4), NumberStyles.None, CultureInfo.InvariantCulture, out var position) && position > 0 && position != i + 1);
            if (isReserved || !names.Add(name))
            {
                return name;
            }
        }

        return null;
    }

    private static MemberSlot Item(string name, ITypeSymbol type) => new(name, type, null, Placement.Argument, null);
}
