using EventSourcing.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Ordering;
using Ordering.Web;
using Recorders.Contract;
using Xunit;

namespace EventSourcing.Ordering.Tests;

/// <summary>The sample's web server in this process, on an empty store. The tests of a class share it.</summary>
public abstract class ShopServer : IAsyncLifetime
{
    private WebApplication _app = null!;
    private int _names;

    /// <summary>Where the store is.</summary>
    public abstract string Store { get; }

    internal HttpClient Client { get; private set; } = null!;

    internal Shop Shop => _app.Services.GetRequiredService<Shop>();

    /// <summary>An item number that no other test uses.</summary>
    internal Sku NewSku() => Sku.From($"ITEM-{Interlocked.Increment(ref _names)}");

    /// <summary>Runs a statement in the database, beside the store.</summary>
    internal abstract object? Query(string sql);

    /// <summary>The number of connections to the database; 0 for a database without connections to count.</summary>
    internal virtual int CountConnections() => 0;

    internal static async Task<WebApplication> StartAsync(string store, params string[] arguments)
    {
        var app = WebShop.Create([$"--Store={store}", "--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=Error", .. arguments]);
        try
        {
            await app.StartAsync();
            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    public async ValueTask InitializeAsync()
    {
        _app = await StartAsync(Store);
        Client = new HttpClient { BaseAddress = new Uri(_app.Urls.Single()), Timeout = TimeSpan.FromMinutes(2) };
    }

    public virtual async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }
}

public sealed class SqliteShop : ShopServer
{
    private readonly TemporaryFolder _folder = new();

    public override string Store => "sqlite:///" + File;

    private string File => _folder.PathOf("shop.db");

    internal override object? Query(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={File};Pooling=false;Default Timeout=30");
        connection.Open();
        using var command = new SqliteCommand(sql, connection);
        return command.ExecuteScalar();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }
}

public sealed class PostgreSqlShop : ShopServer
{
    private readonly PostgreSqlDatabase _database = new();

    public override string Store => _database.Url;

    internal override object? Query(string sql) => _database.Query(sql);

    internal override int CountConnections() =>
        Convert.ToInt32(Query("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"), System.Globalization.CultureInfo.InvariantCulture);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _database.Dispose();
    }
}
