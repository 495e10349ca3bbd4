using System.Data;
using EventSourcing;
using EventSourcing.Recording;
using Npgsql;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>On a table that the Python package created, beside its writers, which are imitated statement by statement.</summary>
public sealed class PythonTests(ITestOutputHelper output) : PostgreSqlTestBase
{
    private const string PythonTable = """
        CREATE TABLE contract_events (
            id BIGSERIAL NOT NULL,
            originator_id UUID NOT NULL,
            originator_version BIGINT NOT NULL,
            topic TEXT NOT NULL,
            state BYTEA NOT NULL,
            PRIMARY KEY (id)
        );
        CREATE UNIQUE INDEX contract_events_aggregate_idx ON contract_events (originator_id, originator_version);
        """;

    [Fact]
    public async Task Both_write_and_a_reader_misses_nothing()
    {
        Query(PythonTable);
        // Extends the moment in which a position is drawn and isn't visible yet.
        Query("""
            CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(random() * 0.01); RETURN NULL; END';
            CREATE TRIGGER dawdle AFTER INSERT ON contract_events FOR EACH STATEMENT EXECUTE FUNCTION dawdle();
            """);
        await using var application = await NotifyingApplication.OpenAsync(Database.Url, cancellationToken: Token);
        await using var readCommitted = Connect();
        await using var repeatableRead = Connect();
        await using var raw = Connect();
        LogReader[] readers =
        [
            new SqlReader(readCommitted, IsolationLevel.ReadCommitted), new SqlReader(repeatableRead, IsolationLevel.RepeatableRead),
            new WholeLogReader(raw), new SubscriptionReader(application.NotificationLog),
        ];
        var reading = readers.Select(reader => Task.Run(reader.RunAsync, Token)).ToList();

        using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        end.CancelAfter(TimeSpan.FromSeconds(TestRounds.Of(5, 60)));
        var (ours, theirs, undone) = (0, 0, 0);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => i % 2 == 0 ? OursAsync(TestRounds.Random(i)) : TheirsAsync(TestRounds.Random(i)), Token)));

        await using var connection = Connect();
        var log = await PositionsAsync(connection, "SELECT id FROM contract_events ORDER BY id");
        foreach (var reader in readers)
        {
            reader.Finish(log[^1]);
        }

        await Task.WhenAll(reading).WaitAsync(TimeSpan.FromMinutes(1), Token);
        var violations = readers.SelectMany(reader => reader.FindViolations(log)).ToList();
        output.WriteLine(
            $"{log.Count} events, {ours} commits of ours, {theirs} of theirs, {undone} rolled back, {readers.Length} readers, {violations.Count} violations, seed {TestRounds.Seed}");
        Assert.True(violations.Count == 0, $"EVENTSOURCING_SEED={TestRounds.Seed}: {string.Join("; ", violations)}");
        Assert.True(ours > 0 && theirs > 0 && undone > 0);

        async Task OursAsync(Random random)
        {
            await using var recorder = NotifyingApplication.Create(Database.Url, new() { LockTimeout = TimeSpan.FromSeconds(20) }).Recorder;
            var (id, version) = (Guid.NewGuid(), 0);
            while (!end.IsCancellationRequested)
            {
                var size = random.Next(1, 4);
                await recorder.InsertEventsAsync(Events(id, version + 1, size), true, Token);
                version += size;
                Interlocked.Increment(ref ours);
                if (random.Next(7) == 0)
                {
                    await Assert.ThrowsAsync<ConcurrencyException>(() => recorder.InsertEventsAsync(Events(id, version), true, Token).AsTask());
                    Interlocked.Increment(ref undone);
                }

                await Task.Delay(random.Next(10), Token);
            }
        }

        async Task TheirsAsync(Random random)
        {
            await using var python = Connect();
            while (!end.IsCancellationRequested)
            {
                await ExecuteAsync(python, "BEGIN");
                await ExecuteAsync(python, "LOCK TABLE contract_events IN EXCLUSIVE MODE");
                await Task.Delay(random.Next(5), Token);
                await ExecuteAsync(python, "INSERT INTO contract_events (originator_id, originator_version, topic, state) VALUES ($1, 1, 'GuidThing.Made', $2) RETURNING id", Guid.NewGuid(), State("python"));
                await Task.Delay(random.Next(5), Token);
                if (random.Next(100) < 15)
                {
                    await ExecuteAsync(python, "ROLLBACK");
                    Interlocked.Increment(ref undone);
                }
                else
                {
                    await ExecuteAsync(python, "NOTIFY contract_events");
                    await ExecuteAsync(python, "COMMIT");
                    Interlocked.Increment(ref theirs);
                }

                await Task.Delay(random.Next(10), Token);
            }
        }
    }

    [Fact]
    public async Task A_table_of_Python_gets_our_columns()
    {
        Query(PythonTable);
        Query("INSERT INTO contract_events (originator_id, originator_version, topic, state) VALUES (gen_random_uuid(), 1, 'Theirs', '')");
        await using var recorder = Open();
        Assert.Equal([2], await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token));
        var rows = await recorder.SelectNotificationsAsync(10, cancellationToken: Token);
        Assert.Equal(["Theirs", "GuidThing.Made"], rows.Select(row => row.Topic));
        Assert.True(rows[0].Metadata.IsEmpty);

        // Python's inserts work as before.
        Query("INSERT INTO contract_events (originator_id, originator_version, topic, state) VALUES (gen_random_uuid(), 1, 'Theirs', '')");
        Assert.Equal(3, await recorder.GetMaxPositionAsync(Token));
    }

    [Fact]
    public async Task A_table_of_Python_is_refused_if_tables_must_not_be_changed()
    {
        Query(PythonTable);
        await using var recorder = VerifyingApplication.Create(Database.Url, new()).Recorder;
        var failure = await Assert.ThrowsAsync<StoreConfigurationException>(() => recorder.OpenAsync(Token).AsTask());
        Assert.Contains("append_id", failure.Message, StringComparison.Ordinal);
        Assert.Contains("metadata", failure.Message, StringComparison.Ordinal);
        Assert.Equal(5, Count("SELECT count(*) FROM information_schema.columns WHERE table_name = 'contract_events'"));
    }

    [Fact]
    public async Task A_conflict_with_Python_is_reported()
    {
        Query(PythonTable);
        await using var recorder = Open();
        await recorder.OpenAsync(Token);
        var id = Guid.NewGuid();
        await using var python = Connect();
        await ExecuteAsync(python, "BEGIN");
        await ExecuteAsync(python, "LOCK TABLE contract_events IN EXCLUSIVE MODE");
        var saving = recorder.InsertEventsAsync(Events(id), true, Token).AsTask();
        await ExecuteAsync(python, "INSERT INTO contract_events (originator_id, originator_version, topic, state) VALUES ($1, 1, 'Theirs', '')", id);
        await Task.Delay(200, Token);
        await ExecuteAsync(python, "COMMIT");
        var conflict = await Assert.ThrowsAsync<ConcurrencyException>(() => saving);
        Assert.Equal((0L, 1L), (conflict.ExpectedVersion, conflict.ActualVersion));
    }

    [Fact]
    public async Task Listeners_of_Python_are_notified_at_our_commit()
    {
        await using var listener = Connect();
        await using (var recorder = NotifyingApplication.Create(Database.Url, new()).Recorder)
        {
            await recorder.OpenAsync(Token);
            await ExecuteAsync(listener, "LISTEN contract_events");
            var heard = new List<string>();
            listener.Notification += (_, e) => heard.Add($"{e.Channel}:{e.Payload}");
            for (var i = 1; i <= 5; i++)
            {
                await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
                // The notification was sent before the save returned, so it only has to be read.
                Assert.True(await listener.WaitAsync(TimeSpan.FromSeconds(20), Token));
                Assert.Equal(Enumerable.Repeat("contract_events:", i), heard);
            }
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, params object[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new() { Value = parameter });
        }

        await command.ExecuteNonQueryAsync(Token);
    }
}
