using System.Collections.Concurrent;
using System.Data;
using System.Text.RegularExpressions;
using EventSourcing;
using EventSourcing.PostgreSql;
using EventSourcing.Recording;
using Npgsql;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>A reader that has seen a position never finds a new event below it, regardless of the writers and of how it reads.</summary>
public sealed class OrderTests(ITestOutputHelper output) : PostgreSqlTestBase
{
    private const int Writers = 8;

    [Fact]
    public async Task No_event_comes_late()
    {
        await using var application = await GuidApplication.OpenAsync(Database.Url, cancellationToken: Token);
        await using var readCommitted = Connect();
        await using var repeatableRead = Connect();
        await using var raw = Connect();
        LogReader[] readers =
        [
            new SqlReader(readCommitted, IsolationLevel.ReadCommitted), new SqlReader(repeatableRead, IsolationLevel.RepeatableRead),
            new WholeLogReader(raw), new RecorderReader(application.Recorder), new SubscriptionReader(application.NotificationLog),
        ];
        var violations = await RunAsync(readers, () => Open(), TestRounds.Of(10_000, 200_000));
        Assert.True(violations.Count == 0, $"EVENTSOURCING_SEED={TestRounds.Seed}: {string.Join("; ", violations.Take(10))}");
    }

    /// <summary>Checks that the test above would find late events.</summary>
    [Fact]
    public async Task Without_the_lock_events_come_late()
    {
        await using (var recorder = Open())
        {
            await recorder.OpenAsync(Token);
        }
        // Delays the time between drawing a position and making it visible, in which another writer may be faster.
        Query("""
            CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(random() * 0.02); RETURN NULL; END';
            CREATE TRIGGER dawdle AFTER INSERT ON contract_events FOR EACH STATEMENT EXECUTE FUNCTION dawdle();
            """);
        await using var readCommitted = Connect();
        await using var repeatableRead = Connect();
        await using var raw = Connect();
        LogReader[] readers =
        [
            new SqlReader(readCommitted, IsolationLevel.ReadCommitted), new SqlReader(repeatableRead, IsolationLevel.RepeatableRead), new WholeLogReader(raw),
        ];
        // A recorder without any lock refuses to open, so each transaction takes a lock that no other takes.
        var violations = await RunAsync(readers, () => Variant.Of(Database.Url, Unlock), 3000);
        Assert.All(readers, reader => Assert.Contains(violations, violation => violation.StartsWith(reader.Name + " missed", StringComparison.Ordinal)));
    }

    private static PostgreSqlEventsSql Unlock(PostgreSqlEventsSql sql)
    {
        return sql with { Lock = Free(sql.Lock), InsertOne = Free(sql.InsertOne), InsertRun = Free(sql.InsertRun), InsertEach = Free(sql.InsertEach) };

        static string Free(string text)
        {
            var free = Regex.Replace(text, @"(?<=advisory_xact_lock\()\d+, .*?int4", "(random() * 1e15)::bigint");
            Assert.NotEqual(text, free);
            return free;
        }
    }

    [Fact]
    public async Task Positions_of_a_save_follow_each_other()
    {
        var saves = TestRounds.Of(1000, 20_000) / Writers;
        var violations = new ConcurrentBag<string>();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(i => Task.Run(async () =>
        {
            var random = TestRounds.Random(i);
            await using var recorder = Open();
            await Parallel.ForAsync(0, saves, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Token }, async (_, token) =>
            {
                int size;
                lock (random)
                {
                    size = random.Next(1, 51);
                }

                var positions = await recorder.InsertEventsAsync(Events(Guid.NewGuid(), 1, size), true, token);
                if (positions.Count != size || positions.Where((position, n) => position != positions[0] + n).Any())
                {
                    violations.Add(string.Join(',', positions));
                }
            });
        }, Token)));

        // The same in the database: the events of a save have one append id.
        var torn = Count("""
            SELECT count(*) FROM (SELECT FROM contract_events GROUP BY append_id HAVING max(id) - min(id) + 1 <> count(*)
                OR count(DISTINCT originator_id) <> 1) AS torn
            """);
        var found = Count("SELECT count(DISTINCT append_id) FROM contract_events");
        output.WriteLine($"{found} saves of {Writers} recorders, {violations.Count + torn} violations, seed {TestRounds.Seed}");
        Assert.Equal((saves * Writers, 0, 0), (found, violations.Count, torn));
    }

    /// <summary>Eight recorders, like eight processes, save until the log has this many events; the readers follow it.</summary>
    private async Task<List<string>> RunAsync(LogReader[] readers, Func<IApplicationRecorder<Guid>> open, int events)
    {
        var (saved, conflicts) = (0L, 0);
        var acknowledged = new ConcurrentBag<long>();
        var reading = readers.Select(reader => Task.Run(reader.RunAsync, Token)).ToList();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(i => Task.Run(async () =>
        {
            await using var recorder = open();
            await Task.WhenAll(Enumerable.Range(0, 2).Select(n => Task.Run(() => WriteAsync(recorder, TestRounds.Random((i * 2) + n)), Token)));
        }, Token)));
        await using var connection = Connect();
        var log = await PositionsAsync(connection, "SELECT id FROM contract_events ORDER BY id");
        foreach (var reader in readers)
        {
            reader.Finish(log[^1]);
        }

        await Task.WhenAll(reading).WaitAsync(TimeSpan.FromMinutes(2), Token);
        var violations = readers.SelectMany(reader => reader.FindViolations(log)).ToList();
        if (!acknowledged.Order().SequenceEqual(log))
        {
            violations.Add($"{acknowledged.Count} were acknowledged, {log.Count} are there");
        }

        output.WriteLine(
            $"{log.Count} events of {Writers} writers, {conflicts} rolled back, {readers.Length} readers, {violations.Count} violations " +
            $"({string.Join("; ", violations)}), seed {TestRounds.Seed}");
        Assert.True(conflicts > 0);
        return violations;

        async Task WriteAsync(IApplicationRecorder<Guid> recorder, Random random)
        {
            var (id, version) = (Guid.NewGuid(), 0);
            while (Interlocked.Read(ref saved) < events)
            {
                var size = random.Next(1, 21);
                // One of seven saves is refused after its positions were drawn: they remain holes.
                var isRefused = version > 0 && random.Next(7) == 0;
                try
                {
                    foreach (var position in await recorder.InsertEventsAsync(Events(id, isRefused ? version : version + 1, size), true, Token))
                    {
                        acknowledged.Add(position);
                    }

                    version += size;
                    Interlocked.Add(ref saved, size);
                    Assert.False(isRefused);
                }
                catch (ConcurrencyException) when (isRefused)
                {
                    Interlocked.Increment(ref conflicts);
                }

                if (random.Next(10) == 0)
                {
                    await Task.Delay(random.Next(5), Token);
                }
            }
        }
    }
}
