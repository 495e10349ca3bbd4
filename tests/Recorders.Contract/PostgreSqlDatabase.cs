using System.Globalization;
using Npgsql;

namespace Recorders.Contract;

/// <summary>A database that is deleted when it is disposed, on the server that the tests of this process share.</summary>
public sealed class PostgreSqlDatabase : IDisposable
{
    // Started once; each test of a process then uses a database of its own.
    private static readonly Lazy<string> Shared = new(() =>
        Environment.GetEnvironmentVariable("EVENTSOURCING_TEST_POSTGRES") is { Length: > 0 } given ? Parse(given) : new PostgreSqlServer().ConnectionString);

    private readonly string _administrator;
    private readonly string _user;

    /// <summary>Makes an empty database.</summary>
    /// <param name="server">The server; null for the shared one.</param>
    public PostgreSqlDatabase(PostgreSqlServer? server = null)
    {
        _administrator = server?.ConnectionString ?? Shared.Value;
        var parts = new NpgsqlConnectionStringBuilder(_administrator) { Database = "eventsourcing_" + Guid.NewGuid().ToString("N") };
        (Name, ConnectionString) = (parts.Database, parts.ConnectionString);
        (Host, Port, _user) = (parts.Host ?? "localhost", parts.Port, $"{Uri.EscapeDataString(parts.Username ?? "")}:{Uri.EscapeDataString(parts.Password ?? "")}");
        ExecuteAsAdministrator($"CREATE DATABASE {Name}");
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>For Npgsql.</summary>
    public string ConnectionString { get; }

    /// <summary>Where the server is.</summary>
    public string Host { get; }

    /// <summary>Where the server is.</summary>
    public int Port { get; }

    /// <summary>For a store.</summary>
    public string Url => UrlAt(Host, Port);

    /// <summary>For a store that reaches the server at another address.</summary>
    public string UrlAt(string host, int port) => string.Create(CultureInfo.InvariantCulture, $"postgresql://{_user}@{host}:{port}/{Name}");

    /// <summary>An open connection, without a pool.</summary>
    public NpgsqlConnection Connect()
    {
        var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
        connection.Open();
        return connection;
    }

    /// <summary>Runs SQL on a connection of its own.</summary>
    /// <returns>The first column of the first row.</returns>
    public object? Query(string sql)
    {
        using var connection = Connect();
        using var command = new NpgsqlCommand(sql, connection);
        return command.ExecuteScalar();
    }

    /// <inheritdoc/>
    public void Dispose() => ExecuteAsAdministrator($"DROP DATABASE IF EXISTS {Name} WITH (FORCE)");

    private void ExecuteAsAdministrator(string sql)
    {
        using var connection = new NpgsqlConnection(_administrator + ";Pooling=false");
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    /// <summary>The variable may also hold a URL.</summary>
    private static string Parse(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("postgresql" or "postgres"))
        {
            return text;
        }

        var user = url.UserInfo.Split(':', 2);
        var parts = new NpgsqlConnectionStringBuilder { Host = url.Host, Port = url.Port > 0 ? url.Port : 5432, Username = Uri.UnescapeDataString(user[0]) };
        if (user.Length > 1)
        {
            parts.Password = Uri.UnescapeDataString(user[1]);
        }

        if (url.AbsolutePath.Length > 1)
        {
            parts.Database = url.AbsolutePath[1..];
        }

        return parts.ConnectionString;
    }
}
