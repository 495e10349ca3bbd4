using System.Globalization;
using EventSourcing.CompilerServices;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>
/// Reads a connection URL as PostgreSQL's own tools write it (PostgreSQL documentation, "Connection URIs"):
/// <c>postgresql://user:password@host:port,host:port/database?option=value</c>.
/// </summary>
internal static class PostgreSqlUrl
{
    /// <summary>The schemes of URLs.</summary>
    public static readonly string[] Schemes = ["postgresql", "postgres"];

    /// <exception cref="StoreConfigurationException">It isn't a URL, or has an unknown option or value.</exception>
    public static PostgreSqlAddress Apply(string url, PostgreSqlAddress address)
    {
        if (!StoreUrl.IsOf(url, Schemes, []))
        {
            throw PostgreSqlAddress.Wrong("its scheme is neither postgresql nor postgres");
        }

        var rest = url[(url.IndexOf("://", StringComparison.Ordinal) + 3)..];
        if (rest.Contains('#', StringComparison.Ordinal))
        {
            throw PostgreSqlAddress.Wrong("write '#' in a name or password as %23");
        }

        var (beforeQuery, query) = Split(rest, '?');
        var (authority, database) = Split(beforeQuery, '/');
        var at = authority.LastIndexOf('@');
        var connection = address.Connection;
        if (at >= 0)
        {
            var (user, password) = Split(authority[..at], ':');
            connection.Username = NullIfEmpty(Decode(user));
            connection.Password = password is null ? null : Decode(password);
        }

        if (authority[(at + 1)..] is { Length: > 0 } hosts)
        {
            SetHosts(connection, hosts);
        }

        if (database?.Contains('@', StringComparison.Ordinal) == true)
        {
            throw PostgreSqlAddress.Wrong("write '/' in a name or password as %2F, '?' as %3F, and '@' in the name of a database as %40");
        }

        if (!string.IsNullOrEmpty(database))
        {
            connection.Database = Decode(database);
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var option in query?.Split('&') ?? [])
        {
            var (name, value) = Split(option, '=');
            if (value is null || !seen.Add(name))
            {
                throw PostgreSqlAddress.Wrong("an option has no value or occurs twice. " + PostgreSqlAddress.Escaping);
            }

            try
            {
                if (!address.TryOption(name, Decode(value), out address))
                {
                    Set(connection, name, Decode(value));
                }
            }
            catch (Exception exception) when (PostgreSqlAddress.IsRefusal(exception))
            {
                // An unknown name was refused before.
                throw PostgreSqlAddress.WrongValue(name);
            }
        }

        connection.Host ??= "localhost";
        return address;
    }

    private static void SetHosts(NpgsqlConnectionStringBuilder connection, string hosts)
    {
        // Npgsql accepts a port for each of several hosts, but needs that of a single host separately.
        var list = hosts.Split(',').Select(Decode).ToList();
        var single = list.Count == 1 ? list[0] : null;
        if (single is not null && !single.EndsWith(']'))
        {
            // A colon in the name of a socket's folder is written as %3A.
            var isFolder = single.StartsWith('/');
            var text = isFolder ? hosts : single;
            if (text.LastIndexOf(':') is >= 0 and var colon)
            {
                SetPort(connection, Decode(text[(colon + 1)..]));
                single = isFolder ? Decode(text[..colon]) : text[..colon];
            }
        }

        connection.Host = single is null ? string.Join(',', list) : NullIfEmpty(single.Trim('[', ']'));
    }

    private static void SetPort(NpgsqlConnectionStringBuilder connection, string text) => connection.Port =
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= ushort.MaxValue
            ? port
            : throw PostgreSqlAddress.Wrong("the port isn't a number from 1 to 65535. " + PostgreSqlAddress.Escaping);

    private static void Set(NpgsqlConnectionStringBuilder connection, string name, string value)
    {
        switch (name)
        {
            case "host":
                connection.Host = value;
                break;
            case "port":
                SetPort(connection, value);
                break;
            case "dbname":
                connection.Database = value;
                break;
            case "user":
                connection.Username = value;
                break;
            case "password":
                connection.Password = value;
                break;
            case "sslmode":
                connection.SslMode = OneOf<SslMode>(value.Replace("-", "", StringComparison.Ordinal));
                break;
            case "sslrootcert":
                connection.RootCertificate = value;
                break;
            case "sslcert":
                connection.SslCertificate = value;
                break;
            case "sslkey":
                connection.SslKey = value;
                break;
            case "sslpassword":
                connection.SslPassword = value;
                break;
            case "channel_binding":
                connection.ChannelBinding = OneOf<ChannelBinding>(value);
                break;
            case "passfile":
                connection.Passfile = value;
                break;
            case "connect_timeout":
                connection.Timeout = PostgreSqlAddress.Number(name, value, 1, 1024);
                break;
            case "application_name":
                connection.ApplicationName = value;
                break;
            case "target_session_attrs":
                connection.TargetSessionAttributes = value;
                break;
            case "keepalives_idle":
                connection.TcpKeepAlive = true;
                connection.TcpKeepAliveTime = PostgreSqlAddress.Number(name, value, 1, 7200);
                break;
            case "options":
                connection.Options = value;
                break;
            case "max_pool_size":
                connection.MaxPoolSize = PostgreSqlAddress.Number(name, value, 1, 10_000);
                break;
            default:
                throw PostgreSqlAddress.Wrong(
                    "of the options of a URL, only host, port, dbname, user, password, sslmode, sslrootcert, sslcert, sslkey, sslpassword, " +
                    "channel_binding, passfile, connect_timeout, application_name, target_session_attrs, keepalives_idle, options, " +
                    "max_pool_size, busy_timeout, pgbouncer, listen and allow_unsafe_settings are supported. " + PostgreSqlAddress.Escaping);
        }
    }

    private static (string Before, string? After) Split(string text, char separator)
    {
        var index = text.IndexOf(separator, StringComparison.Ordinal);
        return index < 0 ? (text, null) : (text[..index], text[(index + 1)..]);
    }

    /// <summary>Reads a name of an enum. A number would be accepted as a value, too.</summary>
    private static T OneOf<T>(string value)
        where T : struct, Enum =>
        Enum.TryParse<T>(value, ignoreCase: true, out var result) && char.IsLetter(value[0]) && Enum.IsDefined(result) ? result : throw new FormatException();

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    private static string Decode(string text) => Uri.UnescapeDataString(text);
}
