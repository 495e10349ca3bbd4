using System.Runtime.CompilerServices;

namespace EventSourcing.Testing;

/// <summary>The folders of the repository that the tests were built from.</summary>
internal static class Tree
{
    public static string Root { get; } = FindRoot();

    public static string PathOf(string relative) => Path.Combine(Root, relative);

    /// <summary>Files below the root, as relative paths with slashes, without build output.</summary>
    public static IEnumerable<string> Files(string pattern) =>
        Directory.EnumerateFiles(Root, pattern, SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(Root, f).Replace('\\', '/'))
            .Where(f => !f.Split('/').Any(part => part is "bin" or "obj" or "artifacts" or ".git" or "TestResults"))
            .Order(StringComparer.Ordinal);

    private static string FindRoot([CallerFilePath] string here = "")
    {
        for (var folder = Path.GetDirectoryName(here); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "EventSourcing.Generated.sln")))
            {
                return folder;
            }
        }

        throw new InvalidOperationException("The tests read files of the repository, which is no longer at the path at which they were built.");
    }
}
