using System.ComponentModel;
using System.Data.Common;

namespace EventSourcing.CompilerServices;

/// <summary>Tells whose URL or ADO.NET connection string the address of a store is. Each provider knows its own schemes and keywords.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class StoreUrl
{
    // Shown in a message. A scheme that is not common is not shown: a mistyped one may contain anything.
    private static readonly HashSet<string> CommonSchemes = new(StringComparer.Ordinal)
    {
        "memory", "sqlite", "postgresql", "postgres", "mysql", "mariadb", "sqlserver", "mssql", "oracle", "mongodb", "cosmosdb", "redis", "cockroachdb", "file", "http", "https",
    };

    private static readonly System.Buffers.SearchValues<char> SchemeCharacters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

    /// <summary>Whether an address is a URL with one of the schemes, or a connection string with one of the keywords.</summary>
    /// <param name="url">The address.</param>
    /// <param name="schemes">Schemes in lower case.</param>
    /// <param name="keywords">Keywords of connection strings that only this provider's have.</param>
    public static bool IsOf(string url, IReadOnlyList<string> schemes, IReadOnlyList<string> keywords)
    {
        ArgumentNullException.ThrowIfNull(url);
        return FindScheme(url) is { } scheme ? schemes.Contains(scheme) : ReadConnectionString(url) is { } builder && keywords.Any(builder.ContainsKey);
    }

    /// <summary>Whether an address is the URL of the in-memory recorder.</summary>
    public static bool IsMemory(string url) => IsOf(url, ["memory"], []);

    /// <summary>Creates the exception for an address that no provider of the application accepts.</summary>
    /// <param name="url">The address. The message doesn't show it, because it may contain a password.</param>
    /// <param name="available">The schemes that the application has.</param>
    public static StoreConfigurationException NotAvailable(string url, params string[] available)
    {
        var scheme = FindScheme(url);
        if (scheme is null && ReadConnectionString(url) is not { Count: > 0 })
        {
            return new StoreConfigurationException(
                "The address of the store is neither a URL, such as sqlite:///school.db or memory:, nor an ADO.NET connection string, such as Data Source=school.db.");
        }

        var refused = scheme is null ? "the connection string" : CommonSchemes.Contains(scheme) ? $"'{scheme}:'" : "the scheme of the URL";
        return new StoreConfigurationException(
            $"The application was compiled without a provider for {refused}; it has {string.Join(", ", available.Select(a => $"'{a}:'"))}. Reference the provider's package in the project of the application.");
    }

    private static string? FindScheme(string url)
    {
        var colon = url.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && url.AsSpan(0, colon).IndexOfAnyExcept(SchemeCharacters) < 0 && (url.AsSpan(colon).StartsWith("://") || colon == url.Length - 1)
            ? url[..colon].ToLowerInvariant()
            : null;
    }

    private static DbConnectionStringBuilder? ReadConnectionString(string url)
    {
        try
        {
            return new DbConnectionStringBuilder { ConnectionString = url };
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
