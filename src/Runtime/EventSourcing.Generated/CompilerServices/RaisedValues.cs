using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text.Json;
using EventSourcing.Serialization;

namespace EventSourcing.CompilerServices;

/// <summary>
/// Gives an event values of its own when it is raised, for generated code. Values that the caller could change later are copied. Values
/// that couldn't be saved, or loaded again unchanged, are refused. Nothing is allocated but copies. Thread safe.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static partial class RaisedValues
{
    /// <summary>Reads a value with a converter of the user's.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="reader">Positioned on the first token of the value.</param>
    /// <param name="field">The field that is read, for messages.</param>
    public delegate T Reading<out T>(ref Utf8JsonReader reader, string field);

    /// <summary>Refuses null and half of a surrogate pair.</summary>
    /// <param name="value">The text.</param>
    /// <param name="field">The field of the event.</param>
    /// <exception cref="EventValueException">The text can't be stored.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static string Text([NotNull] string? value, string field)
    {
        // Most texts have no surrogates at all, which is detected fast.
        if (value is null || value.AsSpan().ContainsAny(StateJson.Surrogates))
        {
            RequireText(value, field);
        }

        return value;
    }

    /// <summary>Refuses null, half of a surrogate pair, and a <see cref="Uri"/> that would differ when it is read from its text.</summary>
    /// <param name="value">The URI.</param>
    /// <param name="field">The field of the event.</param>
    /// <exception cref="EventValueException">The URI can't be stored as it is.</exception>
    public static Uri Text([NotNull] Uri? value, string field)
    {
        Text(value?.OriginalString, field);
        RequireExact(value!, field);
        // A path such as /a is absolute by UriKind.Absolute on Unix, and relative by its text; options for parsing aren't stored.
        if (!Uri.TryCreate(value!.OriginalString, UriKind.RelativeOrAbsolute, out var read) || read.IsAbsoluteUri != value.IsAbsoluteUri || read != value
            || (value.IsAbsoluteUri && read.AbsoluteUri != value.AbsoluteUri))
        {
            throw new EventValueException(field, "is, or contains, a Uri that its text doesn't reproduce: write the path of a file as file:///…, and create the Uri without options");
        }

        return value;
    }

    /// <summary>Refuses half of a surrogate pair.</summary>
    /// <param name="value">The character.</param>
    /// <param name="field">The field of the event.</param>
    /// <exception cref="EventValueException">The character can't be stored.</exception>
    public static char Text(char value, string field) => char.IsSurrogate(value) ? throw Half(field) : value;

    /// <summary>Refuses a local time, which would move with the time zone of the machine that loads it.</summary>
    /// <param name="value">The time.</param>
    /// <param name="field">The field of the event.</param>
    /// <exception cref="EventValueException">The time is local.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DateTime NotLocal(DateTime value, string field)
    {
        if (value.Kind == DateTimeKind.Local)
        {
            ThrowLocal(field);
        }

        return value;
    }

    /// <summary>Refuses a value of combined flags for which there are no names.</summary>
    /// <param name="bits">The value.</param>
    /// <param name="names">The names of the enum with their values.</param>
    /// <param name="field">The field of the event.</param>
    /// <exception cref="EventValueException">A bit has no name.</exception>
    public static void RequireFlags(ulong bits, (string Name, ulong Bits)[] names, string field)
    {
        if (!StateJson.HasNames(bits, names))
        {
            throw Undefined(field);
        }
    }

    /// <summary>Copies an array.</summary>
    /// <typeparam name="T">The type of the items; the array may be one of a derived type.</typeparam>
    /// <param name="value">The array.</param>
    /// <param name="field">The field of the event.</param>
    /// <returns>An array of the declared type.</returns>
    /// <exception cref="EventValueException">There is no array.</exception>
    public static T[] Copy<T>([NotNull] T[]? value, string field)
    {
        if (value is null)
        {
            throw Null(field);
        }

        if (value.Length == 0)
        {
            return [];
        }

        var copy = new T[value.Length];
        Array.Copy(value, copy, copy.Length);
        return copy;
    }

    /// <summary>Writes a value with its converter, and reads it again.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="value">The value.</param>
    /// <param name="write">Writes it.</param>
    /// <param name="read">Reads it.</param>
    /// <param name="field">The field of the event.</param>
    /// <param name="depth">The level of nesting of the value.</param>
    /// <returns>The value that was read; a copy, if the value can change.</returns>
    /// <exception cref="EventValueException">
    /// Its converter can't write it, can't read what it wrote, or reads a value that it writes differently.
    /// </exception>
    public static T Convert<T>(T value, Action<Utf8JsonWriter, T, string> write, Reading<T> read, string field, int depth = 1)
    {
        ArgumentNullException.ThrowIfNull(write);
        ArgumentNullException.ThrowIfNull(read);
        using var encoder = StateEncoder.Rent();
        var what = "written";
        try
        {
            var written = encoder.Write(value, write, field, depth).ToArray();
            what = "read again";
            var reader = new Utf8JsonReader(written);
            reader.Read();
            var made = read(ref reader, field);
            return encoder.Write(made, write, field, depth).SequenceEqual(written)
                ? made
                : throw new StateFormatException($"its converter reads a different {typeof(T).Name} from the JSON that it wrote");
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            throw NotConverted(field, what, exception);
        }
    }

    /// <summary>
    /// Whether two values are stored alike. That is stricter than equality: times also need the same offset and kind, decimals the same scale.
    /// </summary>
    /// <typeparam name="T">A type without parts, or one that may be null.</typeparam>
    /// <param name="value">The first.</param>
    /// <param name="made">The second.</param>
    public static bool IsSame<T>(T value, T made) => (value, made) switch
    {
        (decimal first, decimal second) => decimal.GetBits(first).AsSpan().SequenceEqual(decimal.GetBits(second)),
        (double first, double second) => BitConverter.DoubleToInt64Bits(first) == BitConverter.DoubleToInt64Bits(second) || (double.IsNaN(first) && double.IsNaN(second)),
        (float first, float second) => BitConverter.SingleToInt32Bits(first) == BitConverter.SingleToInt32Bits(second) || (float.IsNaN(first) && float.IsNaN(second)),
        (System.Half first, System.Half second) => BitConverter.HalfToInt16Bits(first) == BitConverter.HalfToInt16Bits(second) || (System.Half.IsNaN(first) && System.Half.IsNaN(second)),
        (DateTime first, DateTime second) => first == second && first.Kind == second.Kind,
        (DateTimeOffset first, DateTimeOffset second) => first.EqualsExact(second),
        (Uri first, Uri second) => first.OriginalString == second.OriginalString,
        (byte[] first, byte[] second) => first.AsSpan().SequenceEqual(second),
        _ => EqualityComparer<T>.Default.Equals(value, made),
    };

    /// <summary>Whether two objects are written alike.</summary>
    /// <typeparam name="T">Their type.</typeparam>
    /// <param name="value">The first.</param>
    /// <param name="made">The second.</param>
    /// <param name="write">Writes them.</param>
    /// <param name="field">The field of the event.</param>
    /// <param name="depth">The level of nesting of the value.</param>
    public static bool IsSame<T>(T value, T made, Action<Utf8JsonWriter, T, string> write, string field, int depth = 1)
    {
        ArgumentNullException.ThrowIfNull(write);
        using var encoder = StateEncoder.Rent();
        var first = encoder.Write(value, write, field, depth).ToArray();
        var second = encoder.Write(made, write, field, depth);
        return second.SequenceEqual(first) || (second.Length == first.Length && IsSameInAnyOrder(first, second.ToArray()));
    }

    /// <summary>Creates the exception for an object whose copy, created from the values of its members, has other values.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="field">The field of the event.</param>
    public static EventValueException Changed<T>(string field) => new(
        field, $"is, or contains, a {typeof(T).Name} whose constructor or setter changes the value that it receives, so a different value would be loaded: store a value that it doesn't change, or give the type a converter");

    /// <summary>Refuses an object of a class that derives from its declared one: its additional members would be lost.</summary>
    /// <typeparam name="T">The declared class.</typeparam>
    /// <param name="value">The object.</param>
    /// <param name="field">The field of the event.</param>
    /// <exception cref="EventValueException">The object is of another class.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void RequireExact<T>(T value, string field)
        where T : class
    {
        if (value.GetType() != typeof(T))
        {
            ThrowDerived(typeof(T), field);
        }
    }

    /// <summary>Refuses a value that is nested too deeply to be stored, such as an object that contains itself.</summary>
    /// <param name="depth">The level of nesting of the value; 1 for that of a field.</param>
    /// <param name="field">The field of the event.</param>
    /// <exception cref="EventValueException">The level is too deep.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void RequireDepth(int depth, string field)
    {
        if (depth > StateWriter.MaxDepth)
        {
            ThrowTooDeep(field);
        }
    }

    /// <summary>Creates the exception for a value that is null.</summary>
    /// <param name="field">The field of the event.</param>
    public static EventValueException Null(string field) => new(field, "is null, or contains null, but its type doesn't allow null");

    /// <summary>Creates the exception for an immutable array that was never set.</summary>
    /// <param name="field">The field of the event.</param>
    public static EventValueException Uninitialized(string field) =>
        new(field, "is, or contains, a default ImmutableArray, which isn't initialized: use an empty one ([], ImmutableArray<T>.Empty)");

    /// <summary>Creates the exception for a value that has no name in its enum.</summary>
    /// <param name="field">The field of the event.</param>
    public static EventValueException Undefined(string field) =>
        new(field, "is, or contains, an enum value without a name, but enums are stored by name: use a named value");

    /// <summary>Creates the exception for an object that can't be read or copied because of the code of its type.</summary>
    /// <param name="field">The field of the event.</param>
    /// <param name="exception">The exception of that code.</param>
    public static EventValueException NotTaken(string field, Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return new(field, $"is, or contains, an object that throws {exception.GetType().Name} when it is read or copied: it was never initialized, or has a value that its type doesn't accept", exception);
    }

    /// <summary>Creates the exception for a collection that contains something twice, by the comparer with which it will be read.</summary>
    /// <param name="field">The field of the event.</param>
    public static EventValueException Duplicate(string field) =>
        new(field, "contains duplicates according to the default comparer, with which it will be loaded: use a collection with that comparer");

    [DoesNotReturn]
    private static void ThrowLocal(string field) => throw new EventValueException(
        field, "is, or contains, a DateTime of the kind Local, whose meaning depends on the time zone of the machine that loads it: use DateTimeOffset, or UTC (ToUniversalTime, DateTime.UtcNow)");

    [DoesNotReturn]
    private static void ThrowDerived(Type type, string field)
    {
        var name = type.Name.Split('`')[0];
        throw new EventValueException(field, $"is, or contains, an object of a class that derives from {name}, and the members that the class adds would be lost: use a {name}");
    }

    [DoesNotReturn]
    private static void ThrowTooDeep(string field) => throw new EventValueException(
        field, "is nested more than 64 levels deep, or contains itself, so it has no JSON form");

    // The text is null, or has surrogates, which may be whole pairs.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void RequireText([NotNull] string? value, string field)
    {
        if (value is null)
        {
            throw Null(field);
        }

        if (StateJson.HasHalf(value))
        {
            throw Half(field);
        }
    }

    // A new frozen dictionary may have its entries in another order, which has no meaning.
    private static bool IsSameInAnyOrder(byte[] first, byte[] second)
    {
        using var one = JsonDocument.Parse(first);
        using var other = JsonDocument.Parse(second);
        return IsSame(one.RootElement, other.RootElement);

        static bool IsSame(JsonElement one, JsonElement other) => one.ValueKind == other.ValueKind && one.ValueKind switch
        {
            JsonValueKind.Object => one.GetPropertyCount() == other.GetPropertyCount() && one.EnumerateObject().All(p => other.TryGetProperty(p.Name, out var value) && IsSame(p.Value, value)),
            JsonValueKind.Array => one.GetArrayLength() == other.GetArrayLength() && one.EnumerateArray().Zip(other.EnumerateArray()).All(pair => IsSame(pair.First, pair.Second)),
            // Numbers are compared by their digits: 1.0 isn't 1.00.
            _ => one.GetRawText() == other.GetRawText(),
        };
    }

    private static EventValueException Half(string field) =>
        new(field, "has, or contains a text with, half of a surrogate pair, which isn't valid text: a text was cut within a character, or wasn't decoded correctly");

    private static EventValueException NotConverted(string field, string what, Exception exception) => exception switch
    {
        StateFormatException => new(field, $"can't be {what}: {exception.Message}"),
        ArgumentException or InvalidOperationException => new(field, $"can't be {what} by its converter: it has no JSON form, or is nested more than 64 levels deep", exception),
        _ => new(field, $"can't be {what}: its converter threw {exception.GetType().Name}", exception),
    };
}
