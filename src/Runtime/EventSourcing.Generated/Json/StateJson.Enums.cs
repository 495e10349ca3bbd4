using System.Text.Json;

namespace EventSourcing.CompilerServices;

public static partial class StateJson
{
    private const string Separator = ", ";

    /// <summary>Creates the exception for a value of an enum that has no name.</summary>
    /// <param name="field">The field that is written, for messages.</param>
    public static StateFormatException Undefined(string field) => new($"'{field}' is, or contains, an enum value without a name");

    /// <summary>Creates the exception for a text that isn't a name of its enum.</summary>
    /// <param name="reader">Positioned on the value.</param>
    /// <param name="field">The field that is read, for messages.</param>
    public static StateFormatException NotAName(ref Utf8JsonReader reader, string field) => NotA(ref reader, "a name of its enum", field);

    /// <summary>Throws unless the reader is on a text: a string, or the key of a dictionary.</summary>
    /// <param name="reader">Positioned on the value.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <exception cref="StateFormatException">The value isn't a text.</exception>
    public static void RequireName(ref Utf8JsonReader reader, string field)
    {
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName))
        {
            throw NotAName(ref reader, field);
        }
    }

    /// <summary>Returns the names of combined flags, lowest first: <c>"Read, Write"</c>; empty for none.</summary>
    /// <param name="bits">The value.</param>
    /// <param name="names">The names of the enum with their values.</param>
    /// <param name="field">The field that is written, for messages.</param>
    /// <exception cref="StateFormatException">A bit has no name.</exception>
    public static string NameOfFlags(ulong bits, (string Name, ulong Bits)[] names, string field)
    {
        ArgumentNullException.ThrowIfNull(names);
        foreach (var (name, value) in names)
        {
            if (value == bits)
            {
                return name;
            }
        }

        // The largest combination first, so that a name for several flags stands for them.
        var parts = new List<(string Name, ulong Bits)>();
        var rest = bits;
        foreach (var part in names.OrderByDescending(n => n.Bits))
        {
            if (part.Bits == 0 || (rest & part.Bits) != part.Bits)
            {
                continue;
            }

            parts.Insert(0, part);
            rest &= ~part.Bits;
        }

        return rest == 0 ? string.Join(Separator, parts.Select(p => p.Name)) : throw Undefined(field);
    }

    /// <summary>Whether <see cref="NameOfFlags"/> has names for all bits.</summary>
    internal static bool HasNames(ulong bits, (string Name, ulong Bits)[] names)
    {
        ArgumentNullException.ThrowIfNull(names);
        // Here too the largest first, but without a sorted list.
        var (rest, below) = (bits, ulong.MaxValue);
        while (rest != 0)
        {
            var largest = 0UL;
            foreach (var (_, value) in names)
            {
                if (value == bits)
                {
                    return true;
                }

                if (value > largest && value < below && (rest & value) == value)
                {
                    largest = value;
                }
            }

            if (largest == 0)
            {
                return false;
            }

            (rest, below) = (rest & ~largest, largest);
        }

        return true;
    }

    /// <summary>Reads combined flags.</summary>
    /// <param name="reader">Positioned on a string, or on the key of a dictionary.</param>
    /// <param name="names">The names of the enum with their values.</param>
    /// <param name="field">The field that is read, for messages.</param>
    /// <returns>The value.</returns>
    /// <exception cref="StateFormatException">A name is unknown.</exception>
    public static ulong ReadFlags(ref Utf8JsonReader reader, (string Name, ulong Bits)[] names, string field)
    {
        ArgumentNullException.ThrowIfNull(names);
        RequireName(ref reader, field);
        var text = Text(ref reader, field);
        var bits = 0UL;
        if (text.Length == 0)
        {
            return bits;
        }

        foreach (var range in text.AsSpan().Split(Separator))
        {
            var at = IndexOf(names, text.AsSpan(range));
            bits |= at >= 0 ? names[at].Bits : throw NotAName(ref reader, field);
        }

        return bits;
    }

    private static int IndexOf((string Name, ulong Bits)[] names, ReadOnlySpan<char> name)
    {
        for (var i = 0; i < names.Length; i++)
        {
            if (name.SequenceEqual(names[i].Name))
            {
                return i;
            }
        }

        return -1;
    }
}
