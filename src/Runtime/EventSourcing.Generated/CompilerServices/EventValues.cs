using System.Collections.Immutable;
using System.ComponentModel;

namespace EventSourcing.CompilerServices;

/// <summary>Compares the fields of events by their values: collections by their items, sets and maps in any order.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class EventValues
{
    /// <summary>Whether two values are equal, by their own rule.</summary>
    public static bool Equal<T>(T x, T y) => EqualityComparer<T>.Default.Equals(x, y);

    /// <summary>Whether two values that may be missing are equal.</summary>
    /// <param name="x">The first.</param>
    /// <param name="y">The second.</param>
    /// <param name="equal">Compares two values that aren't null.</param>
    public static bool NullablesEqual<T>(T? x, T? y, Func<T, T, bool> equal)
        where T : struct =>
        x is { } one && y is { } other ? equal(one, other) : x.HasValue == y.HasValue;

    /// <summary>Whether two sequences have equal items in the same order.</summary>
    /// <param name="x">The first.</param>
    /// <param name="y">The second.</param>
    /// <param name="equal">Compares items; null for their own rule.</param>
    public static bool ListsEqual<T>(IEnumerable<T>? x, IEnumerable<T>? y, Func<T, T, bool>? equal = null)
    {
        if (AreSame(ref x, ref y, out var same))
        {
            return same;
        }

        if (equal is null)
        {
            return x!.SequenceEqual(y!);
        }

        using var others = y!.GetEnumerator();
        foreach (var item in x!)
        {
            if (!others.MoveNext() || !equal(item, others.Current))
            {
                return false;
            }
        }

        return !others.MoveNext();
    }

    /// <summary>Whether two sets have equal items.</summary>
    /// <param name="x">The first.</param>
    /// <param name="y">The second.</param>
    /// <param name="equal">Compares items; null for their own rule.</param>
    public static bool SetsEqual<T>(IEnumerable<T>? x, IEnumerable<T>? y, Func<T, T, bool>? equal = null)
    {
        if (AreSame(ref x, ref y, out var same))
        {
            return same;
        }

        if (equal is null)
        {
            return new HashSet<T>(x!).SetEquals(y!);
        }

        var others = y!.ToList();
        foreach (var item in x!)
        {
            var index = others.FindIndex(other => equal(item, other));
            if (index < 0)
            {
                return false;
            }

            others.RemoveAt(index);
        }

        return others.Count == 0;
    }

    /// <summary>Whether two maps have equal values for the same keys.</summary>
    /// <param name="x">The first.</param>
    /// <param name="y">The second.</param>
    /// <param name="equal">Compares values; null for their own rule.</param>
    public static bool MapsEqual<TKey, TValue>(IEnumerable<KeyValuePair<TKey, TValue>>? x, IEnumerable<KeyValuePair<TKey, TValue>>? y, Func<TValue, TValue, bool>? equal = null)
        where TKey : notnull
    {
        if (AreSame(ref x, ref y, out var same))
        {
            return same;
        }
        // Whatever their own comparers are.
        var others = y!.ToList();
        var byKey = new Dictionary<TKey, TValue>(others);
        var count = 0;
        foreach (var (key, value) in x!)
        {
            count++;
            if (!byKey.TryGetValue(key, out var other) || !(equal is null ? Equal(value, other) : equal(value, other)))
            {
                return false;
            }
        }

        return count == others.Count;
    }

    /// <summary>Returns the hash of a sequence.</summary>
    /// <param name="items">The items.</param>
    /// <param name="hash">The hash of an item; null for its own.</param>
    public static int HashOfList<T>(IEnumerable<T>? items, Func<T, int>? hash = null)
    {
        var result = new HashCode();
        foreach (var item in Known(items) ?? [])
        {
            result.Add(HashOf(item, hash));
        }

        return result.ToHashCode();
    }

    /// <summary>Returns the hash of a set, in any order.</summary>
    /// <param name="items">The items.</param>
    /// <param name="hash">The hash of an item; null for its own.</param>
    public static int HashOfSet<T>(IEnumerable<T>? items, Func<T, int>? hash = null)
    {
        var result = 0;
        foreach (var item in items ?? [])
        {
            result = unchecked(result + HashOf(item, hash));
        }

        return result;
    }

    /// <summary>Returns the hash of a map, in any order.</summary>
    /// <param name="items">The keys and values.</param>
    /// <param name="hash">The hash of a value; null for its own.</param>
    public static int HashOfMap<TKey, TValue>(IEnumerable<KeyValuePair<TKey, TValue>>? items, Func<TValue, int>? hash = null)
        where TKey : notnull =>
        HashOfSet(items, pair => HashCode.Combine(pair.Key, HashOf(pair.Value, hash)));

    /// <summary>Returns the hash of a value that may be missing.</summary>
    /// <param name="value">The value.</param>
    /// <param name="hash">The hash of a value that isn't null.</param>
    public static int HashOfNullable<T>(T? value, Func<T, int> hash)
        where T : struct => value is { } given ? hash(given) : 0;

    private static int HashOf<T>(T value, Func<T, int>? hash) =>
        hash is not null ? hash(value) : value is null ? 0 : EqualityComparer<T>.Default.GetHashCode(value);

    // Whether the answer is known without comparing items: one is missing, or both are the same object.
    private static bool AreSame<T>(ref IEnumerable<T>? x, ref IEnumerable<T>? y, out bool same)
    {
        (x, y) = (Known(x), Known(y));
        same = ReferenceEquals(x, y);
        return same || x is null || y is null;
    }

    // An immutable array that was never set can't be enumerated.
    private static IEnumerable<T>? Known<T>(IEnumerable<T>? items) => items is ImmutableArray<T> { IsDefault: true } ? null : items;
}
