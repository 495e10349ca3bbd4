using Npgsql;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>The servers that the other tests use.</summary>
public sealed class ServerTests
{
    [Fact]
    public void A_server_survives_stop_kill_and_start()
    {
        using var server = new PostgreSqlServer();
        using (var database = new PostgreSqlDatabase(server))
        {
            database.Query("CREATE TABLE t (a int); INSERT INTO t VALUES (1)");
            server.Stop("immediate");
            Assert.ThrowsAny<NpgsqlException>(() => database.Query("SELECT 1"));
            server.Start();
            Assert.Equal(1, database.Query("SELECT a FROM t"));
            server.Kill();
            server.Start();
            Assert.Equal(1, database.Query("SELECT a FROM t"));
            server.Stop("fast");
            server.Start();
        }

        Assert.Equal(0L, Count(server.ConnectionString));
    }

    private static object? Count(string connectionString)
    {
        using var connection = new NpgsqlConnection(connectionString);
        connection.Open();
        using var command = new NpgsqlCommand("SELECT count(*) FROM pg_database WHERE datname LIKE 'eventsourcing%'", connection);
        return command.ExecuteScalar();
    }
}
