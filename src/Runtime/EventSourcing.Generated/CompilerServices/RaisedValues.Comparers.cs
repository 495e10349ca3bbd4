using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Runtime.CompilerServices;

namespace EventSourcing.CompilerServices;

/// <content>Comparers, which aren't stored.</content>
public static partial class RaisedValues
{
    /// <summary>
    /// Returns the comparer with which sorted sets of tuples are read: texts by their code units, in every culture, other values by their own
    /// order.
    /// </summary>
    /// <typeparam name="T">A tuple.</typeparam>
    public static IComparer<T> Order<T>() => TupleOrder<T>.Instance;

    /// <summary>Refuses a set whose comparer differs from the one with which it will be read, or is unknown.</summary>
    /// <typeparam name="T">The type of the items.</typeparam>
    /// <param name="value">The set.</param>
    /// <param name="field">The field of the event.</param>
    /// <exception cref="EventValueException">The comparer is another one, or the set isn't one of the framework's.</exception>
    public static void RequireDefaultComparer<T>(IEnumerable<T> value, string field)
    {
        while (value is ReadOnlySet<T> wrapper)
        {
            value = Inner<T>.Of(wrapper);
        }

        bool? isDefault = value switch
        {
            HashSet<T> set => IsDefault(set.Comparer),
            SortedSet<T> set => IsDefault(set.Comparer),
            ImmutableHashSet<T> set => IsDefault(set.KeyComparer),
            ImmutableHashSet<T>.Builder set => IsDefault(set.KeyComparer),
            ImmutableSortedSet<T> set => IsDefault(set.KeyComparer),
            ImmutableSortedSet<T>.Builder set => IsDefault(set.KeyComparer),
            FrozenSet<T> set => IsDefault(set.Comparer),
            _ => null,
        };
        if (isDefault != true)
        {
            throw OtherComparer(field, isDefault is null ? value : null);
        }
    }

    /// <summary>Refuses a dictionary whose comparer differs from the one with which it will be read, or is unknown.</summary>
    /// <typeparam name="TKey">The type of the keys.</typeparam>
    /// <typeparam name="TValue">The type of the values.</typeparam>
    /// <param name="value">The dictionary.</param>
    /// <param name="field">The field of the event.</param>
    /// <exception cref="EventValueException">The comparer is another one, or the dictionary isn't one of the framework's.</exception>
    public static void RequireDefaultComparer<TKey, TValue>(IEnumerable<KeyValuePair<TKey, TValue>> value, string field)
        where TKey : notnull
    {
        while (value is ReadOnlyDictionary<TKey, TValue> wrapper)
        {
            value = Inner<TKey, TValue>.Of(wrapper);
        }

        bool? isDefault = value switch
        {
            Dictionary<TKey, TValue> map => IsDefault(map.Comparer),
            SortedDictionary<TKey, TValue> map => IsDefault(map.Comparer),
            SortedList<TKey, TValue> map => IsDefault(map.Comparer),
            OrderedDictionary<TKey, TValue> map => IsDefault(map.Comparer),
            ConcurrentDictionary<TKey, TValue> map => IsDefault(map.Comparer),
            ImmutableDictionary<TKey, TValue> map => IsDefault(map.KeyComparer) && IsDefault(map.ValueComparer),
            ImmutableDictionary<TKey, TValue>.Builder map => IsDefault(map.KeyComparer) && IsDefault(map.ValueComparer),
            ImmutableSortedDictionary<TKey, TValue> map => IsDefault(map.KeyComparer) && IsDefault(map.ValueComparer),
            ImmutableSortedDictionary<TKey, TValue>.Builder map => IsDefault(map.KeyComparer) && IsDefault(map.ValueComparer),
            FrozenDictionary<TKey, TValue> map => IsDefault(map.Comparer),
            _ => null,
        };
        if (isDefault != true)
        {
            throw OtherComparer(field, isDefault is null ? value : null);
        }
    }

