using System.Buffers;
using System.Numerics;
using EventSourcing.Serialization;

namespace EventSourcing.CompilerServices;

/// <content>
/// Detects keys of sets and dictionaries that are chosen to collide. Comparers aren't stored, so all keys but texts have hash codes that a
/// writer of rows can predict, and a key is compared with all others that have the same hash code.
/// </content>
public static partial class StateJson
{
    /// <summary>How many pairs of keys may have equal hash codes: the pairs of about 1,000 keys with the same one.</summary>
    internal const int MaxEqualPairs = 1 << 19;

    // All pairs of so many keys are within the limit.
    private const int First = 1024;

    /// <summary>Checks, while a set grows, whether its items are spread over its buckets, and spreads them if that is possible.</summary>
    /// <typeparam name="T">The type of the items, not string, whose hash codes can't be foreseen.</typeparam>
    /// <param name="items">The set, after an item was added.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <exception cref="StateFormatException">Too many items have the same hash code.</exception>
    public static void SpreadKeys<T>(HashSet<T> items, string field)
    {
        if (IsTime(items.Count))
        {
            Spread(items, items.Count, items.EnsureCapacity, field);
        }
    }

    /// <summary>Checks, while a dictionary grows, whether its keys are spread over its buckets, and spreads them if that is possible.</summary>
    /// <typeparam name="TKey">The type of the keys, not string, whose hash codes can't be foreseen.</typeparam>
    /// <typeparam name="TValue">The type of the values.</typeparam>
    /// <param name="items">The dictionary, after a key was added.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <exception cref="StateFormatException">Too many keys have the same hash code.</exception>
    public static void SpreadKeys<TKey, TValue>(Dictionary<TKey, TValue> items, string field)
        where TKey : notnull
    {
        if (IsTime(items.Count))
        {
            Spread(items.Keys, items.Count, items.EnsureCapacity, field);
        }
    }

    /// <summary>Whether more pairs of keys have equal hash codes than readers accept.</summary>
    internal static bool AreColliding<T>(IEnumerable<T> keys, int count)
    {
        if (count < First)
        {
            return false;
        }

        var hashes = new int[count];
        var used = 0;
        foreach (var key in keys)
        {
            hashes[used++] = HashOf(key);
        }

        Array.Sort(hashes, 0, used);
        long pairs = 0;
        for (int at = 1, same = 0; at < used; at++)
        {
            same = hashes[at] == hashes[at - 1] ? same + 1 : 0;
            pairs += same;
        }

        return pairs > MaxEqualPairs;
    }

    // Eight times while the number doubles: the items added since the last check can't cost much.
    private static bool IsTime(int count) => count >= First && (count & ((BitOperations.RoundUpToPowerOf2((uint)count + 1) >> 4) - 1)) == 0;

    private static void Spread<T>(IEnumerable<T> keys, int count, Func<int, int> ensureCapacity, string field)
    {
        const int Attempts = 4; // keys that collide at one number of buckets are spread by the next one, unless their hash codes are equal
        for (var attempt = 0; attempt < Attempts && PairsInBuckets(keys, ensureCapacity(0)) > MaxEqualPairs + count; attempt++)
        {
            if (AreColliding(keys, count))
            {
                throw new StateFormatException($"'{field}' contains more than 1,000 keys that have the same hash code");
            }

            ensureCapacity(ensureCapacity(0) + 1);
        }
    }

    private static long PairsInBuckets<T>(IEnumerable<T> keys, int buckets)
    {
        var counts = ArrayPool<int>.Shared.Rent(buckets);
        counts.AsSpan(0, buckets).Clear();
        long pairs = 0;
        foreach (var key in keys)
        {
            pairs += counts[(uint)HashOf(key) % (uint)buckets]++;
        }

        ArrayPool<int>.Shared.Return(counts);
        return pairs;
    }

    private static int HashOf<T>(T key) => key is null ? 0 : EqualityComparer<T>.Default.GetHashCode(key);
}
