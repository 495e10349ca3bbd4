using System.Collections.Frozen;
using System.Collections.Immutable;

namespace EventSourcing.Serializers.Tests.Types;

/// <summary>An event for every kind of collection.</summary>
[EventSourced]
public sealed partial class Collections
{
    public static Guid CreateId(Guid guid) => guid;

    [Event("Made")]
    public partial Collections(Guid guid);

    [Event("Lists")]
    public partial void AddLists(
        string[] array, int[][] jagged, List<string?> list, IList<int> iList, ICollection<Colour> collection, IEnumerable<decimal> sequence,
        IReadOnlyList<Guid> readOnlyList, IReadOnlyCollection<byte[]> readOnlyCollection, ImmutableArray<int?> immutableArray,
        ImmutableList<List<int>> immutableList, IImmutableList<double> iImmutableList, List<List<string>>? nullableList, string[]?[]? nullableArrays,
        ImmutableArray<string>? nullableImmutable);

    [Event("Sets")]
    public partial void AddSets(
        HashSet<string> hashSet, SortedSet<int> sortedSet, ISet<Colour> set, IReadOnlySet<Guid> readOnlySet, ImmutableHashSet<string> immutableHashSet,
        IImmutableSet<char> iImmutableSet, ImmutableSortedSet<DateOnly> immutableSortedSet, FrozenSet<long> frozenSet, HashSet<(int, string)>? setOfTuples,
        HashSet<int?> setWithNull);

    [Event("Maps")]
    public partial void AddMaps(
        Dictionary<string, int> dictionary, SortedDictionary<int, string?> sorted, IDictionary<Guid, List<int>> iDictionary,
        IReadOnlyDictionary<Colour, decimal> readOnly, ImmutableDictionary<long, bool> immutable, IImmutableDictionary<ulong, char> iImmutable,
        ImmutableSortedDictionary<string, Dictionary<byte, string>> immutableSorted, FrozenDictionary<Rights, int?> frozen, Dictionary<nint, int>? nullable);

    [Event("Tuples")]
    public partial void AddTuples(
        (int, string) pair, (int Number, string? Text, (bool, bool) Inner) named, (int A, int B, int C, int D, int E, int F, int G, int H, string I) nine,
        Tuple<int, string> reference, Tuple<int, int, int, int, int, int, int, Tuple<string>> eight, ValueTuple<int> one, (int, int)? nullable,
        List<(string Name, int Age)> people);

    private void Apply(Made e) => _ = e;

    private void Apply(Lists e) => _ = e;

    private void Apply(Sets e) => _ = e;

    private void Apply(Maps e) => _ = e;

    private void Apply(Tuples e) => _ = e;
}
