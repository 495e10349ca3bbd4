using System.Data.Common;
using System.Globalization;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>The place of a database and how it is used, from a URL or an Npgsql connection string. Nothing is connected.</summary>
/// <param name="Connection">The settings of Npgsql for every connection.</param>
internal sealed record PostgreSqlAddress(NpgsqlConnectionStringBuilder Connection)
{
    public const string Escaping = "In a URL, an '@' separates the password from the host, and '/', '?' and '#' in a name or password are written as %2F, %3F and %23";

    private const int LeastPoolSize = 4;

    /// <summary>How long a save waits for the lock of another process.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long it may take to open a connection: a part of a save's time, so that another one can be tried.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(7);

    /// <summary>Whether there is a pgbouncer in between, which shares connections: no prepared statements, no listening.</summary>
    public bool IsPooledByServer { get; init; }

    /// <summary>The host to listen at, if it is another one: behind a pgbouncer, the server itself.</summary>
    public string? ListenHost { get; init; }

    /// <summary>The port of <see cref="ListenHost"/>.</summary>
    public int ListenPort { get; init; }

    /// <summary>Whether to accept a server that may lose acknowledged commits.</summary>
    public bool AllowsUnsafeSettings { get; init; }

    public static PostgreSqlAddress Parse(string url, EventStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(url);
        var address = new PostgreSqlAddress(new NpgsqlConnectionStringBuilder()).WithOptions(options);
        try
        {
            address = url.Contains("://", StringComparison.Ordinal) && !url.AsSpan(0, url.IndexOf("://", StringComparison.Ordinal)).Contains('=')
                ? PostgreSqlUrl.Apply(url, address)
                : address.WithConnectionString(url);
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            throw Wrong("it is neither a URL nor a list of keywords with values, separated by ';'");
        }

        return address.Completed();
    }

    /// <summary>Returns the address with the options that a user's own data source doesn't set.</summary>
    public PostgreSqlAddress WithOptions(EventStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return this with { LockTimeout = options.LockTimeout, ConnectTimeout = options.SaveTimeout / 4 };
    }

    /// <summary>Reads one of the library's own options, which URLs and connection strings share; false if it is none.</summary>
    public bool TryOption(string name, string value, out PostgreSqlAddress address)
    {
        address = this;
        switch (name)
        {
            case "busy_timeout":
                address = this with { LockTimeout = TimeSpan.FromMilliseconds(Number(name, value, 0, int.MaxValue)) };
                return true;
            case "pgbouncer":
                address = this with { IsPooledByServer = Flag(name, value) };
                return true;
            case "allow_unsafe_settings":
                address = this with { AllowsUnsafeSettings = Flag(name, value) };
                return true;
            case "listen":
                var colon = value.LastIndexOf(':');
                var hasPort = colon > 0 && !value.EndsWith(']');
                address = this with
                {
                    ListenHost = (hasPort ? value[..colon] : value).Trim('[', ']'),
                    ListenPort = hasPort ? Number(name, value[(colon + 1)..], 1, ushort.MaxValue) : NpgsqlConnection.DefaultPort,
                };
                return address.ListenHost.Length > 0 ? true : throw Wrong("the option listen has no host");
            default:
                return false;
        }
    }

    /// <summary>Formats a lock timeout for the server: in milliseconds, and at least 1, because 0 would mean no limit.</summary>
    public static string ToLockTimeout(TimeSpan timeout) => Math.Max(1, (long)timeout.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);

    public static void ThrowIfMultiplexing(NpgsqlConnectionStringBuilder connection)
    {
        if (connection.Multiplexing)
        {
            throw Wrong("the writer needs its own connection, which multiplexing doesn't provide");
        }
    }

    /// <summary>Refuses a data source of the user's that can't serve a store.</summary>
    public static void ThrowIfUnfit(NpgsqlConnectionStringBuilder connection)
    {
        ThrowIfMultiplexing(connection);
        if (connection.Pooling && connection.MaxPoolSize < LeastPoolSize)
        {
            throw new StoreConfigurationException(
                $"The data source has a pool of {connection.MaxPoolSize}. A store needs at least {LeastPoolSize} connections: " +
                "one to write, one to listen, one to read, and one for a transaction. Set Maximum Pool Size.");
        }
    }

    /// <summary>Sets the options that every connection of the library must have.</summary>
    public static void Secure(NpgsqlConnectionStringBuilder connection)
    {
        // A save must not land in a transaction of another owner, and no message may contain a value or a password.
        connection.Enlist = false;
        connection.PersistSecurityInfo = false;
        connection.IncludeErrorDetail = false;
        connection.IncludeFailedBatchedCommand = false;
        connection.LogParameters = false;
        // The library prepares its statements itself.
        connection.MaxAutoPrepare = 0;
        if (connection is { TcpKeepAlive: false, TcpKeepAliveTime: 0 })
        {
            // If the other end of a connection is gone, this is noticed within half a minute, not within two hours.
            (connection.TcpKeepAlive, connection.TcpKeepAliveTime, connection.TcpKeepAliveInterval) = (true, 15, 5);
        }
    }

