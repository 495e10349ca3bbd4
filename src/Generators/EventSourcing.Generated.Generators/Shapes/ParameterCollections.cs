using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Shapes;

/// <summary>
/// Converts the collection that a member returns to the one that the constructor takes, when their types differ: the constructor copies it
/// anyway.
/// </summary>
internal static class ParameterCollections
{
    private static readonly HashSet<string> Lists =
    [
        "System.Collections.Generic.List`1", "System.Collections.Generic.IList`1", "System.Collections.Generic.ICollection`1", "System.Collections.Generic.IReadOnlyList`1",
        "System.Collections.Generic.IReadOnlyCollection`1", "System.Collections.Generic.HashSet`1", "System.Collections.Immutable.ImmutableArray`1", "System.Collections.Immutable.ImmutableList`1",
    ];

    /// <summary>The source of the argument, with <c>{0}</c> for the member's value; null where it can't be made.</summary>
    /// <param name="member">The type of the member.</param>
    /// <param name="parameter">The type of the parameter.</param>
    public static string? ConversionOf(ITypeSymbol member, ITypeSymbol parameter)
    {
        if (member.NullableAnnotation == NullableAnnotation.Annotated || ArgumentsOf(member) is not { } held || ArgumentsOf(parameter) is not { } taken
            || !held.SequenceEqual(taken, SymbolEqualityComparer.IncludeNullability))
        {
            return null;
        }

        var type = parameter.WithNullableAnnotation(NullableAnnotation.NotAnnotated).ToDisplayString(Names.FullyQualified);
        return parameter is IArrayTypeSymbol || Lists.Contains(FullName(parameter)) ? $"({type})[.. {{0}}]"
            : FullName(parameter) is "System.Collections.Generic.Dictionary`2" or "System.Collections.Generic.IDictionary`2" ? $"new global::System.Collections.Generic.Dictionary<{string.Join(", ", taken.Select(t => t.ToDisplayString(Names.FullyQualified)))}>({{0}})"
            : null;
    }

    /// <summary>The expression for a missing value, when the parameter's default is null; null when there is none.</summary>
    /// <param name="member">The type of the member.</param>
    public static string? EmptyOf(ITypeSymbol member) => member is IArrayTypeSymbol || Lists.Contains(FullName(member)) ? "[]" : null;

    private static IReadOnlyList<ITypeSymbol>? ArgumentsOf(ITypeSymbol type) => type switch
    {
        IArrayTypeSymbol { Rank: 1, ElementType: var element } => [element],
        INamedTypeSymbol named when CollectionShapes.Of(named) is not null => named.TypeArguments,
        _ => null,
    };

    private static string FullName(ITypeSymbol type) => type is INamedTypeSymbol ? $"{type.ContainingNamespace?.ToDisplayString()}.{type.MetadataName}" : "";
}
