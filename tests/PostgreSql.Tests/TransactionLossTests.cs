using System.Collections.Concurrent;
using System.Data;
using EventSourcing;
using EventSourcing.Recording;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>
/// The connection of a transaction fails at every place of its commit where a message ends: the result of the commit must be true, for
/// the events as for the rows of the user's.
/// </summary>
public sealed class TransactionLossTests(ServerOfItsOwn own, ITestOutputHelper output) : TransactionTestBase(own.Server), IClassFixture<ServerOfItsOwn>
{
    private const int Lanes = 8;

    private static readonly TimeSpan SaveTimeout = TimeSpan.FromSeconds(1.5);

    private readonly ConcurrentBag<string> _violations = [];
    private readonly ConcurrentDictionary<string, int> _outcomes = new();

    [Fact]
    public async Task The_result_of_a_commit_matches_the_stored_events_and_rows()
    {
        var messages = await CountMessagesAsync();
        var cases = Cases(messages).ToList();
        var random = TestRounds.Random(0);
        var chosen = new ConcurrentQueue<Case>(cases.OrderBy(_ => random.Next()).Take(TestRounds.Of(40, cases.Count)).Select(one => one with { HasConflict = random.Next(4) == 0 }));
        var count = chosen.Count;
        await Task.WhenAll(Enumerable.Range(0, Lanes).Select(_ => Task.Run(() => RunLaneAsync(chosen), Token)));
        output.WriteLine($"{count} cases of {cases.Count}, messages from client and server {messages}: " +
            $"{string.Join(", ", _outcomes.OrderBy(o => o.Key).Select(o => $"{o.Value} {o.Key}"))}; {_violations.Count} violations, seed {TestRounds.Seed}");
        Assert.True(_violations.IsEmpty, $"EVENTSOURCING_SEED={TestRounds.Seed}: {string.Join("\n", _violations.Take(10))}");
        Assert.True(_outcomes.Count > 1, "All cases ended in the same way.");
    }

    [Fact]
    public async Task A_commit_takes_one_round_trip()
    {
        using var proxy = new MessageProxy(own.Server.Port);

        // It notifies within the transaction. Otherwise the notification would pass through the proxy separately, at any time.
        await using var application = NotifyingApplication.Create(Database.UrlAt("127.0.0.1", proxy.Port), new());
        var recorder = application.Recorder.Provider;
        foreach (var events in new[] { Events(Guid.NewGuid(), 1, 3), [] })
        {
            await using var other = await BeginAsync(recorder);
            proxy.Reset();
            await other.CommitAsync(events, Token);
            var statements = events.Length == 0 ? 2 : 7;
            // Parse, bind, describe and execute for each statement, and one sync, where the client waits.
            Assert.Equal((statements * 4) + 1, proxy.Passed.FromClient);
        }
    }

