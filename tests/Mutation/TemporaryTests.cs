namespace EventSourcing.Mutation;

/// <summary>A copy of built tests, whose assemblies may be replaced.</summary>
internal sealed class TemporaryTests : IDisposable
{
    public TemporaryTests(string program)
    {
        var built = Path.GetDirectoryName(program)!;
        Folder = Directory.CreateTempSubdirectory("mutation-").FullName;
        foreach (var file in Directory.GetFiles(built, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(Folder, Path.GetRelativePath(built, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        Program = Path.Combine(Folder, Path.GetFileName(program));
    }

    public string Folder { get; }

    public string Program { get; }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

/// <summary>The files that the tests of a mutant leave beside the accepted files.</summary>
internal static class Snapshots
{
    public static void Clean(string folder)
    {
        foreach (var received in Directory.GetFiles(folder, "*.received.*", SearchOption.AllDirectories))
        {
            File.Delete(received);
        }
    }
}
