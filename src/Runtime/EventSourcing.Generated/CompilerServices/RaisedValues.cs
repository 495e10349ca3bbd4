using System.Buffers;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace EventSourcing.CompilerServices;

/// <summary>
/// What generated code needs to give an event values of its own when it is raised: what the caller could change later is copied, what
/// couldn't be loaded again is refused. Thread safe.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class RaisedValues
{
    /// <summary>Reads a value with a converter of the user's.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="reader">Stands on the first token of the value.</param>
    /// <param name="field">What is read, for messages.</param>
    public delegate T Reading<out T>(ref Utf8JsonReader reader, string field);

    /// <summary>Refuses a local time, which would move with the time zone of the machine that loads it.</summary>
    /// <param name="value">The time.</param>
    /// <param name="field">The field of the event.</param>
    /// <exception cref="EventValueException">The time is local.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DateTime NotLocal(DateTime value, string field)
    {
        if (value.Kind == DateTimeKind.Local)
            ThrowLocal(field);
        return value;
    }

    /// <inheritdoc cref="NotLocal(DateTime, string)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DateTime? NotLocal(DateTime? value, string field)
    {
        if (value is { Kind: DateTimeKind.Local })
            ThrowLocal(field);
        return value;
    }

    /// <summary>A copy of an array.</summary>
    /// <typeparam name="T">The type of the items; the array may be one of a derived type.</typeparam>
    /// <param name="value">The array.</param>
    /// <returns>One of the declared type.</returns>
    [return: NotNullIfNotNull(nameof(value))]
    public static T[]? Copy<T>(T[]? value)
    {
        if (value is null or [])
            return value is null ? null : [];
        var copy = new T[value.Length];
        Array.Copy(value, copy, copy.Length);
        return copy;
    }

    /// <summary>A copy of an object for which only its converter knows how it is made.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="value">The object.</param>
    /// <param name="write">Writes it.</param>
    /// <param name="read">Reads it.</param>
    /// <param name="field">The field of the event.</param>
    /// <exception cref="EventValueException">Its converter can't write or read it.</exception>
    public static T Copy<T>(T value, Action<Utf8JsonWriter, T, string> write, Reading<T> read, string field)
    {
        ArgumentNullException.ThrowIfNull(write);
        ArgumentNullException.ThrowIfNull(read);
        var buffer = new ArrayBufferWriter<byte>();
        try
        {
            using (var writer = new Utf8JsonWriter(buffer))
                write(writer, value, field);
            var reader = new Utf8JsonReader(buffer.WrittenSpan);
            reader.Read();
            return read(ref reader, field);
        }
        catch (StateFormatException exception)
        {
            throw new EventValueException(field, $"can't be written and read: {exception.Message}");
        }
    }

    /// <summary>The order in which sorted sets of tuples are read: texts by their code units, which no culture changes, all else as it orders itself.</summary>
    /// <typeparam name="T">A tuple.</typeparam>
    public static IComparer<T> Order<T>() => TupleOrder<T>.Instance;

    /// <summary>Refuses a set whose comparer isn't the one with which it will be read.</summary>
    /// <typeparam name="T">The type of the items.</typeparam>
    /// <param name="value">The set. What its comparer is can't be asked of an implementation that isn't the framework's.</param>
    /// <param name="field">The field of the event.</param>
    /// <exception cref="EventValueException">The comparer is another one.</exception>
    public static void RequireDefaultComparer<T>(IEnumerable<T> value, string field)
    {
        var isDefault = value switch
        {
            HashSet<T> set => IsDefault(set.Comparer),
            SortedSet<T> set => IsDefault(set.Comparer),
            ImmutableHashSet<T> set => IsDefault(set.KeyComparer),
            ImmutableSortedSet<T> set => IsDefault(set.KeyComparer),
            FrozenSet<T> set => IsDefault(set.Comparer),
            _ => true,
        };
        if (!isDefault)
            throw OtherComparer(field);
    }

    /// <summary>Refuses a dictionary whose comparer isn't the one with which it will be read.</summary>
    /// <typeparam name="TKey">The type of the keys.</typeparam>
    /// <typeparam name="TValue">The type of the values.</typeparam>
    /// <param name="value">The dictionary. What its comparer is can't be asked of an implementation that isn't the framework's.</param>
    /// <param name="field">The field of the event.</param>
    /// <exception cref="EventValueException">The comparer is another one.</exception>
    public static void RequireDefaultComparer<TKey, TValue>(IEnumerable<KeyValuePair<TKey, TValue>> value, string field)
        where TKey : notnull
    {
        var isDefault = value switch
        {
            Dictionary<TKey, TValue> map => IsDefault(map.Comparer),
            SortedDictionary<TKey, TValue> map => IsDefault(map.Comparer),
            SortedList<TKey, TValue> map => IsDefault(map.Comparer),
            OrderedDictionary<TKey, TValue> map => IsDefault(map.Comparer),
            ConcurrentDictionary<TKey, TValue> map => IsDefault(map.Comparer),
            ImmutableDictionary<TKey, TValue> map => IsDefault(map.KeyComparer) && IsDefault(map.ValueComparer),
            ImmutableSortedDictionary<TKey, TValue> map => IsDefault(map.KeyComparer) && IsDefault(map.ValueComparer),
            FrozenDictionary<TKey, TValue> map => IsDefault(map.Comparer),
            _ => true,
        };
        if (!isDefault)
            throw OtherComparer(field);
    }

    /// <summary>Refuses an object of a class that derives from its declared one: what that adds would be lost.</summary>
    /// <typeparam name="T">The declared class.</typeparam>
    /// <param name="value">The object.</param>
    /// <param name="field">The field of the event.</param>
    /// <exception cref="EventValueException">The object is of another class.</exception>
    public static void RequireExact<T>(T value, string field)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.GetType() != typeof(T))
            throw new EventValueException(field, $"is, or contains, an object of a class that derives from {typeof(T).Name}, and what it adds would be lost: give a {typeof(T).Name}");
    }

    /// <summary>Refuses what is nested so deeply that copying it would end the process, such as an object that contains itself.</summary>
    /// <param name="field">The field of the event.</param>
    /// <exception cref="EventValueException">It is.</exception>
    public static void RequireStack(string field)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new EventValueException(field, "is nested too deeply, or contains itself, and so has no JSON form");
    }

    /// <summary>Why a collection can't be taken: by the comparer with which it will be read, it contains something twice.</summary>
    /// <param name="field">The field of the event.</param>
    public static EventValueException Duplicate(string field) =>
        new(field, "contains something twice, by the default comparer with which it will be loaded: give a collection with that comparer");

    private static bool IsDefault<T>(IEqualityComparer<T> comparer) =>
        EqualityComparer<T>.Default.Equals(comparer) || ReferenceEquals(comparer, StringComparer.Ordinal);

    private static bool IsDefault<T>(IComparer<T> comparer) =>
        Comparer<T>.Default.Equals(comparer) || ReferenceEquals(comparer, StringComparer.Ordinal) || ReferenceEquals(comparer, TupleOrder<T>.Instance);

    private static EventValueException OtherComparer(string field) => new(
        field, "is, or contains, a set or dictionary with a comparer of its own, which isn't stored: copy it into one with the default comparer");

    [DoesNotReturn]
    private static void ThrowLocal(string field) => throw new EventValueException(
        field, "is, or contains, a DateTime of the kind Local, which would move with the time zone of the machine that loads it: use DateTimeOffset, or UTC (ToUniversalTime, DateTime.UtcNow)");

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
}
