using EventSourcing;
using EventSourcing.Recording;
using EventSourcing.Sqlite;
using Microsoft.Data.Sqlite;
using Recorders.Contract;
using Xunit;

namespace Recorders.Tests;

/// <summary>A database file for each test, queried with a connection of its own.</summary>
public abstract class SqliteTestBase : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected string Folder => _folder.Path;

    protected string Path => _folder.File("events.db");

    protected string Url => "sqlite:///" + Path;

    public virtual void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    protected SqliteRecorder<Guid> Open(string options = "") => GeneratedRecorders.WithGuids(Url + options);

    protected SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={Path};Pooling=False");
        connection.Open();
        return connection;
    }

    protected static object? Query(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    protected object? Query(string sql)
    {
        using var connection = Connect();
        return Query(connection, sql);
    }

    protected static StoredEvent<Guid>[] Events(Guid id, long first = 1, int count = 1) =>
        [.. Enumerable.Range(0, count).Select(i => new StoredEvent<Guid>(id, first + i, "Tested", "{}"u8.ToArray()))];

    /// <summary>The value of the pragma on the connection that writes.</summary>
    private protected static async Task<string?> PragmaAsync<TKey>(SqliteRecorder<TKey> recorder, string text)
        where TKey : notnull
    {
        string? result = null;
        await recorder.Database.Writer.RunAsync(session => result = session.Pragma(text));
        return result;
    }

    /// <summary>Holds the writer up until the result is set, so that all saves meanwhile wait together.</summary>
    private protected static async Task<ManualResetEventSlim> HoldWriterAsync<TKey>(SqliteRecorder<TKey> recorder)
        where TKey : notnull
    {
        var (begun, goOn) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new ManualResetEventSlim());
        _ = recorder.Database.Writer.RunAsync(_ =>
        {
            begun.SetResult();
            goOn.Wait(TimeSpan.FromMinutes(1));
        });
        await begun.Task;
        return goOn;
    }

    /// <summary>The exit code of a program.</summary>
    protected static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(program, arguments);
        await process.WaitForExitAsync(Token);
        return process.ExitCode;
    }

    private protected static Task FailNextCommitAsync(SqliteRecorder<Guid> recorder, Func<Func<int>, int> fault) =>
        recorder.Database.Writer.RunAsync(session => session.CommitFault = commit =>
        {
            session.CommitFault = null;
            return fault(commit);
        });
}
