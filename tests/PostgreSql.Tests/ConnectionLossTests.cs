using System.Collections.Concurrent;
using System.Diagnostics;
using EventSourcing;
using EventSourcing.Recording;
using Npgsql;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>
/// The connection fails at every place where a message ends, in both directions, in each of three ways: a save must still end as
/// promised, and its result must be true.
/// </summary>
public sealed class ConnectionLossTests(ITestOutputHelper output) : IDisposable
{
    private static readonly TimeSpan SaveTimeout = TimeSpan.FromSeconds(2);

    // Cases mostly wait, but the server lock of one case would hold up all others, so each lane has its own database.
    private const int Lanes = 8;

    private readonly PostgreSqlServer _server = new();
    private readonly ConcurrentBag<string> _violations = [];
    private readonly ConcurrentDictionary<string, int> _outcomes = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task The_result_of_a_save_matches_the_stored_events()
    {
        using (var database = new PostgreSqlDatabase(_server))
        using (var proxy = new MessageProxy(_server.Port))
        {
            var (opening, saving) = await CountMessagesAsync(database, proxy);
            output.WriteLine($"messages from client and server: opening with a save {opening}, a save {saving}");
            var cases = Cases(opening, saving).ToList();
            var random = TestRounds.Random(0);
            // Opening takes far more messages than a save. In a short run, most cases shall be about saves, and about the connection that saves.
            var ofSaves = cases.Where(one => !one.IsFirst).OrderBy(_ => random.Next()).Take(40);
            var ofWriters = cases.Where(one => one.IsFirst && one.After > (one.FromClient ? opening.FromClient : opening.FromServer) - 16).OrderBy(_ => random.Next()).Take(15);
            var few = ofSaves.Concat(ofWriters).Concat(cases.Where(one => one.IsFirst).OrderBy(_ => random.Next()).Take(5));
            var many = cases.Concat(cases.Where(one => !one.IsFirst)).Concat(cases.Where(one => !one.IsFirst));
            var chosen = new ConcurrentQueue<Case>((TestRounds.IsLong ? many : few).Select(one => one with { IsConflict = random.Next(3) == 0 }));
            var count = chosen.Count;
            await Task.WhenAll(Enumerable.Range(0, Lanes).Select(_ => Task.Run(() => RunLaneAsync(chosen), Token)));
            output.WriteLine($"{count} cases of {cases.Count}: {string.Join(", ", _outcomes.OrderBy(o => o.Key).Select(o => $"{o.Value} {o.Key}"))}; " +
                $"{_violations.Count} violations, seed {TestRounds.Seed}");
        }

        Assert.True(_violations.IsEmpty, $"EVENTSOURCING_SEED={TestRounds.Seed}: {string.Join("\n", _violations.Take(10))}");
        Assert.True(_outcomes.ContainsKey("success"), "No save got through.");
    }

    private static IApplicationRecorder<Guid> Open(PostgreSqlDatabase database, MessageProxy proxy) => GeneratedRecorders.WithGuidsAt(
        database.UrlAt("127.0.0.1", proxy.Port), new() { SaveTimeout = SaveTimeout, LockTimeout = TimeSpan.FromSeconds(1) });

    private static StoredEvent<Guid>[] Events(Guid id, string state, int count) =>
        [.. Enumerable.Range(1, count).Select(version => new StoredEvent<Guid>(id, version, "Tested", System.Text.Encoding.UTF8.GetBytes(state)))];

    private static async Task<((int FromClient, int FromServer) Opening, (int FromClient, int FromServer) Saving)> CountMessagesAsync(PostgreSqlDatabase database, MessageProxy proxy)
    {
        await using (var direct = GeneratedRecorders.WithGuidsAt(database.Url))
        {
            await direct.OpenAsync(Token);
        }

        await using var recorder = Open(database, proxy);
        await recorder.InsertEventsAsync(Events(Guid.NewGuid(), "a", 3), true, Token);
        var opening = proxy.Passed;
        proxy.Reset();
        await recorder.InsertEventsAsync(Events(Guid.NewGuid(), "a", 3), true, Token);
        return (opening, proxy.Passed);
    }

