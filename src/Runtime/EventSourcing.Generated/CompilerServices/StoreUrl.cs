using System.ComponentModel;
using System.Data.Common;

namespace EventSourcing.CompilerServices;

/// <summary>Finds the provider of a URL or ADO.NET connection string.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class StoreUrl
{
    /// <summary>Returns the provider's scheme: <c>memory</c>, <c>sqlite</c> or <c>postgresql</c>; or the scheme itself, if it is another.</summary>
    /// <param name="url">A URL, or an ADO.NET connection string.</param>
    /// <exception cref="StoreConfigurationException">It is neither. The message doesn't show it: it may contain a password.</exception>
    public static string GetScheme(string url)
    {
        ArgumentNullException.ThrowIfNull(url);
        var colon = url.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0 && url.AsSpan(0, colon).IndexOfAnyExcept(SchemeCharacters) < 0 && (url.AsSpan(colon).StartsWith("://") || colon == url.Length - 1))
        {
            var scheme = url[..colon].ToLowerInvariant();
            return scheme == "postgres" ? "postgresql" : scheme;
        }

        try
        {
            var builder = new DbConnectionStringBuilder { ConnectionString = url };
            if (builder.ContainsKey("Data Source") || builder.ContainsKey("DataSource") || builder.ContainsKey("Filename"))
            {
                return "sqlite";
            }

            if (builder.ContainsKey("Host") || builder.ContainsKey("Server"))
            {
                return "postgresql";
            }
        }
        catch (ArgumentException)
        {
            // Not a connection string: the message below says what is expected.
        }

        throw new StoreConfigurationException(
            "The address of the store is neither a URL, such as sqlite:///school.db or memory:, nor an ADO.NET connection string, such as Data Source=school.db.");
    }

    /// <summary>Creates the exception for a URL whose provider the application was compiled without.</summary>
    /// <param name="scheme">The URL's scheme. The message shows it only if it is a common one, because a mistyped one may contain anything.</param>
    /// <param name="available">The schemes that the application has.</param>
    public static StoreConfigurationException NotAvailable(string scheme, params string[] available) => new(
        $"The application was compiled without a provider for {(Schemes.Contains(scheme) ? $"'{scheme}:'" : "the scheme of the URL")}; it has {string.Join(", ", available.Select(a => $"'{a}:'"))}. Reference the provider's package in the project of the application.");

    private static readonly HashSet<string> Schemes = new(StringComparer.Ordinal)
    {
        "memory", "sqlite", "postgresql", "mysql", "mariadb", "sqlserver", "mssql", "oracle", "mongodb", "cosmosdb", "redis", "cockroachdb", "file", "http", "https",
    };

    private static readonly System.Buffers.SearchValues<char> SchemeCharacters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
}