    /// <summary>As for a save: a commit that no standby has is no success. The server reports only in a warning that it stopped waiting.</summary>
    [Fact]
    public async Task A_commit_that_no_standby_has_is_in_doubt()
    {
        await using var recorder = await OpenAsync();
        await using var session = await BeginAsync(recorder);
        Query("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
        Query("SELECT pg_reload_conf()");
        await UntilAsync(() => Query("SHOW synchronous_standby_names") is "nobody");
        var committing = session.CommitAsync(Events(Guid.NewGuid()), Token).AsTask();
        await UntilAsync(() => Count("SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") > 0);
        await Assert.ThrowsAsync<InDoubtException>(() => committing);
        Assert.Equal(1, Count("SELECT count(*) FROM contract_events"));
        Query("ALTER SYSTEM RESET synchronous_standby_names");
        Query("SELECT pg_reload_conf()");
        await UntilAsync(() => Query("SHOW synchronous_standby_names") is "");

        static async Task UntilAsync(Func<bool> condition)
        {
            for (var i = 0; !condition(); i++)
            {
                Assert.True(i < 500, "The condition was not met in time.");
                await Task.Delay(20, Token);
            }
        }
    }

    private static IApplicationRecorder<Guid> Open(PostgreSqlDatabase database, MessageProxy proxy) => GeneratedRecorders.WithGuidsAt(
        database.UrlAt("127.0.0.1", proxy.Port), new() { SaveTimeout = SaveTimeout, LockTimeout = TimeSpan.FromSeconds(1) });

    private static IEnumerable<Case> Cases((int Client, int Server) messages) =>
        from fromClient in new[] { true, false }
        from after in Enumerable.Range(0, (fromClient ? messages.Client : messages.Server) + 1)
        from fault in Enum.GetValues<Fault>()
        select new Case(fromClient, after, fault);

    private static long Count(PostgreSqlDatabase database, string sql) => (long)database.Query(sql)!;

    private async Task<(int Client, int Server)> CountMessagesAsync()
    {
        await (await OpenAsync()).DisposeAsync();
        using var proxy = new MessageProxy(own.Server.Port);
        await using var recorder = Open(Database, proxy);
        await using var session = await BeginAsync(recorder);
        proxy.Reset();
        await session.CommitAsync(Events(Guid.NewGuid(), 1, 3), Token);
        return proxy.Passed;
    }

    /// <summary>The timeouts of the cases are short. A machine that pauses before a case begins must not fail it.</summary>
    private static async Task<RecorderTransaction<Guid>> BeginPatientlyAsync(IApplicationRecorder<Guid> recorder)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await BeginAsync(recorder);
            }
            catch (TransientStoreException) when (attempt < 10)
            {
                await Task.Delay(100, Token);
            }
        }
    }

    private async Task RunLaneAsync(ConcurrentQueue<Case> cases)
    {
        using var database = new PostgreSqlDatabase(own.Server);
        database.Query("CREATE TABLE owners (id bigint PRIMARY KEY)");
        await using var direct = GeneratedRecorders.WithGuidsAt(database.Url + "?application_name=direct");
        await direct.OpenAsync(Token);
        for (var number = 0; cases.TryDequeue(out var one); number++)
        {
            try
            {
                await RunAsync(one, number, database, direct);
            }
            catch (Exception exception) when (!Token.IsCancellationRequested)
            {
                _violations.Add($"{one}: {exception}");
            }
        }
    }

    private async Task RunAsync(Case one, int number, PostgreSqlDatabase database, IApplicationRecorder<Guid> direct)
    {
        var id = Guid.NewGuid();
        string outcome;
        using (var proxy = new MessageProxy(own.Server.Port))
        {
            await using var recorder = Open(database, proxy);
            var session = await BeginPatientlyAsync(recorder);
            try
            {
                await InsertRowAsync(session, number);
                if (one.HasConflict)
                {
                    await direct.InsertEventsAsync(Events(id), true, Token);
                }

                proxy.Arm(one.FromClient, one.After, one.Fault);
                outcome = await OutcomeAsync(
                    () => session.CommitAsync(Events(id, 1, 3, "mine"), Token), 3, SaveTimeout * 10, exception => _violations.Add($"{one}: {exception}"));
            }
            finally
            {
                await session.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), Token);
            }
        }

        _outcomes.AddOrUpdate(outcome, 1, (_, n) => n + 1);
        // Waits until the cut connections have ended on the server.
        for (var i = 0; Count(database, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name <> 'direct'") > 0; i++)
        {
            Assert.True(i < 500, "Connections of a store that was closed are still there.");
            await Task.Delay(20, Token);
        }

        var mine = Count(database, $"SELECT count(*) FROM contract_events WHERE originator_id = '{id}' AND convert_from(state, 'UTF8') LIKE '%mine%'");
        var rows = Count(database, $"SELECT count(*) FROM owners WHERE id = {number.ToString(System.Globalization.CultureInfo.InvariantCulture)}");
        var isTrue = outcome switch
        {
            "success" => (mine, rows) == (3, 1),
            "conflict" => (mine, rows) == (0, 0) && one.HasConflict,
            "nothing written" => (mine, rows) == (0, 0),
            "in doubt" => (mine, rows) is (0, 0) or (3, 1),
            _ => false,
        };
        if (!isTrue)
        {
            _violations.Add($"{one}: {outcome}, but {mine} events and {rows} rows are there");
        }
    }

    private sealed record Case(bool FromClient, int After, Fault Fault)
    {
        public bool HasConflict { get; init; }
    }
}

/// <summary>A server that tests may change, or whose connections they may redirect.</summary>
public sealed class ServerOfItsOwn : IDisposable
{
    public PostgreSqlServer Server { get; } = new();

    public void Dispose() => Server.Dispose();
}