    /// <param name="name">The name of a known option: a name that a user wrote may be a part of a password.</param>
    /// <param name="value">The text.</param>
    /// <param name="least">The smallest allowed number.</param>
    /// <param name="most">The greatest allowed number.</param>
    public static int Number(string name, string value, int least, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw Wrong(string.Create(CultureInfo.InvariantCulture, $"the option {name} isn't a number from {least} to {most}"));

    /// <summary>
    /// Whether the driver refused a name or a value. Its message may contain a part of the text, perhaps a password, so it is not passed on.
    /// </summary>
    public static bool IsRefusal(Exception exception) =>
        exception is ArgumentException or FormatException or InvalidCastException or OverflowException or NotSupportedException;

    /// <param name="name">The name of a known option.</param>
    public static StoreConfigurationException WrongValue(string name) => Wrong($"the value of the option {name} isn't valid");

    public static StoreConfigurationException Wrong(string what) => new(
        $"The address of the PostgreSQL database can't be used: {what}. " +
        "Examples: postgresql://user:password@host:5432/database?sslmode=verify-full, Host=localhost;Database=school;Username=school.");

    /// <summary>
    /// Refuses a name that can't be a host. The driver would look it up and show it in messages, but it may be a password without the @ after
    /// it.
    /// </summary>
    private static void ThrowIfNoHost(string host)
    {
        // The folder of a socket.
        if (host.StartsWith('/') && !host.Any(char.IsControl))
        {
            return;
        }

        var colon = host.EndsWith(']') ? -1 : host.LastIndexOf(':');
        var hasPort = colon >= 0 && (host.IndexOf(':', StringComparison.Ordinal) == colon || host[colon - 1] == ']');
        var name = hasPort ? host[..colon] : host;
        var isName = name.Length is > 0 and < 256 && name.Any(char.IsLetterOrDigit) && name.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.');
        var isAddress = name.Contains(':', StringComparison.Ordinal) && System.Net.IPAddress.TryParse(name.Trim('[', ']'), out _);
        if (!isName && !isAddress)
        {
            throw Wrong("a host is neither a name nor an address. " + Escaping);
        }

        if (hasPort && !(int.TryParse(host.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= ushort.MaxValue))
        {
            throw Wrong("a port isn't a number from 1 to 65535. " + Escaping);
        }
    }

    private static bool Flag(string name, string value) => value switch
    {
        "true" or "1" or "on" => true,
        "false" or "0" or "off" => false,
        _ => throw Wrong($"the option {name} is neither true nor false"),
    };

    private PostgreSqlAddress WithConnectionString(string text)
    {
        // The library's own keywords first, because Npgsql refuses unknown ones.
        var given = new DbConnectionStringBuilder { ConnectionString = text };
        var address = this;
        foreach (var keyword in given.Keys.Cast<string>().ToList())
        {
            if (address.TryOption(keyword.Replace(' ', '_').ToLowerInvariant(), Convert.ToString(given[keyword], CultureInfo.InvariantCulture) ?? "", out address))
            {
                given.Remove(keyword);
            }
        }

        var connection = new NpgsqlConnectionStringBuilder();
        foreach (var keyword in given.Keys.Cast<string>())
        {
            // Only a name that Npgsql knows is shown.
            var isKnown = connection.ContainsKey(keyword);
            try
            {
                connection[keyword] = given[keyword];
            }
            catch (Exception exception) when (IsRefusal(exception))
            {
                throw isKnown ? WrongValue(keyword) : Wrong("it has a keyword that Npgsql doesn't support. Enclose a value that contains ';' in quotation marks");
            }
        }

        return address with { Connection = connection };
    }

    /// <summary>Completes the address with required settings, whatever was given.</summary>
    private PostgreSqlAddress Completed()
    {
        if (string.IsNullOrEmpty(Connection.Host))
        {
            throw Wrong("the host is missing");
        }

        foreach (var host in Connection.Host.Split(',').Concat(ListenHost?.Split(',') ?? []))
        {
            ThrowIfNoHost(host.Trim());
        }

        if (Connection.Port > ushort.MaxValue)
        {
            // The driver accepts it, and fails when it connects.
            throw Wrong("the port isn't a number from 1 to 65535");
        }

        ThrowIfMultiplexing(Connection);
        Secure(Connection);
        // No setting of a session is changed, so nothing has to be reset.
        Connection.NoResetOnClose = true;
        Connection.Pooling = true;
        Connection.ApplicationName ??= "EventSourcing.Generated";
        // In whole seconds; 0 would mean no limit. While it negotiates encryption, Npgsql reacts to nothing else.
        var limit = (int)Math.Clamp(ConnectTimeout.TotalSeconds, 1, 1024);
        Connection.Timeout = Connection.Timeout == 0 ? limit : Math.Min(Connection.Timeout, limit);

        // A caller that cancels a read must not wait for a server that doesn't answer.
        Connection.CancellationTimeout = Connection.CancellationTimeout is 0 or > 500 ? 500 : Connection.CancellationTimeout;

        if (Connection.Host.Contains(',', StringComparison.Ordinal))
        {
            // Of several servers, the one that accepts writes; after a failover the new one is looked for at once.
            Connection.TargetSessionAttributes ??= "primary";
            Connection.HostRecheckSeconds = Math.Min(Connection.HostRecheckSeconds, 1);
        }

        return this;
    }
}
