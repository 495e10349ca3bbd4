namespace EventSourcing.PostgreSql;

/// <summary>A password that the server accepts until a point in time: a token of a cloud, for instance.</summary>
/// <param name="password">The password. No text of this object shows it.</param>
/// <param name="expiresOn">The time from which the server no longer accepts it.</param>
public sealed class ExpiringPassword(string password, DateTimeOffset expiresOn)
{
    /// <summary>The password.</summary>
    public string Password { get; } = password ?? throw new ArgumentNullException(nameof(password));

    /// <summary>The time from which the server no longer accepts it.</summary>
    public DateTimeOffset ExpiresOn { get; } = expiresOn;

    /// <summary>Returns a text without the password.</summary>
    public override string ToString() => $"A password until {ExpiresOn:O}";
}
