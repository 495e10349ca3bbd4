namespace Benchmarks.Sqlite;

/// <summary>The files of one workload, deleted at the end.</summary>
internal sealed class Files : IDisposable
{
    private readonly string _folder;

    public Files(string folder) =>
        _folder = Directory.CreateDirectory(Path.Combine(Path.GetFullPath(folder), $"side-by-side-{Environment.ProcessId}-{Guid.NewGuid():N}")).FullName;

    public string Floor => Path.Combine(_folder, "floor.db");

    public string Library => Path.Combine(_folder, "library.db");

    public string Url(string engine) =>
        $"sqlite:///{Uri.EscapeDataString(Library).Replace("%2F", "/", StringComparison.Ordinal)}?synchronous={(engine == SqliteWorkloads.Full ? "full" : "normal")}";

    /// <summary>Copies the library's events to the floor, in its own table and file.</summary>
    public void CopyToFloor()
    {
        using var connection = SqliteFloor.Connect(Floor, "NORMAL");
        SqliteFloor.Execute(connection, $"""
            ATTACH '{Library.Replace("'", "''", StringComparison.Ordinal)}' AS library;
            INSERT INTO floor_events (id, originator_id, originator_version, topic, state)
            SELECT id, originator_id, originator_version, topic, state FROM library.bank_events ORDER BY id;
            """);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
