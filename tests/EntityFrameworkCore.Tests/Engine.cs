using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using Recorders.Contract;
using Xunit;

namespace EntityFrameworkCore.Tests;

/// <summary>A database for a test.</summary>
public abstract class Engine : IDisposable
{
    public static TheoryData<string> Both => ["sqlite", "postgresql"];

    public abstract string Url { get; }

    public abstract string ConnectionString { get; }

    public static Engine Of(string name) => name == "sqlite" ? new SqliteEngine() : new PostgreSqlEngine();

    public abstract DbContextOptionsBuilder Use(DbContextOptionsBuilder options, DbConnection connection);

    /// <param name="options">The options.</param>
    /// <param name="strategy">The strategy for retries; null for none.</param>
    public abstract DbContextOptionsBuilder Use(DbContextOptionsBuilder options, Func<ExecutionStrategyDependencies, IExecutionStrategy>? strategy = null);

    public abstract DbConnection Connect();

    public SchoolContext CreateContext() => new(Options().Options);

    public DbContextOptionsBuilder<SchoolContext> Options()
    {
        var builder = new DbContextOptionsBuilder<SchoolContext>();
        Use(builder);
        return builder;
    }

    /// <summary>The number that a query returns on a connection of its own.</summary>
    public long Query(string sql)
    {
        using var connection = Connect();
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    public long CountOwners() => Query("SELECT COUNT(*) FROM owners");

    public long CountEvents(string store = "trainingschool") => Query($"SELECT COUNT(*) FROM {store}_events");

    public abstract void Dispose();
}

public sealed class SqliteEngine : Engine
{
    private readonly TemporaryFolder _folder = new();

    public override string Url => "sqlite:///" + _folder.File("school.db");

    public override string ConnectionString => $"Data Source={_folder.File("school.db")}";

    public override DbContextOptionsBuilder Use(DbContextOptionsBuilder options, DbConnection connection) => options.UseSqlite(connection);

    public override DbContextOptionsBuilder Use(DbContextOptionsBuilder options, Func<ExecutionStrategyDependencies, IExecutionStrategy>? strategy = null) =>
        options.UseSqlite(ConnectionString, sqlite =>
        {
            if (strategy is not null)
            {
                sqlite.ExecutionStrategy(strategy);
            }
        });

    public override DbConnection Connect() => new SqliteConnection(ConnectionString + ";Pooling=False");

    public override void Dispose()
    {
        SqliteConnection.ClearAllPools();
        _folder.Dispose();
    }
}

public sealed class PostgreSqlEngine : Engine
{
    private readonly PostgreSqlDatabase _database = new();

    public override string Url => _database.Url;

    public override string ConnectionString => _database.ConnectionString;

    public override DbContextOptionsBuilder Use(DbContextOptionsBuilder options, DbConnection connection) => options.UseNpgsql(connection);

    public override DbContextOptionsBuilder Use(DbContextOptionsBuilder options, Func<ExecutionStrategyDependencies, IExecutionStrategy>? strategy = null) =>
        options.UseNpgsql(ConnectionString, postgres =>
        {
            if (strategy is not null)
            {
                postgres.ExecutionStrategy(strategy);
            }
        });

    public override DbConnection Connect() => new NpgsqlConnection(ConnectionString + ";Pooling=false");

    public override void Dispose() => _database.Dispose();
}
