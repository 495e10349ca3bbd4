using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using EventSourcing;
using Npgsql;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>Every case of the contract through a pgbouncer in transaction pooling mode.</summary>
public sealed class PgBouncerTests(PgBouncer pgBouncer, ITestOutputHelper output) : IClassFixture<PgBouncer>
{
    public static TheoryData<string> Cases => [.. ContractCase.All.Select(c => c.Name)];

    [Theory, MemberData(nameof(Cases))]
    public async Task Contract(string name)
    {
        try
        {
            await RunAsync(name);
        }
        catch (Exception exception) when (pgBouncer.Ending is { } ending)
        {
            // Version 1.18 sometimes ends by itself. Then the case can't be run, and all later ones can't either, so it is started again.
            output.WriteLine($"pgbouncer has ended by itself, {ending}, and the case failed: {exception.Message}");
            await RunAsync(name);
        }
    }

    private async Task RunAsync(string name)
    {
        await using var fixture = new Fixture(pgBouncer);
        await ContractCase.All.Single(c => c.Name == name).Run(fixture).WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Saves_go_through_it_and_only_listening_bypasses_it()
    {
        var token = TestContext.Current.CancellationToken;
        await using var fixture = new Fixture(pgBouncer);
        await using var application = await GuidApplication.OpenAsync(fixture.Url, new() { PollingInterval = TimeSpan.FromMinutes(1) }, token);
        await using var subscription = application.NotificationLog.SubscribeAsync(cancellationToken: token).GetAsyncEnumerator(token);
        var next = subscription.MoveNextAsync().AsTask();
        for (var i = 0; i < 500 && fixture.CountConnections(direct: true) == 0; i++)
        {
            await Task.Delay(20, token);
        }

        Assert.Equal(1, fixture.CountConnections(direct: true));

        // Another store, as in another process: before the minute is over, only NOTIFY can announce its save.
        await using var other = GuidApplication.Create(fixture.Url, new());
        await other.SaveAsync(new GuidThing(Guid.NewGuid(), "x"), token);
        Assert.True(await next.WaitAsync(TimeSpan.FromSeconds(20), token));
        Assert.True(fixture.CountConnections(direct: false) > 0);
    }

    [Fact]
    public async Task An_address_that_does_not_mention_it_is_refused()
    {
        var token = TestContext.Current.CancellationToken;
        await using var fixture = new Fixture(pgBouncer);
        await using (var recorder = GeneratedRecorders.WithGuidsAt(fixture.ForgetfulUrl))
        {
            foreach (var open in new Func<Task>[] { () => recorder.OpenAsync(token).AsTask(), () => recorder.InsertEventsAsync(Make.Events(Guid.NewGuid(), 1, 1)).AsTask() })
            {
                Assert.Contains("pgbouncer=true", (await Assert.ThrowsAsync<StoreConfigurationException>(open)).Message, StringComparison.Ordinal);
            }
        }

        Assert.Equal(0L, fixture.Ask("SELECT count(*) FROM pg_tables WHERE tablename = 'contract_events'"));
    }

    [Fact]
    public async Task With_an_address_that_leads_to_it_later_nothing_is_written_and_nothing_is_set()
    {
        var token = TestContext.Current.CancellationToken;
        await using var fixture = new Fixture(pgBouncer);
        using var address = new AddressSwitch(fixture.ServerPort);
        await using var recorder = GeneratedRecorders.WithGuidsAt(fixture.UrlAt(address.Port), new() { SaveTimeout = TimeSpan.FromSeconds(5) });
        await recorder.InsertEventsAsync(Make.Events(Guid.NewGuid(), 1, 1), true, token);
        address.LeadTo(fixture.PoolerPort);
        await Record.ExceptionAsync(() => recorder.InsertEventsAsync(Make.Events(Guid.NewGuid(), 1, 1), true, token).AsTask());
        await Assert.ThrowsAsync<StoreConfigurationException>(() => recorder.InsertEventsAsync(Make.Events(Guid.NewGuid(), 1, 1), true, token).AsTask());
        Assert.Equal(1L, fixture.Ask("SELECT count(*) FROM contract_events"));
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal("auto on 0", fixture.AskPooler("SELECT current_setting('plan_cache_mode') || ' ' || current_setting('enable_seqscan') || ' ' || current_setting('lock_timeout')"));
        }
    }

