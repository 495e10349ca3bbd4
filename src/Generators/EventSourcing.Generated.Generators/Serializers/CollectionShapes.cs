using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Serializers;

/// <summary>The collections that are known, and how they are made again.</summary>
internal static class CollectionShapes
{
    private const string Generic = "global::System.Collections.Generic.";
    private const string Immutable = "global::System.Collections.Immutable.";
    private const string Frozen = "global::System.Collections.Frozen.";

    /// <summary>How a collection is made: a list, set or map, with <c>{0}</c> and <c>{1}</c> for the type arguments.</summary>
    public sealed record Recipe(ShapeKind Kind, string Builder, string Result, bool IsSorted = false, bool HasInvalidDefault = false);

    private static readonly Recipe List = new(ShapeKind.List, $"new {Generic}List<{{0}}>()", "items");
    private static readonly Recipe HashSet = new(ShapeKind.Set, $"new {Generic}HashSet<{{0}}>()", "items");
    private static readonly Recipe Dictionary = new(ShapeKind.Map, $"new {Generic}Dictionary<{{0}}, {{1}}>()", "items");

    /// <summary>A list that becomes an array.</summary>
    public static readonly Recipe Array = List with { Result = "items.ToArray()" };

    private static readonly Dictionary<string, Recipe> ByName = new()
    {
        ["System.Collections.Generic.List`1"] = List,
        ["System.Collections.Generic.IList`1"] = List,
        ["System.Collections.Generic.ICollection`1"] = List,
        ["System.Collections.Generic.IEnumerable`1"] = List,
        ["System.Collections.Generic.IReadOnlyList`1"] = List,
        ["System.Collections.Generic.IReadOnlyCollection`1"] = List,
        ["System.Collections.Immutable.ImmutableArray`1"] = Built(ShapeKind.List, "ImmutableArray.CreateBuilder<{0}>()") with { HasInvalidDefault = true },
        ["System.Collections.Immutable.ImmutableList`1"] = Built(ShapeKind.List, "ImmutableList.CreateBuilder<{0}>()"),
        ["System.Collections.Immutable.IImmutableList`1"] = Built(ShapeKind.List, "ImmutableList.CreateBuilder<{0}>()"),

        ["System.Collections.Generic.HashSet`1"] = HashSet,
        ["System.Collections.Generic.ISet`1"] = HashSet,
        ["System.Collections.Generic.IReadOnlySet`1"] = HashSet,
        ["System.Collections.Generic.SortedSet`1"] = new(ShapeKind.Set, $"new {Generic}SortedSet<{{0}}>()", "items", IsSorted: true),
        ["System.Collections.Immutable.ImmutableHashSet`1"] = Built(ShapeKind.Set, "ImmutableHashSet.CreateBuilder<{0}>()"),
        ["System.Collections.Immutable.IImmutableSet`1"] = Built(ShapeKind.Set, "ImmutableHashSet.CreateBuilder<{0}>()"),
        ["System.Collections.Immutable.ImmutableSortedSet`1"] = Built(ShapeKind.Set, "ImmutableSortedSet.CreateBuilder<{0}>()") with { IsSorted = true },
        ["System.Collections.Frozen.FrozenSet`1"] = HashSet with { Result = $"{Frozen}FrozenSet.ToFrozenSet(items)" },

        ["System.Collections.Generic.Dictionary`2"] = Dictionary,
        ["System.Collections.Generic.IDictionary`2"] = Dictionary,
        ["System.Collections.Generic.IReadOnlyDictionary`2"] = Dictionary,
        ["System.Collections.Generic.SortedDictionary`2"] = new(ShapeKind.Map, $"new {Generic}SortedDictionary<{{0}}, {{1}}>()", "items"),
        ["System.Collections.Immutable.ImmutableDictionary`2"] = Built(ShapeKind.Map, "ImmutableDictionary.CreateBuilder<{0}, {1}>()"),
        ["System.Collections.Immutable.IImmutableDictionary`2"] = Built(ShapeKind.Map, "ImmutableDictionary.CreateBuilder<{0}, {1}>()"),
        ["System.Collections.Immutable.ImmutableSortedDictionary`2"] = Built(ShapeKind.Map, "ImmutableSortedDictionary.CreateBuilder<{0}, {1}>()"),
        ["System.Collections.Frozen.FrozenDictionary`2"] = Dictionary with { Result = $"{Frozen}FrozenDictionary.ToFrozenDictionary(items)" },
    };

    /// <summary>The recipe of a type, or null when it isn't a known collection.</summary>
    public static Recipe? Of(INamedTypeSymbol type) =>
        type.IsGenericType && type.ContainingType is null
        && ByName.TryGetValue($"{type.ContainingNamespace.ToDisplayString()}.{type.MetadataName}", out var recipe) ? recipe : null;

    private static Recipe Built(ShapeKind kind, string builder) => new(kind, Immutable + builder, "items.ToImmutable()");
}
