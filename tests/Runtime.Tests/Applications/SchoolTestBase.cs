using Xunit;

namespace EventSourcing.Tests.Applications;

/// <summary>The school, in memory and on real SQLite databases, with a folder for each test.</summary>
public abstract class SchoolTestBase : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("esg-");

    public static TheoryData<string> Stores => ["memory:", "sqlite:///:memory:", "sqlite-file"];

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => _folder.Delete(recursive: true);

    private protected ValueTask<School> OpenAsync(string store, EventStoreOptions? options = null) => School.OpenAsync(Url(store), options, Token);

    private protected string Url(string store) => store == "sqlite-file" ? $"Data Source={Path.Combine(_folder.FullName, "school.db")}" : store;
}
