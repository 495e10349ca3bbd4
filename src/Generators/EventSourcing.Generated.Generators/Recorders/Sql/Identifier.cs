namespace EventSourcing.Generators.Recorders.Sql;

/// <summary>Names in SQL. A name with a character that isn't allowed is refused, and an allowed name is quoted nevertheless.</summary>
internal static class Identifier
{
    /// <summary>
    /// The maximum length of a prefix: with the suffix <c>_events_aggregate_idx</c>, it still fits into the 63 bytes of PostgreSQL.
    /// </summary>
    public const int MaxLength = 42;

    /// <summary>The maximum number of bytes that PostgreSQL keeps of a name. An application may move to it.</summary>
    public const int LongestName = 63;

    /// <summary>Whether the text can be a prefix: <c>[A-Za-z_][A-Za-z0-9_]{0,41}</c>.</summary>
    public static bool IsAllowed(string text) => IsAllowed(text, MaxLength);

    /// <summary>Whether the text can be a schema: <c>[A-Za-z_][A-Za-z0-9_]{0,62}</c>, and none of PostgreSQL's own.</summary>
    public static bool IsAllowedSchema(string text) =>
        IsAllowed(text, LongestName) && !text.StartsWith("pg_", StringComparison.OrdinalIgnoreCase);

    private static bool IsAllowed(string text, int maxLength)
    {
        if (text.Length == 0 || text.Length > maxLength || text[0] is >= '0' and <= '9')
        {
            return false;
        }

        foreach (var c in text)
        {
            if (c is not ((>= 'A' and <= 'Z') or (>= 'a' and <= 'z') or (>= '0' and <= '9') or '_'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether the text can be the name of a column: <c>[A-Za-z_][A-Za-z0-9_]{0,62}</c>.</summary>
    public static bool IsAllowedColumn(string text) => IsAllowed(text, LongestName);

    /// <summary>The name, with a hash instead of its end if it is longer than PostgreSQL keeps it.</summary>
    public static string Shorten(string name)
    {
        if (name.Length <= LongestName)
        {
            return name;
        }

        // FNV-1a. The names of one application are few, and only their difference matters.
        var hash = 2166136261u;
        foreach (var c in name)
        {
            hash = unchecked((hash ^ c) * 16777619u);
        }

        return $"{name.Substring(0, LongestName - 9)}_{hash:x8}";
    }

    /// <summary>The name in quotes, so that a keyword can be a name, too.</summary>
    public static string Quote(string name) => "\"" + name.Replace("\"", "\"\"") + "\"";
}
