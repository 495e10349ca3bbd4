namespace AspNetCore.Tests;

/// <summary>An empty store of an engine, deleted when it is disposed.</summary>
internal sealed class TestStore : IDisposable
{
    public const string Memory = "memory", Sqlite = "sqlite", PostgreSql = "postgresql";

    private readonly TemporaryFolder? _folder;

    public TestStore(string engine)
    {
        (Url, _folder, Database) = engine switch
        {
            Sqlite when new TemporaryFolder() is var folder => ($"sqlite:///{folder.File("events.db")}", folder, null),
            PostgreSql when new PostgreSqlDatabase() is var database => (database.Url, null, database),
            _ => ("memory:", (TemporaryFolder?)null, (PostgreSqlDatabase?)null),
        };
    }

    public string Url { get; }

    public PostgreSqlDatabase? Database { get; }

    public void Dispose()
    {
        _folder?.Dispose();
        Database?.Dispose();
    }
}
