using System.ComponentModel;
using System.Data.Common;

namespace EventSourcing.CompilerServices;

/// <summary>Tells which provider a URL or ADO.NET connection string is for.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class StoreUrl
{
    /// <summary>The provider's scheme: <c>memory</c>, <c>sqlite</c> or <c>postgresql</c>; or the scheme itself, where it is another.</summary>
    /// <param name="url">A URL, or an ADO.NET connection string.</param>
    /// <exception cref="StoreConfigurationException">It is neither. The message doesn't repeat it: it may hold a password.</exception>
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

    /// <summary>The error of a URL whose provider the application was compiled without.</summary>
    /// <param name="scheme">The URL's scheme. It is only repeated where it is one that is in use, as a mistyped one may hold anything.</param>
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
