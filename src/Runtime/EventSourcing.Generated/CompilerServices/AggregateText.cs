using System.Collections;
using System.ComponentModel;
using System.Globalization;
using System.Text;

namespace EventSourcing.CompilerServices;

/// <summary>Writes aggregates and events for people: <c>Dog { Id = …, Version = 2, Name = Fido, Tricks = [roll over] }</c>.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class AggregateText
{
    private const int MostItems = 20;

    /// <summary>Formats an aggregate.</summary>
    /// <param name="type">The name of the aggregate.</param>
    /// <param name="members">Names and values.</param>
    public static string Format(string type, params ReadOnlySpan<(string Name, object? Value)> members)
    {
        var text = new StringBuilder(type).Append(" { ");
        Append(text, members);
        return text.Append(" }").ToString();
    }

    /// <summary>Adds the members of an event to its text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="members">Names and values.</param>
    /// <returns>True: there are members.</returns>
    public static bool Append(StringBuilder text, params ReadOnlySpan<(string Name, object? Value)> members)
    {
        ArgumentNullException.ThrowIfNull(text);
        foreach (var (name, value) in members)
        {
            text.Append(name).Append(" = ");
            Append(text, value);
            text.Append(", ");
        }

        text.Length -= 2;
        return true;
    }

    private static void Append(StringBuilder text, object? value)
    {
        if (value is string or not IEnumerable)
        {
            text.Append(value switch
            {
                null => "null",
                DateTimeOffset time => time.ToString("O", CultureInfo.InvariantCulture),
                IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
                _ => value.ToString(),
            });
            return;
        }

        text.Append('[');
        var count = 0;
        foreach (var item in ItemsOf((IEnumerable)value))
        {
            if (count++ > 0)
            {
                text.Append(", ");
            }

            if (count > MostItems)
            {
                text.Append('…');
                break;
            }

            Append(text, item);
        }

        text.Append(']');
    }

    private static IEnumerable ItemsOf(IEnumerable items)
    {
        try
        {
            return items is ICollection { Count: 0 } ? Array.Empty<object>() : items;
        }
        catch (InvalidOperationException)
        {
            // An immutable array that was never set.
            return Array.Empty<object>();
        }
    }
}
