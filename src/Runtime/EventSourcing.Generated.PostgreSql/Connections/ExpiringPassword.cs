namespace EventSourcing.PostgreSql;

/// <summary>A password that the server takes until a moment: a token of a cloud, for instance.</summary>
/// <param name="password">The password. No text of this object shows it.</param>
/// <param name="expiresOn">When the server doesn't take it any more.</param>
public sealed class ExpiringPassword(string password, DateTimeOffset expiresOn)
{
    /// <summary>The password.</summary>
    public string Password { get; } = password ?? throw new ArgumentNullException(nameof(password));

    /// <summary>When the server doesn't take it any more.</summary>
    public DateTimeOffset ExpiresOn { get; } = expiresOn;

    /// <summary>Without the password.</summary>
    public override string ToString() => $"A password until {ExpiresOn:O}";
}
