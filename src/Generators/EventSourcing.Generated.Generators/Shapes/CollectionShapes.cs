using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Shapes;

/// <summary>The known collections, and how they are created again.</summary>
internal static class CollectionShapes
{
    private const string Generic = "global::System.Collections.Generic.";
    private const string Immutable = "global::System.Collections.Immutable.";
    private const string Frozen = "global::System.Collections.Frozen.";

    /// <summary>
    /// How a collection is created: a list, set or map, with <c>{0}</c> and <c>{1}</c> for the type arguments and <c>{2}</c> for the
    /// comparer.
    /// </summary>
    public sealed record Recipe(
        ShapeKind Kind, string Builder, string Result, bool IsSorted = false, bool HasInvalidDefault = false, bool IsImmutable = false, bool IsHashed = false);

    private static readonly Recipe List = new(ShapeKind.List, $"new {Generic}List<{{0}}>()", "items");
    private static readonly Recipe HashSet = new(ShapeKind.Set, $"new {Generic}HashSet<{{0}}>()", "items", IsHashed: true);
    private static readonly Recipe Dictionary = new(ShapeKind.Map, $"new {Generic}Dictionary<{{0}}, {{1}}>()", "items", IsHashed: true);

    // Builders aren't used: they don't show how their keys are spread, and are slower.
    private static readonly Recipe ImmutableHashSet = HashSet with { Result = $"{Immutable}ImmutableHashSet.CreateRange(items)", IsImmutable = true };
    private static readonly Recipe ImmutableDictionary = Dictionary with { Result = $"{Immutable}ImmutableDictionary.CreateRange(items)", IsImmutable = true };

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
        ["System.Collections.ObjectModel.ReadOnlyCollection`1"] = List with { Result = "items.AsReadOnly()" },
        ["System.Collections.Immutable.ImmutableArray`1"] = Built(ShapeKind.List, "ImmutableArray.CreateBuilder<{0}>()") with { HasInvalidDefault = true },
        ["System.Collections.Immutable.ImmutableList`1"] = Built(ShapeKind.List, "ImmutableList.CreateBuilder<{0}>()"),
        ["System.Collections.Immutable.IImmutableList`1"] = Built(ShapeKind.List, "ImmutableList.CreateBuilder<{0}>()") with { IsImmutable = false },

        ["System.Collections.Generic.HashSet`1"] = HashSet,
        ["System.Collections.Generic.ISet`1"] = HashSet,
        ["System.Collections.Generic.IReadOnlySet`1"] = HashSet,
        ["System.Collections.Generic.SortedSet`1"] = new(ShapeKind.Set, $"new {Generic}SortedSet<{{0}}>({{2}})", "items", IsSorted: true),
        ["System.Collections.Immutable.ImmutableHashSet`1"] = ImmutableHashSet,
        ["System.Collections.Immutable.IImmutableSet`1"] = ImmutableHashSet with { IsImmutable = false },
        ["System.Collections.Immutable.ImmutableSortedSet`1"] = Built(ShapeKind.Set, "ImmutableSortedSet.CreateBuilder<{0}>({2})") with { IsSorted = true },
        ["System.Collections.Frozen.FrozenSet`1"] = HashSet with { Result = $"{Frozen}FrozenSet.ToFrozenSet(items)", IsImmutable = true },

        ["System.Collections.Generic.Dictionary`2"] = Dictionary,
        ["System.Collections.Generic.IDictionary`2"] = Dictionary,
        ["System.Collections.Generic.IReadOnlyDictionary`2"] = Dictionary,
        ["System.Collections.Generic.SortedDictionary`2"] = new(ShapeKind.Map, $"new {Generic}SortedDictionary<{{0}}, {{1}}>({{2}})", "items"),
        ["System.Collections.ObjectModel.ReadOnlyDictionary`2"] = Dictionary with { Result = "new global::System.Collections.ObjectModel.ReadOnlyDictionary<{0}, {1}>(items)" },
        ["System.Collections.Immutable.ImmutableDictionary`2"] = ImmutableDictionary,
        ["System.Collections.Immutable.IImmutableDictionary`2"] = ImmutableDictionary with { IsImmutable = false },
        ["System.Collections.Immutable.ImmutableSortedDictionary`2"] = Built(ShapeKind.Map, "ImmutableSortedDictionary.CreateBuilder<{0}, {1}>({2})"),
        ["System.Collections.Frozen.FrozenDictionary`2"] = Dictionary with { Result = $"{Frozen}FrozenDictionary.ToFrozenDictionary(items)", IsImmutable = true },
    };

    /// <summary>The recipe of a type, or null when it isn't a known collection.</summary>
    public static Recipe? Of(INamedTypeSymbol type) =>
        type.IsGenericType && type.ContainingType is null
        && ByName.TryGetValue($"{type.ContainingNamespace.ToDisplayString()}.{type.MetadataName}", out var recipe) ? recipe : null;

    /// <summary>
    /// The comparer of a sorted collection. The default one orders texts by the culture, by which two different texts may be equal: the
    /// collection wouldn't be read as it was written. By their code units, texts are equal only when they are the same.
    /// </summary>
    /// <param name="type">The type of the sorted values.</param>
    /// <param name="name">Its full name.</param>
    public static string ComparerOf(ITypeSymbol type, string name) =>
        type.SpecialType == SpecialType.System_String ? "global::System.StringComparer.Ordinal"
        : TupleLeaves(type)?.ToList() is { } leaves && leaves.Any(l => l.SpecialType == SpecialType.System_String) && leaves.All(IsComparable)
            ? $"{KnownNames.Services}.RaisedValues.Order<{name}>()"
        : "";

    private static IEnumerable<ITypeSymbol>? TupleLeaves(ITypeSymbol type)
    {
        if (type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable)
        {
            return TupleLeaves(nullable.TypeArguments[0]);
        }

        return type is INamedTypeSymbol named && TupleShapes.ItemsOf(named) is { } items
            ? items.SelectMany(i => TupleLeaves(i.Type) ?? [Underlying(i.Type)])
            : null;
    }

    private static ITypeSymbol Underlying(ITypeSymbol type) =>
        type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable ? nullable.TypeArguments[0] : type;

    /// <summary>Whether the type has its own order, as enums have, too.</summary>
    public static bool IsComparable(ITypeSymbol type) => Underlying(type) is var own && own.AllInterfaces.Any(i =>
        i.IsNamed("System.IComparable") || (i.IsNamed("System.IComparable`1") && SymbolEqualityComparer.Default.Equals(i.TypeArguments[0].WithNullableAnnotation(own.NullableAnnotation), own)));

    private static Recipe Built(ShapeKind kind, string builder) => new(kind, Immutable + builder, "items.ToImmutable()", IsImmutable: true);
}
