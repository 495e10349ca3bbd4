using System.Security.Cryptography;
using EventSourcing.PostgreSql;
using Npgsql;

namespace CloudSql;

/// <summary>Acts as the cloud on a local server: tokens are passwords of a role, and each new token invalidates the previous ones.</summary>
/// <param name="administrator">The connection string of a user who may change the role.</param>
/// <param name="role">The role; it is created when it is missing.</param>
public sealed class LocalTokenIssuer(string administrator, string role) : ITokenIssuer
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    /// <summary>How many tokens were issued.</summary>
    public int Issued { get; private set; }

    public async ValueTask<ExpiringPassword> IssueAsync(CancellationToken cancellationToken)
    {
        var token = RandomNumberGenerator.GetHexString(64);
        var expiresOn = DateTimeOffset.UtcNow + Life;
        await ExecuteAsync($"ALTER ROLE {Role} PASSWORD '{token}' VALID UNTIL '{expiresOn:O}'", cancellationToken);
        Issued++;
        return new ExpiringPassword(token, expiresOn);
    }

    /// <summary>Creates the role if it is missing.</summary>
    public Task CreateRoleAsync(CancellationToken cancellationToken) => ExecuteAsync($"""
        DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
                CREATE ROLE {Role} LOGIN;
            END IF;
        END $$;
        GRANT ALL ON SCHEMA public TO {Role};
        """, cancellationToken);

    /// <summary>Invalidates the last token and ends its connections, as for a revoked or expired token.</summary>
    public async Task RevokeAsync(CancellationToken cancellationToken)
    {
        await ExecuteAsync($"ALTER ROLE {Role} PASSWORD '{RandomNumberGenerator.GetHexString(64)}'", cancellationToken);
        await ExecuteAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}'", cancellationToken);
    }

    private string Role => role.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')
        ? $"\"{role}\""
        : throw new ArgumentException("The name of a role has letters, digits and underscores here.");

    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(administrator);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
