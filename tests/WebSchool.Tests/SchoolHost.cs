using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using EventSourcing.Testing;
using Microsoft.Data.Sqlite;
using Recorders.Contract;
using Xunit;

namespace EventSourcing.WebSchool.Tests;

/// <summary>The sample with an empty store. The tests of a class share it.</summary>
public abstract class SchoolHost(NativeProgram? native) : IAsyncLifetime
{
    private int _names;

    /// <summary>Where the store is.</summary>
    public abstract string Store { get; }

    /// <summary>The path of the native program; null for the jitted one.</summary>
    public string? Path => native?.Path;

    internal WebProgram Program { get; private set; } = null!;

    internal HttpClient Client => Program.Client;

    /// <summary>A name that no other test uses.</summary>
    public string NewName(string prefix = "Dog") => string.Create(CultureInfo.InvariantCulture, $"{prefix} {Interlocked.Increment(ref _names)}");

    /// <summary>An open connection to the database of the store, beside the program.</summary>
    public abstract DbConnection Connect();

    /// <summary>Runs SQL on a connection of its own.</summary>
    public void Execute(string sql)
    {
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Restarts the program, with the same store.</summary>
    internal async Task RestartAsync()
    {
        await Program.DisposeAsync();
        Program = await WebProgram.StartAsync(Prepare());
    }

    /// <summary>As <see cref="RestartAsync"/>, at the same address, so that clients can reconnect.</summary>
    internal async Task RestartAtSamePortAsync()
    {
        var port = Client.BaseAddress!.Port;
        await Program.DisposeAsync();
        Program = await WebProgram.StartAsync(Prepare(port: port));
    }

    /// <summary>Stops the program gracefully, and starts it again.</summary>
    internal async Task RestartGracefullyAsync()
    {
        var exitCode = await Program.StopAsync();
        await RestartAsync();
        Assert.Equal(0, exitCode);
    }

    /// <summary>How the program is started.</summary>
    /// <param name="store">The URL of the store; null for this one.</param>
    /// <param name="port">Where it listens; 0 for a free port.</param>
    /// <param name="arguments">More arguments.</param>
    internal ProcessStartInfo Prepare(string? store = null, int port = 0, params IEnumerable<string> arguments)
    {
        arguments = ["--urls", string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"), .. arguments];
        var start = Path is null
            ? Command.Prepare(AppContext.BaseDirectory, "dotnet", [System.IO.Path.Combine(AppContext.BaseDirectory, "WebSchool.dll"), .. arguments])
            : Command.Prepare(AppContext.BaseDirectory, Path, arguments);
        // Not an argument: a URL has a password, and every user of the machine can see arguments.
        start.Environment["Store"] = store ?? Store;
        return start;
    }

    public async ValueTask InitializeAsync()
    {
        if (native is not null)
        {
            await native.PublishAndReadOutputAsync();
        }

        Program = await WebProgram.StartAsync(Prepare());
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (Program is not null)
        {
            await Program.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }
}

public abstract class SqliteSchool(NativeProgram? native) : SchoolHost(native)
{
    private readonly TemporaryFolder _folder = new();

    public override string Store => "sqlite:///" + _folder.PathOf("school.db");

    public override DbConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={_folder.PathOf("school.db")};Pooling=false");
        connection.Open();
        return connection;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }
}

public abstract class PostgreSqlSchool(NativeProgram? native) : SchoolHost(native)
{
    private readonly PostgreSqlDatabase _database = new();

    public override string Store => _database.Url;

    public override DbConnection Connect() => _database.Connect();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _database.Dispose();
        GC.SuppressFinalize(this);
    }
}

public sealed class JittedSqliteSchool() : SqliteSchool(null);

public sealed class JittedPostgreSqlSchool() : PostgreSqlSchool(null);

public sealed class NativeSqliteSchool(NativeProgram native) : SqliteSchool(native);

public sealed class NativePostgreSqlSchool(NativeProgram native) : PostgreSqlSchool(native);