    /// <summary>Refuses a set with a comparer of its own where a collection without one is expected: its distinctions would be lost.</summary>
    /// <typeparam name="T">The type of the items.</typeparam>
    /// <param name="value">The collection.</param>
    /// <param name="field">The field of the event.</param>
    /// <exception cref="EventValueException">It is a set whose comparer isn't the default one, or is unknown.</exception>
    public static void RequireNoComparer<T>(IEnumerable<T> value, string field)
    {
        if (value is ISet<T> or IReadOnlySet<T>)
        {
            RequireDefaultComparer(value, field);
        }
    }

    /// <summary>Refuses a set with so many items of the same hash code that it couldn't be read again.</summary>
    /// <typeparam name="T">The type of the items.</typeparam>
    /// <param name="value">The set, one of the framework's.</param>
    /// <param name="field">The field of the event.</param>
    /// <exception cref="EventValueException">More than 1,000 items have the same hash code.</exception>
    public static void RequireSpreadKeys<T>(IEnumerable<T> value, string field)
    {
        if (value.TryGetNonEnumeratedCount(out var count) && StateJson.AreColliding(value, count))
        {
            throw Colliding<T>(field);
        }
    }

    /// <summary>Refuses a dictionary with so many keys of the same hash code that it couldn't be read again.</summary>
    /// <typeparam name="TKey">The type of the keys.</typeparam>
    /// <typeparam name="TValue">The type of the values.</typeparam>
    /// <param name="value">The dictionary, one of the framework's.</param>
    /// <param name="field">The field of the event.</param>
    /// <exception cref="EventValueException">More than 1,000 keys have the same hash code.</exception>
    public static void RequireSpreadKeys<TKey, TValue>(IEnumerable<KeyValuePair<TKey, TValue>> value, string field)
        where TKey : notnull
    {
        if (value.TryGetNonEnumeratedCount(out var count) && StateJson.AreColliding(value.Select(pair => pair.Key), count))
        {
            throw Colliding<TKey>(field);
        }
    }

    private static EventValueException Colliding<T>(string field) => new(
        field, $"is, or contains, a set or dictionary with more than 1,000 keys that have the same hash code. Such a collection isn't read, because one row could then block a reader: give {typeof(T).Name} a GetHashCode that distributes the keys, or store them as a list");

    private static bool IsDefault<T>(IEqualityComparer<T> comparer) =>
        EqualityComparer<T>.Default.Equals(comparer) || ReferenceEquals(comparer, StringComparer.Ordinal);

    private static bool IsDefault<T>(IComparer<T> comparer) =>
        Comparer<T>.Default.Equals(comparer) || ReferenceEquals(comparer, StringComparer.Ordinal) || ReferenceEquals(comparer, TupleOrder<T>.Instance);

    private static EventValueException OtherComparer(string field, object? unknown) => new(field, unknown is null
        ? "is, or contains, a set or dictionary with a custom comparer, which isn't stored: copy it into a collection with the default comparer"
        : $"is, or contains, a {unknown.GetType().Name}, whose comparer is unknown, because it isn't a set or dictionary of the framework: copy it into a set or dictionary with the default comparer");

    private sealed class TupleOrder<T> : IComparer<T>, System.Collections.IComparer
    {
        public static readonly TupleOrder<T> Instance = new();

        public int Compare(T? x, T? y) => Compare((object?)x, y);

        public int Compare(object? x, object? y) => (x, y) switch
        {
            (string first, string second) => string.CompareOrdinal(first, second),
            (System.Collections.IStructuralComparable first, not null) => first.CompareTo(y, this),
            _ => Comparer<object>.Default.Compare(x, y),
        };
    }

    // A class derived from a wrapper can return the wrapped set or dictionary.
    private static class Inner<T>
    {
        [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Set")]
        public static extern ISet<T> Of(ReadOnlySet<T> wrapper);
    }

    private static class Inner<TKey, TValue>
        where TKey : notnull
    {
        [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Dictionary")]
        public static extern IDictionary<TKey, TValue> Of(ReadOnlyDictionary<TKey, TValue> wrapper);
    }
}
