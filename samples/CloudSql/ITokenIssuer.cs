using EventSourcing.PostgreSql;

namespace CloudSql;

/// <summary>Gives the tokens that the database takes as passwords.</summary>
public interface ITokenIssuer
{
    /// <summary>A token that is valid now.</summary>
    ValueTask<ExpiringPassword> IssueAsync(CancellationToken cancellationToken);
}