    private static IEnumerable<Case> Cases((int Client, int Server) opening, (int Client, int Server) saving) =>
        from isFirst in new[] { false, true }
        from fromClient in new[] { true, false }
        from after in Enumerable.Range(0, (fromClient, isFirst) switch
        {
            (true, true) => opening.Client,
            (false, true) => opening.Server,
            (true, false) => saving.Client,
            _ => saving.Server,
        } + 1)
        from fault in Enum.GetValues<Fault>()
        select new Case(isFirst, fromClient, after, fault);

    private async Task RunLaneAsync(ConcurrentQueue<Case> cases)
    {
        using var database = new PostgreSqlDatabase(_server);
        await using var direct = GeneratedRecorders.WithGuidsAt(database.Url + "?application_name=direct");
        await direct.OpenAsync(Token);
        await using var connection = database.Connect();
        while (cases.TryDequeue(out var one))
        {
            try
            {
                await RunAsync(one, database, direct, connection);
            }
            catch (Exception exception) when (!Token.IsCancellationRequested)
            {
                _violations.Add($"{one}: {exception}");
            }
        }
    }

    private async Task RunAsync(Case one, PostgreSqlDatabase database, IApplicationRecorder<Guid> direct, NpgsqlConnection connection)
    {
        var id = Guid.NewGuid();
        const int Size = 3;
        if (one.IsConflict)
        {
            await direct.InsertEventsAsync(Events(id, "theirs", 1), true, Token);
        }

        string outcome;
        using (var proxy = new MessageProxy(_server.Port))
        {
            await using var recorder = Open(database, proxy);
            if (!one.IsFirst)
            {
                await recorder.InsertEventsAsync(Events(Guid.NewGuid(), "before", 1), true, Token);
            }

            proxy.Arm(one.FromClient, one.After, one.Fault);
            outcome = await SaveAsync(recorder, id, Size, one);
            // Later saves on the same recorder succeed, except if the connection stalls. Two seconds may be too short for
            // some of them on a busy machine, but not for ten.
            var next = one.Fault == Fault.Stall ? "success" : "";
            for (var attempt = 0; attempt < 10 && next != "success"; attempt++)
            {
                next = await SaveAsync(recorder, Guid.NewGuid(), 1, one);
            }

            if (next != "success")
            {
                _violations.Add($"{one}: the saves after it ended as {next}");
            }
        }

        _outcomes.AddOrUpdate(outcome, 1, (_, n) => n + 1);
        await WaitForSilenceAsync(connection);
        var mine = await CountAsync(connection, $"SELECT count(*) FROM contract_events WHERE originator_id = '{id}' AND state = 'mine'");
        var isTrue = outcome switch
        {
            "success" => mine == Size && !one.IsConflict,
            "conflict" => mine == 0 && one.IsConflict,
            "nothing written" => mine == 0,
            "in doubt" => mine is 0 or Size,
            _ => false,
        };
        if (!isTrue)
        {
            _violations.Add($"{one}: {outcome}, but {mine} events are there");
        }

        if (one.IsConflict)
        {
            return;
        }

        // A caller in doubt retries the save, and then exactly one save is stored.
        var again = await SaveAsync(direct, id, Size, one);
        if (again != (mine == 0 ? "success" : "conflict") || (await direct.SelectEventsAsync(id, cancellationToken: Token)).Count != Size)
        {
            _violations.Add($"{one}: {outcome}, then {again}");
        }
    }

    private Task<string> SaveAsync(IApplicationRecorder<Guid> recorder, Guid id, int size, Case one)
    {
        var time = Stopwatch.StartNew();
        return PostgreSqlTestBase.OutcomeAsync(
            () => recorder.InsertEventsAsync(Events(id, "mine", size), true, Token), size, SaveTimeout * 10,
            exception => _violations.Add($"{one}: after {time.Elapsed} {exception}"));
    }

    /// <summary>Waits until the cut connections have ended on the server, some only after their statement.</summary>
    private static async Task WaitForSilenceAsync(NpgsqlConnection connection)
    {
        const string Others = """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND application_name <> 'direct'
            """;
        for (var i = 0; await CountAsync(connection, Others) > 0; i++)
        {
            Assert.True(i < 3000, "Connections of a store that was closed are still there.");
            await Task.Delay(20, Token);
        }
    }

    private static async Task<long> CountAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync(Token))!;
    }

    private sealed record Case(bool IsFirst, bool FromClient, int After, Fault Fault)
    {
        public bool IsConflict { get; init; }
    }
}