    [Fact]
    public async Task A_data_source_need_not_mention_it()
    {
        var token = TestContext.Current.CancellationToken;
        await using var fixture = new Fixture(pgBouncer);
        await using var dataSource = NpgsqlDataSource.Create(fixture.PoolerConnectionString + ";No Reset On Close=true");
        await using var one = await GuidApplication.OpenAsync(dataSource, new() { PollingInterval = TimeSpan.FromMilliseconds(100) }, token);
        await using var other = await TextApplication.OpenAsync(dataSource, cancellationToken: token);
        await using var subscription = one.NotificationLog.SubscribeAsync(cancellationToken: token).GetAsyncEnumerator(token);
        var next = subscription.MoveNextAsync().AsTask();
        await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
        {
            await one.SaveAsync(new GuidThing(Guid.NewGuid(), "x"), token);
            await other.SaveAsync(new TextThing($"{i}", "x"), token);
            await one.Recorder.InTransactionAsync(async _ => await one.SaveAsync(new GuidThing(Guid.NewGuid(), "y"), token), cancellationToken: token);
        }));
        Assert.True(await next);
        Assert.Equal((400L, 200L), (fixture.Ask("SELECT count(*) FROM contract_events"), fixture.Ask("SELECT count(*) FROM contracttext_events")));
        Assert.Equal("auto on 0", fixture.AskPooler("SELECT current_setting('plan_cache_mode') || ' ' || current_setting('enable_seqscan') || ' ' || current_setting('lock_timeout')"));
        Assert.Equal(0L, fixture.Ask("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()"));
    }

    private sealed class Fixture(PgBouncer pgBouncer) : PostgreSqlFixture
    {
        public int ServerPort => Database.Port;

        public int PoolerPort => pgBouncer.PortTo(Database);

        public string ForgetfulUrl => UrlAt(PoolerPort);

        public string PoolerConnectionString =>
            new NpgsqlConnectionStringBuilder(Database.ConnectionString) { Host = "127.0.0.1", Port = PoolerPort }.ConnectionString;

        public string UrlAt(int port) => Database.UrlAt("127.0.0.1", port);

        public object? Ask(string sql) => Database.Query(sql);

        public object? AskPooler(string sql)
        {
            using var connection = new NpgsqlConnection(PoolerConnectionString + ";Pooling=false");
            connection.Open();
            using var command = new NpgsqlCommand(sql, connection);
            return command.ExecuteScalar();
        }

        public override string Url =>
            $"{Database.UrlAt("127.0.0.1", pgBouncer.PortTo(Database))}?pgbouncer=true&listen={Database.Host}:{Database.Port.ToString(CultureInfo.InvariantCulture)}";

        /// <summary>The connections of the store, either from pgbouncer or around it.</summary>
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

    /// <summary>Its exit code and the end of its log, if it has ended by itself; null as long as it runs.</summary>
    public string? Ending
    {
        get
        {
            lock (_sync)
            {
                return _process is { HasExited: true } ended
                    ? $"exit code {ended.ExitCode}, log: {string.Join(" / ", File.ReadLines(Path.Combine(_folder, "log")).TakeLast(5))}"
                    : null;
            }
        }
    }

    /// <summary>The port for a database; pgbouncer is started for the first one, and again after it has ended by itself.</summary>
    public int PortTo(PostgreSqlDatabase database)
    {
        lock (_sync)
        {
            if (_process is null or { HasExited: true })
            {
                _process?.Dispose();
                File.Delete(Path.Combine(_folder, "pid"));
                Start(database);
            }

            return _port;
        }
    }

    public void Dispose()
    {
        if (_process is { HasExited: false })
        {
            PostgreSqlBinaries.Run("/bin/sh", "-c", $"kill $(cat '{_folder}/pid')");
            _process.WaitForExit();
        }

        _process?.Dispose();

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
            {
                throw new InvalidOperationException($"pgbouncer doesn't start: {File.ReadAllText(Path.Combine(_folder, "log"))}");
            }

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
