using EventSourcing.PostgreSql;
using Npgsql;

namespace CloudSql;

/// <summary>Makes the school's connections, each with a token that is valid when it is made.</summary>
public static class Connections
{
    private static string? _connectionString;
    private static RotatingPassword? _password;

    /// <summary>Sets the database's address and the issuer of tokens. To be called before the school is opened.</summary>
    public static void Configure(string connectionString, ITokenIssuer issuer)
    {
        _connectionString = connectionString;
        _password = new RotatingPassword(issuer.IssueAsync);
    }

    /// <summary>The method that the school's store calls for each physical connection.</summary>
    public static ValueTask<NpgsqlConnection> CreateAsync(CancellationToken cancellationToken) =>
        (_password ?? throw new InvalidOperationException("Connections.Configure comes first.")).OpenAsync(_connectionString!, cancellationToken);
}
