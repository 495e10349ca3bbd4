using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using EventSourcing;
using Npgsql;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>Every case of the contract through a pgbouncer that hands out connections for a transaction each.</summary>
public sealed class PgBouncerTests(PgBouncer pgBouncer) : IClassFixture<PgBouncer>
{
    public static TheoryData<string> Cases => [.. ContractCase.All.Select(c => c.Name)];

    [Theory, MemberData(nameof(Cases))]
    public async Task Contract(string name)
    {
        await using var fixture = new Fixture(pgBouncer);
        await ContractCase.All.Single(c => c.Name == name).Run(fixture).WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Saves_go_through_it_and_only_listening_goes_around()
    {
        var token = TestContext.Current.CancellationToken;
        await using var fixture = new Fixture(pgBouncer);
        await using var application = await GuidApplication.OpenAsync(fixture.Url, new() { PollingInterval = TimeSpan.FromMinutes(1) }, token);
        await using var subscription = application.NotificationLog.SubscribeAsync(cancellationToken: token).GetAsyncEnumerator(token);
        var next = subscription.MoveNextAsync().AsTask();
        for (var i = 0; i < 500 && fixture.CountConnections(direct: true) == 0; i++)
            await Task.Delay(20, token);
        Assert.Equal(1, fixture.CountConnections(direct: true));

        // Another store, as in another process: only NOTIFY tells of it before the minute is over.
        await using var other = GuidApplication.Create(fixture.Url, new());
        await other.SaveAsync(new GuidThing(Guid.NewGuid(), "x"), token);
        Assert.True(await next.WaitAsync(TimeSpan.FromSeconds(20), token));
        Assert.True(fixture.CountConnections(direct: false) > 0);
    }

    private sealed class Fixture(PgBouncer pgBouncer) : PostgreSqlFixture
    {
        public override string Url =>
            $"{Database.UrlAt("127.0.0.1", pgBouncer.PortTo(Database))}?pgbouncer=true&listen={Database.Host}:{Database.Port.ToString(CultureInfo.InvariantCulture)}";

        /// <summary>Those of the store, either from pgbouncer or around it.</summary>
        public long CountConnections(bool direct) => (long)Database.Query($"""
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND (query LIKE 'LISTEN%') = {direct} AND backend_type = 'client backend'
            """)!;
    }
}

/// <summary>A pgbouncer in front of the shared server, until the tests have ended.</summary>
public sealed class PgBouncer : IDisposable
{
    private readonly string _folder = PostgreSqlBinaries.CreateFolder();
    private readonly Lock _sync = new();
    private Process? _process;
    private int _port;

    /// <summary>Where it listens; it is started for the first database.</summary>
    public int PortTo(PostgreSqlDatabase database)
    {
        lock (_sync)
        {
            if (_process is null)
                Start(database);
            return _port;
        }
    }

    public void Dispose()
    {
        if (_process is not null)
        {
            PostgreSqlBinaries.Run("/bin/sh", "-c", $"kill $(cat '{_folder}/pid')");
            _process.WaitForExit();
            _process.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private void Start(PostgreSqlDatabase database)
    {
        var program = PostgreSqlBinaries.Find("pgbouncer")
            ?? throw new InvalidOperationException("pgbouncer was not found: install it (Debian: apt-get install pgbouncer; macOS: brew install pgbouncer), or put it on PATH.");
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            _port = ((IPEndPoint)listener.LocalEndpoint).Port;
        }

        var administrator = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        File.WriteAllText(Path.Combine(_folder, "users"), $"\"{administrator.Username}\" \"{administrator.Password}\"\n");
        File.WriteAllText(Path.Combine(_folder, "ini"), $"""
            [databases]
            * = host={database.Host} port={database.Port.ToString(CultureInfo.InvariantCulture)}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {_port.ToString(CultureInfo.InvariantCulture)}
            unix_socket_dir =
            auth_type = scram-sha-256
            auth_file = {_folder}/users
            pool_mode = transaction
            default_pool_size = 3
            max_client_conn = 500
            logfile = {_folder}/log
            pidfile = {_folder}/pid

            """);
        var start = PostgreSqlBinaries.Start(program, "-q", Path.Combine(_folder, "ini"));
        _process = Process.Start(start)!;
        for (var i = 0; !CanConnect(); i++)
        {
            if (i == 500 || _process.HasExited)
                throw new InvalidOperationException($"pgbouncer doesn't start: {File.ReadAllText(Path.Combine(_folder, "log"))}");
            Thread.Sleep(20);
        }
    }

    private bool CanConnect()
    {
        try
        {
            using var client = new TcpClient("127.0.0.1", _port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
