using System.Diagnostics;
using EventSourcing;
using EventSourcing.Recording;
using Npgsql;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>Conflicts are found before the insert: the other saves of the group need no second transaction, and the log loses no positions.</summary>
public sealed class ContentionTests(ITestOutputHelper output) : PostgreSqlTestBase
{
    private const string LockStore = "SELECT pg_advisory_xact_lock(1163085639, 'contract_events'::regclass::oid::int)";

    [Fact]
    public async Task Saves_that_wait_for_their_turn_end_in_time_and_can_be_cancelled()
    {
        await using var recorder = Open("", new() { LockTimeout = TimeSpan.FromSeconds(1), SaveTimeout = TimeSpan.FromSeconds(3) });
        var id = Guid.NewGuid();
        await recorder.InsertEventsAsync(Events(id), true, Token);
        using var cancellation = new CancellationTokenSource();
        using var stop = new CancellationTokenSource();
        (int Number, Exception? Failure, TimeSpan Elapsed)[] ends = [];
        await WhileLockedAsync(async () =>
        {
            var beside = Task.Run(SaveOthersAsync, Token);
            await Task.Delay(100, Token);
            var time = System.Diagnostics.Stopwatch.StartNew();
            var saves = Enumerable.Range(0, 12).Select(async i =>
            {
                var failure = await Record.ExceptionAsync(() => recorder.InsertEventsAsync(Events(id, 2), true, i % 3 == 2 ? cancellation.Token : Token).AsTask());
                return (i, failure, time.Elapsed);
            }).ToList();
            await Task.Delay(500, Token);
            await cancellation.CancelAsync();
            ends = await Task.WhenAll(saves);
            await stop.CancelAsync();
            await beside;
        });

        foreach (var (number, failure, elapsed) in ends)
        {
            Assert.InRange(elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(3 + 15));
            output.WriteLine($"{number}: {failure?.GetType().Name} after {elapsed.TotalSeconds:0.0} s");
        }

        // The server answered that the lock is held, so nothing is in doubt.
        Assert.All(ends, e => Assert.True(e.Failure is TransientStoreException or OperationCanceledException, e.Failure?.ToString()));
        Assert.True(ends.Where(e => e.Failure is OperationCanceledException).Min(e => e.Elapsed) < ends.Where(e => e.Failure is TransientStoreException).Max(e => e.Elapsed));

        // They keep the writer busy.
        async Task SaveOthersAsync()
        {
            var pending = new List<Task>();
            for (; !stop.IsCancellationRequested; await Task.Delay(100, Token))
            {
                pending.Add(Record.ExceptionAsync(() => recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask()).AsTask());
            }

            await Task.WhenAll(pending);
        }
    }

    [Fact]
    public async Task Saves_beside_conflicts_commit_in_one_transaction_that_is_never_rolled_back()
    {
        var taken = Guid.NewGuid();
        List<Task<IReadOnlyList<long>>> good = [], late = [];
        await using (var recorder = Open())
        {
            await recorder.InsertEventsAsync(Events(taken, 1, 2), true, Token);
            await WhileLockedAsync(() =>
            {
                Save(good, Events(Guid.NewGuid()));
                for (var i = 0; i < 20; i++)
                {
                    Save(good, [.. Events(Guid.NewGuid(), 1, 3), .. Events(Guid.NewGuid())]);
                    var other = Guid.NewGuid();
                    Save(late, (i % 4) switch
                    {
                        0 => Events(other, 2), // the version before is missing
                        1 => [.. Events(other, 1, 3), .. Events(Guid.NewGuid(), 7, 2)],
                        2 => [.. Events(other, 1, 3), .. Events(taken, 2)],
                        _ => [.. Events(other, 1, 2), .. Events(Guid.NewGuid(), 1, 2), .. Events(other, 3), .. Events(Guid.NewGuid(), 3)],
                    });
                }

                return Task.CompletedTask;

                void Save(List<Task<IReadOnlyList<long>>> of, StoredEvent<Guid>[] events) => of.Add(recorder.InsertEventsAsync(events, true, Token).AsTask());
            });
            foreach (var save in late)
            {
                await Assert.ThrowsAsync<ConcurrencyException>(() => save);
            }

            await Task.WhenAll(good);
        }

        // The first save was on its way alone; the two before it took the positions 1 and 2.
        var positions = good.SelectMany(save => save.Result).ToList();
        Assert.Equal(Enumerable.Range(3, positions.Count).Select(i => (long)i), positions);
        Assert.Equal(1, Count($"SELECT count(DISTINCT xmin::text) FROM contract_events WHERE id > {positions[0]}"));
        Assert.Equal(positions.Count + 2, Count("SELECT count(*) FROM contract_events"));

        // The server counts when a session has ended.
        await Waiting.UntilAsync(() => Count("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()") > 0
            && Count("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()") == 0);
        Assert.Equal(0, Count("SELECT xact_rollback FROM pg_stat_database WHERE datname = current_database()"));
    }

