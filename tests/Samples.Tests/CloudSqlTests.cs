using EventSourcing.Testing;
using Npgsql;
using Recorders.Contract;
using Xunit;

namespace EventSourcing.Samples.Tests;

/// <summary>The sample for Google Cloud SQL, on a local server whose tokens it issues and revokes itself.</summary>
public sealed class CloudSqlTests
{
    [Fact]
    public async Task It_continues_while_its_tokens_are_revoked()
    {
        using var database = new PostgreSqlDatabase();
        var user = "cloudsql_" + Guid.NewGuid().ToString("N");
        try
        {
            var first = await RunAsync(database.ConnectionString, user, "--local");
            var second = await RunAsync(database.ConnectionString, user, "--local");

            // One token to open with, and one after each of three revocations.
            Assert.Equal((0, "Fido knows roll over, play dead, sit.\n4 tokens were issued.\n", ""), (first.ExitCode, first.Output, first.Error));
            Assert.Equal((0, "Fido knows roll over, play dead, sit.\n1 tokens were issued.\n", ""), (second.ExitCode, second.Output, second.Error));
            Assert.Equal(4L, database.Query("SELECT count(*) FROM trainingschool_events"));
        }
        finally
        {
            database.Query($"DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{user}') THEN DROP OWNED BY {user}; DROP ROLE {user}; END IF; END $$");
        }
    }

    [Fact]
    public async Task A_wrong_use_is_explained()
    {
        var wrong = await RunAsync("", "", "--nowhere");
        Assert.Equal((2, ""), (wrong.ExitCode, wrong.Output));
        Assert.StartsWith("Usage: CloudSql", wrong.Error, StringComparison.Ordinal);

        var unset = await RunAsync("", "", "--local");
        Assert.Equal(2, unset.ExitCode);
        Assert.StartsWith("The variable CLOUDSQL_LOCAL is missing.\n\nUsage: CloudSql", unset.Error, StringComparison.Ordinal);

        // There is no server, and the message doesn't show the password.
        var absent = await RunAsync(new NpgsqlConnectionStringBuilder { Host = "127.0.0.1", Port = 1, Username = "nobody", Password = "secret" }.ConnectionString, "nobody", "--local");
        Assert.Equal((1, ""), (absent.ExitCode, absent.Output));
        Assert.DoesNotContain("secret", absent.Error, StringComparison.Ordinal);
    }

    private static Task<Command> RunAsync(string administrator, string user, params string[] arguments)
    {
        // Other samples don't use these variables.
        Environment.SetEnvironmentVariable("CLOUDSQL_LOCAL", administrator);
        Environment.SetEnvironmentVariable("CLOUDSQL_USER", user);
        return SamplePrograms.RunAsync(AppContext.BaseDirectory, "CloudSql", arguments);
    }
}
