namespace EventSourcing.Sqlite;

/// <summary>One name for each file, so that all stores of a file find each other.</summary>
internal static class CanonicalPath
{
    private const int MostLinks = 40;

    public static StringComparer Comparer { get; } =
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    /// <summary>Returns the absolute path with every symbolic link followed. The file itself need not exist.</summary>
    public static string Of(string path)
    {
        try
        {
            return Resolve(Path.GetFullPath(path), MostLinks);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            throw new StoreConfigurationException("The path of the database file can't be resolved.", exception);
        }
    }

    private static string Resolve(string path, int links)
    {
        if (Path.GetDirectoryName(path) is not { } folder)
        {
            return path;
        }

        if (links == 0)
        {
            throw new IOException("The path has too many symbolic links, or the links form a loop.");
        }

        path = Path.Combine(Resolve(folder, links), Path.GetFileName(path));
        return new FileInfo(path).LinkTarget is { } target
            ? Resolve(Path.GetFullPath(target, Path.GetDirectoryName(path)!), links - 1)
            : path;
    }
}