    /// <summary>Events that another process commits while a group waits for the lock are seen before the insert.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_conflict_with_events_that_were_committed_while_the_lock_was_held_rolls_nothing_back(int eventsOfEach)
    {
        var taken = Guid.NewGuid();
        await using var recorder = Open();
        await recorder.InsertEventsAsync(Events(taken), true, Token);
        Query("""
            CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END';
            CREATE TRIGGER dawdle AFTER INSERT ON contract_events FOR EACH ROW WHEN (NEW.topic = 'slow') EXECUTE FUNCTION dawdle();
            """);

        // The other process gets the lock before the group, which gathers behind a slow save.
        var saves = new List<Task<IReadOnlyList<long>>> { Save([.. Events(Guid.NewGuid()).Select(e => e with { Topic = "slow" })]) };
        await Task.Delay(100, Token);
        await using (var other = Connect())
        {
            await using var transaction = await other.BeginTransactionAsync(Token);
            var locking = ExecuteAsync(LockStore);
            await Task.Delay(100, Token);
            for (var i = 0; i < 20; i++)
            {
                saves.Add(Save(i == 7 ? Events(taken, 2, eventsOfEach) : Events(Guid.NewGuid(), 1, eventsOfEach)));
            }

            await locking;
            await saves[0];
            await Task.Delay(200, Token);
            await ExecuteAsync($"INSERT INTO contract_events (originator_id, originator_version, topic, state) VALUES ('{taken}', 2, 'GuidThing.Made', '')");
            await transaction.CommitAsync(Token);

            async Task ExecuteAsync(string sql)
            {
                await using var command = new NpgsqlCommand(sql, other, transaction);
                await command.ExecuteNonQueryAsync(Token);
            }
        }

        Assert.Equal(2, (await Assert.ThrowsAsync<ConcurrencyException>(() => saves[8])).ActualVersion);
        saves.RemoveAt(8);
        await Task.WhenAll(saves);
        // No holes: no group was rolled back.
        Assert.Equal(3 + (19 * eventsOfEach), Count("SELECT count(*) FROM contract_events"));
        Assert.Equal(3 + (19 * eventsOfEach), Count("SELECT max(id) FROM contract_events"));

        Task<IReadOnlyList<long>> Save(StoredEvent<Guid>[] events) => recorder.InsertEventsAsync(events, true, Token).AsTask();
    }

    [Fact]
    public async Task The_first_of_several_waiting_saves_of_one_version_wins_and_the_next_versions_are_saved()
    {
        var (mine, other) = (Guid.NewGuid(), Guid.NewGuid());
        List<Task<IReadOnlyList<long>>> saves = [];
        await using var recorder = Open();
        await recorder.InsertEventsAsync(Events(other), true, Token);
        await WhileLockedAsync(() =>
        {
            Save(Events(Guid.NewGuid()));
            Save(Events(mine, 1, 2));
            Save(Events(mine, 1, 1)); // late
            Save(Events(mine, 3, 1));
            Save([.. Events(other, 2), .. Events(mine, 2)]); // late, for the second of them
            Save(Events(mine, 3, 2)); // late
            Save([.. Events(mine, 4), .. Events(other, 2)]);
            return Task.CompletedTask;

            void Save(StoredEvent<Guid>[] events) => saves.Add(recorder.InsertEventsAsync(events, true, Token).AsTask());
        });
        await Task.WhenAll(saves).ContinueWith(static _ => { }, Token, TaskContinuationOptions.None, TaskScheduler.Default);
        Assert.Equal([true, true, false, true, false, false, true], saves.Select(save => save.IsCompletedSuccessfully));
        foreach (var (save, expected, actual) in new[] { (saves[2], 0, 2L), (saves[4], 1, 2L), (saves[5], 2, 3L) })
        {
            var conflict = await Assert.ThrowsAsync<ConcurrencyException>(() => save);
            Assert.Equal((mine, expected), (conflict.AggregateId, conflict.ExpectedVersion));
            Assert.InRange(conflict.ActualVersion!.Value, actual, 4);
        }

        Assert.Equal([1, 2, 3, 4], (await recorder.SelectEventsAsync(mine, cancellationToken: Token)).Select(row => row.OriginatorVersion));
        Assert.Equal([1, 2], (await recorder.SelectEventsAsync(other, cancellationToken: Token)).Select(row => row.OriginatorVersion));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Fifty_callers_in_permanent_conflict_are_refused_soon(bool isOneAggregate)
    {
        const int Callers = 50;
        var ids = Enumerable.Range(0, Callers).Select(_ => Guid.NewGuid()).ToArray();
        await using var recorder = Open();
        foreach (var id in ids)
        {
            await recorder.InsertEventsAsync(Events(id, 1, 2), true, Token);
        }

        await AnswerAsync(TimeSpan.FromSeconds(1));
        var seconds = TestRounds.Of(2, 10);
        var processor = Environment.CpuUsage.TotalTime;
        var answers = await AnswerAsync(TimeSpan.FromSeconds(seconds));
        output.WriteLine(
            $"{Callers} callers, {(isOneAggregate ? "one aggregate" : "an aggregate each")}: {answers / seconds} conflicts told per second, " +
            $"{(Environment.CpuUsage.TotalTime - processor).TotalMicroseconds / answers:F0} µs of a processor for each");
        Assert.InRange(answers / seconds, 1_000, int.MaxValue);
        Assert.Equal(2 * Callers, Count("SELECT count(*) FROM contract_events"));

        async Task<int> AnswerAsync(TimeSpan duration)
        {
            var time = Stopwatch.StartNew();
            return (await Task.WhenAll(ids.Select(id => Task.Run(async () =>
            {
                var count = 0;
                for (; time.Elapsed < duration; count++)
                {
                    var late = Events(isOneAggregate ? ids[0] : id, 2);
                    try
                    {
                        await recorder.InsertEventsAsync(late, true, Token);
                        Assert.Fail("It was written.");
                    }
                    catch (ConcurrencyException)
                    {
                    }
                }

                return count;
            })))).Sum();
        }
    }

    /// <summary>Saves that are begun meanwhile wait; all but the first are written together.</summary>
    private async Task WhileLockedAsync(Func<Task> begin)
    {
        await using var other = Connect();
        await using var transaction = await other.BeginTransactionAsync(Token);
        await using (var command = new NpgsqlCommand(LockStore, other, transaction))
        {
            await command.ExecuteNonQueryAsync(Token);
        }

        await begin();
        await Task.Delay(200, Token);
        await transaction.CommitAsync(Token);
    }
}
