using System.Data.Common;
using System.Globalization;
using Npgsql;

namespace EventSourcing.PostgreSql;

/// <summary>Where a database is and how it is used, from a URL or an Npgsql connection string. Nothing is connected.</summary>
/// <param name="Connection">What Npgsql is told for every connection.</param>
internal sealed record PostgreSqlAddress(NpgsqlConnectionStringBuilder Connection)
{
    private const int LeastPoolSize = 4;

    /// <summary>How long a save waits for the lock of another process.</summary>
    internal TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long making a connection may take: a part of a save's time, so that another one can be tried.</summary>
    internal TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(7);

    /// <summary>Whether there is a pgbouncer in between, which shares connections: no prepared statements, no listening.</summary>
    internal bool IsPooledByServer { get; init; }

    /// <summary>Where to listen, when it is somewhere else: behind a pgbouncer, the server itself.</summary>
    internal string? ListenHost { get; init; }

    /// <summary>The port there.</summary>
    internal int ListenPort { get; init; }

    /// <summary>Whether a server is accepted that may lose what it has acknowledged.</summary>
    internal bool AllowsUnsafeSettings { get; init; }

    internal static PostgreSqlAddress Parse(string url, EventStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(url);
        var address = new PostgreSqlAddress(new NpgsqlConnectionStringBuilder()).WithOptions(options);
        try
        {
            address = url.Contains("://", StringComparison.Ordinal) && !url.AsSpan(0, url.IndexOf("://", StringComparison.Ordinal)).Contains('=')
                ? PostgreSqlUrl.Apply(url, address)
                : address.WithConnectionString(url);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidCastException or OverflowException or NotSupportedException)
        {
            // The driver's message may repeat a part of the text, which may be a password: it is not passed on.
            throw Wrong("an option isn't known, or its value isn't one that it can have");
        }

        return address.Completed();
    }

    /// <summary>The options that a user's own data source leaves to say.</summary>
    internal PostgreSqlAddress WithOptions(EventStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.BusyTimeout < TimeSpan.Zero || options.BusyTimeout.TotalMilliseconds > int.MaxValue)
        {
            throw Wrong("EventStoreOptions.BusyTimeout must be between zero and 24 days");
        }

        if (options.SaveTimeout < TimeSpan.FromSeconds(1) || options.SaveTimeout.TotalMilliseconds > int.MaxValue)
        {
            throw Wrong("EventStoreOptions.SaveTimeout must be between 1 second and 24 days");
        }

