using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;

namespace EventSourcing.Sqlite;

/// <summary>The place of a database and how it is opened, from a URL or an ADO.NET connection string. No file is touched.</summary>
/// <param name="Path">The file, as it was given; null for a database in memory.</param>
/// <param name="IsFullySynchronous">Whether a save is on the disk when it returns, or only in the operating system's cache.</param>
/// <param name="LockTimeout">How long to wait for another process that is writing, in milliseconds.</param>
/// <param name="MayCreate">Whether a missing file is created.</param>
internal sealed record SqliteAddress(string? Path, bool IsFullySynchronous, int LockTimeout, bool MayCreate)
{
    /// <summary>
    /// Creates connections instead of the library; null for none. If several stores have a file open, the creator of the first one is used.
    /// </summary>
    public Func<SqliteConnection>? Creator { get; init; }

    private const string Scheme = "sqlite:";
    private const string Memory = ":memory:";
    private const string DataDirectory = "|DataDirectory|";

    public static SqliteAddress Parse(string url, EventStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(url);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var address = new SqliteAddress(null, true, (int)options.LockTimeout.TotalMilliseconds, true);
        address = url.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? address.WithUrl(url[Scheme.Length..])
            : address.WithConnectionString(url);
        if (address.Path is { } path && (path.Trim().Length == 0 || path.Any(char.IsControl)))
        {
            throw Wrong("the path of the file is empty or has control characters");
        }

        if (address.Path is { } file && System.IO.Path.EndsInDirectorySeparator(file))
        {
            throw Wrong("the path ends like the path of a folder, and has no file name");
        }

        return address;
    }

    /// <summary>The canonical path of the file that a connection is to; null for a database in memory.</summary>
    public static string? PathOf(SqliteConnection connection) =>
        connection.DataSource is { Length: > 0 } path && path != Memory ? CanonicalPath.Of(path) : null;

    private SqliteAddress WithUrl(string rest)
    {
        if (!rest.StartsWith("//", StringComparison.Ordinal))
        {
            throw Wrong("'sqlite:' must be followed by three slashes and a path (four for an absolute one)");
        }

        if (rest.Contains('#', StringComparison.Ordinal))
        {
            throw Wrong("write '#' in a path as %23");
        }

        var query = rest.IndexOf('?', StringComparison.Ordinal);
        var address = query < 0 ? this : WithOptions(rest[(query + 1)..]);
        var location = query < 0 ? rest[2..] : rest[2..query];
        if (location.Length > 0 && location[0] != '/')
        {
            throw Wrong("a sqlite URL has no host: write three slashes before a relative path, four before an absolute one");
        }

        var path = location.Length == 0 ? "" : Uri.UnescapeDataString(location[1..]);
        if (path.Length == 0)
        {
            // A path with a variable that isn't set ends so. A store in memory would accept all saves, and lose them.
            throw Wrong("no path follows the slashes; write sqlite:///school.db for a file, and sqlite:///:memory: for a database in memory, which is lost when it is closed");
        }

        return path == Memory ? address : address with { Path = path };
    }

    private SqliteAddress WithOptions(string query)
    {
        var address = this;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var option in query.Split('&'))
        {
            var equals = option.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? option : option[..equals];
            var value = equals < 0 ? "" : option[(equals + 1)..];
            if (!seen.Add(name))
            {
                throw Wrong("an option occurs twice");
            }

            address = (name, value) switch
            {
                ("synchronous", "full") => address with { IsFullySynchronous = true },
                ("synchronous", "normal") => address with { IsFullySynchronous = false },
                ("synchronous", _) => throw Wrong("synchronous must be full or normal"),
                ("busy_timeout", _) => address with { LockTimeout = Milliseconds(value) },
                _ => throw Wrong($"{(IsOptionName(name) ? $"'{name}' isn't an option" : "an option is unknown")}; the options are synchronous and busy_timeout"),
            };
        }

        return address;
    }

    // Anything else may be text that messages must not contain.
    private static bool IsOptionName(string name) => name.Length is > 0 and <= 20 && name.All(c => char.IsAsciiLetterLower(c) || c == '_');

    private SqliteAddress WithConnectionString(string text)
    {
        SqliteConnectionStringBuilder builder;
        try
        {
            builder = new SqliteConnectionStringBuilder(text);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The driver's message may contain a part of the text, so it is not passed on.
            throw Wrong("it is neither a sqlite URL nor a connection string of Microsoft.Data.Sqlite");
        }

        // The keywords that were given, because the builder lists all.
        var given = new DbConnectionStringBuilder { ConnectionString = text };
        foreach (string keyword in given.Keys)
        {
            if (keyword.ToLowerInvariant() is not ("data source" or "datasource" or "filename" or "mode" or "pooling"
                or "default timeout" or "command timeout"))
            {
                throw Wrong("of the keywords, only Data Source, Mode and Default Timeout are supported");
            }
        }

        var isMemory = builder.Mode == SqliteOpenMode.Memory || builder.DataSource == Memory;
        if (builder.Mode == SqliteOpenMode.ReadOnly)
        {
            throw Wrong("a store can't be opened read-only");
        }

        if (!isMemory && (builder.DataSource.Length == 0 || builder.DataSource.StartsWith("file:", StringComparison.OrdinalIgnoreCase)))
        {
            throw Wrong("Data Source must be the path of a file or :memory:");
        }

        return this with
        {
            Path = isMemory ? null : InDataDirectory(builder.DataSource),
            MayCreate = builder.Mode != SqliteOpenMode.ReadWrite,
            LockTimeout = given.ContainsKey("Default Timeout") || given.ContainsKey("Command Timeout")
                ? (int)Math.Min(int.MaxValue, builder.DefaultTimeout * 1000L)
                : LockTimeout,
        };
    }

    /// <summary>Resolves a path as the driver does, so that a connection of its own with the same text is to the same file.</summary>
    private static string InDataDirectory(string path)
    {
        var folder = AppDomain.CurrentDomain.GetData("DataDirectory") as string;
        if (path.StartsWith(DataDirectory, StringComparison.OrdinalIgnoreCase))
        {
            return System.IO.Path.Combine(folder ?? "", path[DataDirectory.Length..]);
        }

        return string.IsNullOrEmpty(folder) || System.IO.Path.IsPathRooted(path) ? path : System.IO.Path.Combine(folder, path);
    }

    private static int Milliseconds(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            ? milliseconds
            : throw Wrong("busy_timeout must be a whole number of milliseconds");

    private static StoreConfigurationException Wrong(string what) => new(
        $"The address of the SQLite database can't be used: {what}. " +
        "Examples: sqlite:///relative.db, sqlite:////absolute/path.db?synchronous=normal, sqlite:///:memory:, Data Source=school.db.");
}
