using EventSourcing.PostgreSql;
using Google.Apis.Auth.OAuth2;
using Google.Apis.Auth.OAuth2.Responses;

namespace CloudSql;

/// <summary>Tokens of the credentials that the program runs with on Google Cloud: of its service account, or of the user who has logged in.</summary>
public sealed class GoogleTokenIssuer : ITokenIssuer
{
    // It allows logging in to databases, and nothing else.
    private const string Scope = "https://www.googleapis.com/auth/sqlservice.login";

    // For a credential that doesn't report an expiry. It caches its token, so that asking again is cheap.
    private static readonly TimeSpan UnknownLife = TimeSpan.FromMinutes(5);

    private GoogleCredential? _credential;

    public async ValueTask<ExpiringPassword> IssueAsync(CancellationToken cancellationToken)
    {
        _credential ??= (await GoogleCredential.GetApplicationDefaultAsync(cancellationToken)).CreateScoped(Scope);
        var token = await _credential.UnderlyingCredential.GetAccessTokenForRequestAsync(cancellationToken: cancellationToken);
        TokenResponse? response = _credential.UnderlyingCredential switch
        {
            ServiceCredential service => service.Token,
            UserCredential user => user.Token,
            _ => null,
        };
        return new ExpiringPassword(token, response is { ExpiresInSeconds: { } seconds } && response.AccessToken == token
            ? new DateTimeOffset(response.IssuedUtc, TimeSpan.Zero).AddSeconds(seconds)
            : DateTimeOffset.UtcNow + UnknownLife);
    }
}