        return this with { BusyTimeout = options.BusyTimeout, ConnectTimeout = options.SaveTimeout / 4 };
    }

    /// <summary>One of the library's own options, which URLs and connection strings share; false when it is none.</summary>
    internal bool TryOption(string name, string value, out PostgreSqlAddress address)
    {
        address = this;
        switch (name)
        {
            case "busy_timeout":
                address = this with { BusyTimeout = TimeSpan.FromMilliseconds(Number(value, 0, int.MaxValue)) };
                return true;
            case "pgbouncer":
                address = this with { IsPooledByServer = Flag(value) };
                return true;
            case "allow_unsafe_settings":
                address = this with { AllowsUnsafeSettings = Flag(value) };
                return true;
            case "listen":
                var colon = value.LastIndexOf(':');
                var hasPort = colon > 0 && !value.EndsWith(']');
                address = this with
                {
                    ListenHost = (hasPort ? value[..colon] : value).Trim('[', ']'),
                    ListenPort = hasPort ? Number(value[(colon + 1)..], 1, ushort.MaxValue) : NpgsqlConnection.DefaultPort,
                };
                return address.ListenHost.Length > 0 ? true : throw new FormatException();
            default:
                return false;
        }
    }

    /// <summary>A limit for waiting as the server takes it: milliseconds, and at least 1, as 0 would mean none.</summary>
    internal static string LockTimeout(TimeSpan timeout) => Math.Max(1, (long)timeout.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);

    internal static void ThrowIfMultiplexing(NpgsqlConnectionStringBuilder connection)
    {
        if (connection.Multiplexing)
        {
            throw Wrong("with multiplexing there is no connection that the writer could call its own");
        }
    }

    /// <summary>Refuses a data source of the user's that can't serve a store.</summary>
    internal static void ThrowIfUnfit(NpgsqlConnectionStringBuilder connection)
    {
        ThrowIfMultiplexing(connection);
        if (connection.Pooling && connection.MaxPoolSize < LeastPoolSize)
        {
            throw new StoreConfigurationException(
                $"The data source has a pool of {connection.MaxPoolSize}. A store needs {LeastPoolSize} connections at least: " +
                "one that writes, one that listens, one to read with, and one for a transaction. Set Maximum Pool Size.");
        }
    }

    /// <summary>What has to be so for every connection that the library makes.</summary>
    internal static void Secure(NpgsqlConnectionStringBuilder connection)
    {
        // A save must not land in a transaction of another owner, and no message may tell a value or a password.
        connection.Enlist = false;
        connection.PersistSecurityInfo = false;
        connection.IncludeErrorDetail = false;
        connection.IncludeFailedBatchedCommand = false;
        connection.LogParameters = false;
        // Statements are prepared by us.
        connection.MaxAutoPrepare = 0;
        if (connection is { TcpKeepAlive: false, TcpKeepAliveTime: 0 })
        {
            // A connection whose other end has gone is noticed within half a minute, not within two hours.
            (connection.TcpKeepAlive, connection.TcpKeepAliveTime, connection.TcpKeepAliveInterval) = (true, 15, 5);
        }
    }

    internal static int Number(string value, int least, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new FormatException();

    internal static StoreConfigurationException Wrong(string what) => new(
        $"The address of the PostgreSQL database can't be used: {what}. " +
        "Examples: postgresql://user:password@host:5432/database?sslmode=verify-full, Host=localhost;Database=school;Username=school.");

    /// <summary>The driver would look for a host of any name, and repeat it in its messages: it may be a password behind which the @ is missing.</summary>
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
            throw Wrong("a host is neither a name nor an address. Between a password and the host stands an '@'");
        }

        if (hasPort && !(int.TryParse(host.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= ushort.MaxValue))
        {
            throw Wrong("a port isn't a number from 1 to 65535. Between a password and the host stands an '@'");
        }
    }

    private static bool Flag(string value) => value switch
    {
        "true" or "1" or "on" => true,
        "false" or "0" or "off" => false,
        _ => throw new FormatException(),
    };

    private PostgreSqlAddress WithConnectionString(string text)
    {
        // Our own keywords first, as Npgsql refuses what it doesn't know.
        var given = new DbConnectionStringBuilder { ConnectionString = text };
        var address = this;
        foreach (var keyword in given.Keys.Cast<string>().ToList())
        {
            if (address.TryOption(keyword.Replace(' ', '_').ToLowerInvariant(), Convert.ToString(given[keyword], CultureInfo.InvariantCulture) ?? "", out address))
            {
                given.Remove(keyword);
            }
        }

        return address with { Connection = new NpgsqlConnectionStringBuilder(given.ConnectionString) };
    }

    /// <summary>What has to be so, whatever was said.</summary>
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

        ThrowIfMultiplexing(Connection);
        Secure(Connection);
        // Nothing of a session is changed that would have to be reset.
        Connection.NoResetOnClose = true;
        Connection.Pooling = true;
        Connection.ApplicationName ??= "EventSourcing.Generated";
        // In whole seconds; 0 would mean no limit. While it negotiates encryption, Npgsql listens to nothing else.
        var limit = (int)Math.Clamp(ConnectTimeout.TotalSeconds, 1, 1024);
        Connection.Timeout = Connection.Timeout == 0 ? limit : Math.Min(Connection.Timeout, limit);

        // A caller that cancels a read must not wait for a server that says nothing.
        Connection.CancellationTimeout = Connection.CancellationTimeout is 0 or > 500 ? 500 : Connection.CancellationTimeout;

        if (Connection.Host.Contains(',', StringComparison.Ordinal))
        {
            // Of several servers the one that takes writes; after a failover the new one is looked for at once.
            Connection.TargetSessionAttributes ??= "primary";
            Connection.HostRecheckSeconds = Math.Min(Connection.HostRecheckSeconds, 1);
        }

        return this;
    }
}
