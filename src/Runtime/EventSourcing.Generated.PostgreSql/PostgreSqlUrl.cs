using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>
/// Reads a connection URL as PostgreSQL's own tools write it (PostgreSQL documentation, "Connection URIs"):
/// <c>postgresql://user:password@host:port,host:port/database?option=value</c>.
/// </summary>
internal static class PostgreSqlUrl
{
    /// <exception cref="FormatException">It is none; also <see cref="ArgumentException"/> for a value that Npgsql refuses.</exception>
    internal static PostgreSqlAddress Apply(string url, PostgreSqlAddress address)
    {
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
            throw PostgreSqlAddress.Wrong("write '/' in a name or password as %2F, and '@' in the name of a database as %40");
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
                throw PostgreSqlAddress.Wrong("an option has no value or is given twice");
            }

            if (!address.TryOption(name, Decode(value), out address))
            {
                Set(connection, name, Decode(value));
            }
        }

        connection.Host ??= "localhost";
        return address;
    }

    private static void SetHosts(NpgsqlConnectionStringBuilder connection, string hosts)
    {
        // Npgsql knows a port for each of several hosts, but wants that of a single one by itself.
        var list = hosts.Split(',').Select(Decode).ToList();
        var single = list.Count == 1 ? list[0] : null;
        var colon = single?.LastIndexOf(':') ?? -1;
        if (single is not null && colon >= 0 && !single.EndsWith(']') && !single.StartsWith('/'))
        {
            connection.Port = PostgreSqlAddress.Number(single[(colon + 1)..], 1, ushort.MaxValue);
            single = single[..colon];
        }

        connection.Host = single is null ? string.Join(',', list) : NullIfEmpty(single.Trim('[', ']'));
    }

    private static void Set(NpgsqlConnectionStringBuilder connection, string name, string value)
    {
        switch (name)
        {
            case "host":
                connection.Host = value;
                break;
            case "port":
                connection.Port = PostgreSqlAddress.Number(value, 1, ushort.MaxValue);
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
                connection.SslMode = Enum.Parse<SslMode>(value.Replace("-", "", StringComparison.Ordinal), ignoreCase: true);
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
                connection.ChannelBinding = Enum.Parse<ChannelBinding>(value, ignoreCase: true);
                break;
            case "passfile":
                connection.Passfile = value;
                break;
            case "connect_timeout":
                connection.Timeout = PostgreSqlAddress.Number(value, 1, 1024);
                break;
            case "application_name":
                connection.ApplicationName = value;
                break;
            case "target_session_attrs":
                connection.TargetSessionAttributes = value;
                break;
            case "keepalives_idle":
                connection.TcpKeepAlive = true;
                connection.TcpKeepAliveTime = PostgreSqlAddress.Number(value, 1, 7200);
                break;
            case "options":
                connection.Options = value;
                break;
            case "max_pool_size":
                connection.MaxPoolSize = PostgreSqlAddress.Number(value, 1, 10_000);
                break;
            default:
                throw PostgreSqlAddress.Wrong(
                    "of the options of a URL, only host, port, dbname, user, password, sslmode, sslrootcert, sslcert, sslkey, sslpassword, " +
                    "channel_binding, passfile, connect_timeout, application_name, target_session_attrs, keepalives_idle, options, " +
                    "max_pool_size, busy_timeout, pgbouncer, listen and allow_unsafe_settings are supported");
        }
    }

    private static (string Before, string? After) Split(string text, char separator)
    {
        var index = text.IndexOf(separator, StringComparison.Ordinal);
        return index < 0 ? (text, null) : (text[..index], text[(index + 1)..]);
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    private static string Decode(string text) => Uri.UnescapeDataString(text);
}
