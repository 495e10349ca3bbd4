using System.Text;

namespace EventSourcing;

/// <summary>Formats texts of callers for messages.</summary>
internal static class MessageText
{
    private const int LongestShown = 200;

    /// <summary>Formats a key or another text: at most 200 characters, on one line.</summary>
    public static string Show(object? value)
    {
        var text = value?.ToString() ?? "";
        if (text.Length <= LongestShown && text.All(char.IsAsciiLetterOrDigit))
        {
            return text;
        }

        var shown = new StringBuilder();
        foreach (var rune in text.AsSpan(0, Math.Min(text.Length, LongestShown)).EnumerateRunes())
        {
            shown.Append(Rune.IsControl(rune) || rune == Rune.ReplacementChar || rune.Value is 0x2028 or 0x2029 ? "?" : rune.ToString());
        }

        return (text.Length > LongestShown ? shown.Append('…') : shown).ToString();
    }
}
