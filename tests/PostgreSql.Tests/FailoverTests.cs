using System.Collections.Concurrent;
using System.Diagnostics;
using EventSourcing;
using Npgsql;
using Recorders.Contract;
using Xunit;
using static PostgreSql.Tests.Waiting;

namespace PostgreSql.Tests;

/// <summary>The primary is killed while writers and a subscription run, and its standby is promoted.</summary>
public sealed class FailoverTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("an address that moves")]
    [InlineData("both addresses")]
    [InlineData("a data source of both")]
    public async Task Failover_to_a_synchronous_standby_loses_nothing(string by)
    {
        var rounds = TestRounds.Of(1, 4);
        for (var round = 0; round < rounds; round++)
        {
            using var pair = new Pair();
            pair.Primary.Execute("ALTER SYSTEM SET synchronous_standby_names = '*'", "ALTER SYSTEM SET synchronous_commit = 'on'", "SELECT pg_reload_conf()");
            await UntilAsync(() => pair.Database.Query("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") is 1L);
            // The connection string doesn't ask for the primary.
            await using var dataSource = NpgsqlDataSource.Create(pair.UrlOfBoth);
            await using var writers = by switch
            {
                "both addresses" => new Writers(pair.UrlOfBoth),
                "a data source of both" => new Writers(GuidApplication.Create(dataSource, Writers.Options)),
                _ => new Writers(pair.Url),
            };
            await writers.RunAsync(() => pair.FailOverAsync());
            var log = pair.ReadLog();
            writers.Subscription!.Finish(log[^1].Position);
            await writers.Subscribing.WaitAsync(Patience, Token);
            List<string> violations = [.. writers.Subscription.FindViolations([.. log.Select(row => row.Position)]), .. writers.FindViolations(log, isSynchronous: true)];
            output.WriteLine($"{writers}, {violations.Count} violations, seed {TestRounds.Seed}");
            Assert.True(violations.Count == 0, string.Join("; ", violations.Take(10)));
        }
    }

    [Fact]
    public async Task Failover_to_an_asynchronous_standby_is_reported_to_a_subscription_that_has_seen_lost_events()
    {
        var rounds = TestRounds.Of(1, 10);
        for (var round = 0; round < rounds; round++)
        {
            using var pair = new Pair();
            await using var writers = new Writers(pair.Url);
            var lost = 0L;
            await writers.RunAsync(async () =>
            {
                // The standby receives nothing more, and the subscription goes on.
                pair.Replication.LeadTo(0);
                await Task.Delay(400, Token);
                var seen = pair.Database.Query("SELECT max(id) FROM contract_events");
                await UntilAsync(() => writers.Subscription!.Position >= (long)seen!);
                await pair.FailOverAsync();
                lost = (long)seen!;
            });
            var log = pair.ReadLog();
            var failure = await Assert.ThrowsAsync<PositionAheadOfStoreException>(() => writers.Subscribing.WaitAsync(Patience, Token));
            var violations = writers.FindViolations(log, isSynchronous: false);
            output.WriteLine($"{writers} up to position {lost}, subscription at {failure.Position}, {violations.Count} violations, seed {TestRounds.Seed}");
            Assert.True(violations.Count == 0, string.Join("; ", violations.Take(10)));

            // No position was assigned twice, so no subscriber misses an event.
            Assert.True(writers.Lost > 0);
            Assert.DoesNotContain(log, row => writers.Positions.TryGetValue(row.Position, out var id) && id != row.OriginatorId);
        }
    }

    /// <summary>A primary with a standby, an address that leads to the server that accepts writes, and one for the replication.</summary>
    private sealed class Pair : IDisposable
    {
        private readonly PostgreSqlServer _standby;
        private readonly AddressSwitch _address;
        private bool _hasFailedOver;

        public Pair()
        {
            Database = new PostgreSqlDatabase(Primary);
            Replication = new AddressSwitch(Primary.Port);
            _standby = new PostgreSqlServer(Primary, Replication.Port);
            _address = new AddressSwitch(Primary.Port);
        }

        public PostgreSqlServer Primary { get; } = new();

        public PostgreSqlDatabase Database { get; }

        public AddressSwitch Replication { get; }

        public string Url => Database.UrlAt("127.0.0.1", _address.Port);

        public string UrlOfBoth => new NpgsqlConnectionStringBuilder(Database.ConnectionString)
        {
            Host = FormattableString.Invariant($"127.0.0.1:{Primary.Port},127.0.0.1:{_standby.Port}"),
        }.ConnectionString;

        public async Task FailOverAsync()
        {
            Primary.Kill();
            _address.LeadTo(_standby.Port);
            await Task.Delay(500, Token);
            _standby.Promote();
            _hasFailedOver = true;
        }

        public List<Row> ReadLog()
        {
            Assert.True(_hasFailedOver);
            using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Database.ConnectionString) { Port = _standby.Port, Pooling = false }.ConnectionString);
            connection.Open();
            using var command = new NpgsqlCommand("SELECT id, originator_id, originator_version FROM contract_events ORDER BY id", connection);
            using var reader = command.ExecuteReader();
            var rows = new List<Row>();
            while (reader.Read())
            {
                rows.Add(new(reader.GetInt64(0), reader.GetGuid(1), reader.GetInt64(2)));
            }

            return rows;
        }

        public void Dispose()
        {
            _address.Dispose();
            Replication.Dispose();
            _standby.Dispose();
            Primary.Dispose();
        }
    }

    private readonly record struct Row(long Position, Guid OriginatorId, long Version);

    /// <summary>Writers that each save aggregates of their own, and record the result of each save.</summary>
    private sealed class Writers : IAsyncDisposable
    {
        private readonly GuidApplication _application;
        private readonly ConcurrentDictionary<Guid, string> _outcomes = new();
        private int _saves;

        public Writers(string url)
            : this(GuidApplication.Create(url, Options))
        {
        }

        public Writers(GuidApplication application) => _application = application;

        public static EventStoreOptions Options => new() { PollingInterval = TimeSpan.FromMilliseconds(100) };

        public SubscriptionReader? Subscription { get; private set; }

        public Task Subscribing { get; private set; } = Task.CompletedTask;

        /// <summary>The aggregate at each position that was acknowledged.</summary>
        public ConcurrentDictionary<long, Guid> Positions { get; } = new();

        public int Lost { get; private set; }

        public async Task RunAsync(Func<Task> failOver)
        {
            await _application.Recorder.OpenAsync(Token);
            Subscription = new(_application.NotificationLog);
            Subscribing = Task.Run(Subscription.RunAsync, Token);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);
            var writing = Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => WriteAsync(end.Token), Token)));
            await Task.Delay(1000, Token);
            await failOver();
            var (time, saves) = (Stopwatch.StartNew(), Volatile.Read(ref _saves));
            while (Volatile.Read(ref _saves) < saves + 100)
            {
                Assert.True(time.Elapsed < Patience && !writing.IsFaulted, $"No more saves succeed. {writing.Exception}");
                await Task.Delay(20, Token);
            }

            await end.CancelAsync();
            await writing.WaitAsync(Patience, Token);
        }

        /// <summary>Results of saves that the log contradicts.</summary>
        public List<string> FindViolations(List<Row> log, bool isSynchronous)
        {
            var violations = new List<string>();
            var there = log.ToLookup(row => row.OriginatorId);
            foreach (var (id, outcome) in _outcomes)
            {
                var rows = there[id].ToList();
                if (rows.Count is not (0 or 2))
                {
                    violations.Add($"{id}: {rows.Count} of 2 events");
                }

                if (outcome == "success" && rows.Count == 0)
                {
                    Lost++;
                    if (isSynchronous)
                    {
                        violations.Add($"{id}: lost");
                    }
                }

                if (outcome == "nothing written" && rows.Count > 0)
                {
                    violations.Add($"{id}: is there, although nothing was written");
                }

                if (outcome is not ("success" or "in doubt" or "nothing written"))
                {
                    violations.Add($"{id}: {outcome}");
                }
            }

            return violations;
        }

        public ValueTask DisposeAsync() => _application.DisposeAsync();

        public override string ToString() =>
            string.Join(", ", _outcomes.Values.GroupBy(o => o).Select(g => $"{g.Count()} {g.Key}")) + $", {Lost} lost";

        private async Task WriteAsync(CancellationToken end)
        {
            while (!end.IsCancellationRequested)
            {
                var id = Guid.NewGuid();
                try
                {
                    var positions = await _application.Recorder.InsertEventsAsync(
                        [new(id, 1, "GuidThing.Made", State), new(id, 2, "GuidThing.Made", State)], true, Token);
                    foreach (var position in positions)
                    {
                        Positions[position] = id;
                    }

                    _outcomes[id] = "success";
                    Interlocked.Increment(ref _saves);
                }
                catch (InDoubtException)
                {
                    _outcomes[id] = "in doubt";
                }
                catch (TransientStoreException)
                {
                    _outcomes[id] = "nothing written";
                }
                catch (Exception failure) when (!Token.IsCancellationRequested)
                {
                    _outcomes[id] = failure.ToString();
                }
            }
        }

        private static readonly byte[] State = """{"timestamp":"2026-11-23T02:33:16.348611+00:00","name":"x"}"""u8.ToArray();
    }
}
