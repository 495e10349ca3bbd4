using System.Collections;
using System.ComponentModel;
using System.Globalization;
using System.Text;

namespace EventSourcing.CompilerServices;

/// <summary>Writes aggregates for people: <c>Dog { Id = …, Version = 2, Name = Fido, Tricks = [roll over] }</c>.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class AggregateText
{
    private const int MostItems = 20;

    /// <summary>The text.</summary>
    /// <param name="type">The name of the aggregate.</param>
    /// <param name="members">Names and values.</param>
    public static string Format(string type, params ReadOnlySpan<(string Name, object? Value)> members)
    {
        var text = new StringBuilder(type).Append(" { ");
        foreach (var (name, value) in members)
        {
            text.Append(name).Append(" = ");
            Append(text, value);
            text.Append(", ");
        }

        text.Length -= 2;
        return text.Append(" }").ToString();
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
        foreach (var item in (IEnumerable)value)
        {
            if (count++ > 0)
                text.Append(", ");
            if (count > MostItems)
            {
                text.Append('…');
                break;
            }

            text.Append(item is IFormattable formattable ? formattable.ToString(null, CultureInfo.InvariantCulture) : item?.ToString() ?? "null");
        }

        text.Append(']');
    }
}
