using System.Data.Common;
using Microsoft.Data.Sqlite;
using Recorders.Contract;
using Xunit;

namespace Scenarios.Tests;

/// <summary>A fresh database, with a table of the user's own beside the store.</summary>
public abstract class Engine : IDisposable
{
    /// <summary>By their names, for theories.</summary>
    public static TheoryData<string> Names => ["SQLite", "PostgreSQL"];

    /// <summary>For a store.</summary>
    public abstract string Url { get; }

    public static async Task<Engine> StartAsync(string name)
    {
        Engine engine = name == "SQLite" ? new SqliteEngine() : new PostgreSqlEngine();
        await using var connection = await engine.ConnectAsync();
        await ExecuteAsync(connection, null, "CREATE TABLE owners (name TEXT PRIMARY KEY, dog TEXT NOT NULL)");
        return engine;
    }

    /// <summary>An open connection of the user's own.</summary>
    public abstract Task<DbConnection> ConnectAsync();

    public abstract void Dispose();

    public static async Task ExecuteAsync(DbConnection connection, DbTransaction? transaction, string sql, params (string Name, object Value)[] parameters)
    {
        await using var command = connection.CreateCommand();
        (command.CommandText, command.Transaction) = (sql, transaction);
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }

        await command.ExecuteNonQueryAsync();
    }

    public static Task InsertOwnerAsync(DbConnection connection, DbTransaction? transaction, string name, string dog) =>
        ExecuteAsync(connection, transaction, "INSERT INTO owners (name, dog) VALUES (@name, @dog)", ("name", name), ("dog", dog));

    /// <summary>The names of the owners, as a connection of its own sees them.</summary>
    public async Task<List<string>> OwnersAsync()
    {
        await using var connection = await ConnectAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT name FROM owners ORDER BY name";
        await using var reader = await command.ExecuteReaderAsync();
        var names = new List<string>();
        while (await reader.ReadAsync())
        {
            names.Add(reader.GetString(0));
        }

        return names;
    }

    private sealed class SqliteEngine : Engine
    {
        private readonly TemporaryFolder _folder = new();

        public override string Url => "sqlite:///" + _folder.File("school.db");

        public override async Task<DbConnection> ConnectAsync()
        {
            var connection = new SqliteConnection($"Data Source={_folder.File("school.db")};Pooling=False");
            await connection.OpenAsync();
            return connection;
        }

        public override void Dispose() => _folder.Dispose();
    }

    private sealed class PostgreSqlEngine : Engine
    {
        private readonly PostgreSqlDatabase _database = new();

        public override string Url => _database.Url;

        public override Task<DbConnection> ConnectAsync() => Task.FromResult<DbConnection>(_database.Connect());

        public override void Dispose() => _database.Dispose();
    }
}
