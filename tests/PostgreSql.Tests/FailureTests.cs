using System.Diagnostics;
using EventSourcing;
using EventSourcing.PostgreSql;
using EventSourcing.Recording;
using Npgsql;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>Errors of the server, and how a save ends then.</summary>
public sealed class FailureTests(ForgetfulServer forgetful) : PostgreSqlTestBase, IClassFixture<ForgetfulServer>
{
    [Fact]
    public async Task An_error_at_the_commit_is_no_success()
    {
        await using var recorder = await OpenAsync();
        Query("""
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''refused'' USING ERRCODE = ''23514''; END';
            CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON contract_events DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW WHEN (NEW.topic = 'bad') EXECUTE FUNCTION refuse();
            """);
        var id = Guid.NewGuid();
        await FailsAsync<StoreException>(recorder, [.. Events(id), new(id, 2, "bad", default)]);
        Assert.Equal(0, Count("SELECT count(*) FROM contract_events"));
        await recorder.InsertEventsAsync(Events(id), true, Token);
    }

    [Fact]
    public async Task A_constraint_fails_only_the_save_that_breaks_it()
    {
        await using var recorder = await OpenAsync();
        Query("ALTER TABLE contract_events ADD CHECK (topic <> 'bad')");
        var (good, bad) = (0, 0);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(async () =>
        {
            if (i % 10 != 0)
            {
                await recorder.InsertEventsAsync(Events(Guid.NewGuid(), 1, 2), true, Token);
                Interlocked.Increment(ref good);
                return;
            }

            var id = Guid.NewGuid();
            await FailsAsync<StoreException>(recorder, [.. Events(id), new(id, 2, "bad", default)]);
            Interlocked.Increment(ref bad);
        }, Token)));
        Assert.Equal((180, 20), (good, bad));
        Assert.Equal(360, Count("SELECT count(*) FROM contract_events"));
    }

    [Theory]
    [InlineData("40001", 4)]
    [InlineData("40P01", 4)]
    [InlineData("53200", 1)]
    public async Task A_save_that_the_server_rolled_back_is_sent_again(string state, int times)
    {
        await using var recorder = await OpenAsync();
        RaiseFirst(times, state);
        var id = Guid.NewGuid();
        Assert.Equal(3, (await recorder.InsertEventsAsync(Events(id, 1, 3), true, Token)).Count);
        Assert.Equal([1, 2, 3], (await recorder.SelectEventsAsync(id, cancellationToken: Token)).Select(row => row.OriginatorVersion));
        Assert.Equal(times + 1, Count("SELECT last_value FROM attempts"));
    }

    [Fact]
    public async Task A_save_that_the_server_keeps_rolling_back_is_not_sent_forever()
    {
        await using var recorder = await OpenAsync();
        RaiseFirst(1000, "40001");
        await FailsAsync<TransientStoreException>(recorder, Events(Guid.NewGuid()));
        Assert.InRange(Count("SELECT last_value FROM attempts"), 2, 6);
        Assert.Equal(0, Count("SELECT count(*) FROM contract_events"));
    }

    [Fact]
    public async Task A_full_disk_has_its_own_exception()
    {
        await using var recorder = await OpenAsync();
        RaiseFirst(1, "53100");
        await FailsAsync<StorageFullException>(recorder, Events(Guid.NewGuid()));
        Assert.Equal(0, Count("SELECT count(*) FROM contract_events"));
        await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
    }

    [Theory]
    [InlineData("SELECT pg_advisory_xact_lock(1163085639, 'contract_events'::regclass::oid::int)", false)]
    [InlineData("SELECT pg_advisory_xact_lock(1163085639, 'contract_events'::regclass::oid::int)", true)]
    [InlineData("LOCK TABLE contract_events IN EXCLUSIVE MODE", false)]
    [InlineData("LOCK TABLE contract_events IN EXCLUSIVE MODE", true)]
    public async Task A_lock_that_another_session_holds_is_waited_for_until_LockTimeout(string sql, bool isFirst)
    {
        await using var recorder = await OpenAsync(new() { LockTimeout = TimeSpan.FromSeconds(2) });
        if (!isFirst)
        {
            await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
        }

        await using var other = Connect();
        await using (var transaction = await other.BeginTransactionAsync(Token))
        {
            await using (var command = new NpgsqlCommand(sql, other, transaction))
            {
                await command.ExecuteNonQueryAsync(Token);
            }

            var time = Stopwatch.StartNew();
            await FailsAsync<TransientStoreException>(recorder, Events(Guid.NewGuid()));
            Assert.InRange(time.Elapsed, TimeSpan.FromSeconds(1.9), TimeSpan.FromSeconds(22));

            // A lock that is released within that time is no failure.
            var saving = recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask();
            await Task.Delay(100, Token);
            Assert.False(saving.IsCompleted);
            await transaction.CommitAsync(Token);
            await saving;
        }

        Assert.Equal(isFirst ? 1 : 2, Count("SELECT count(*) FROM contract_events"));
    }

    /// <summary>Each statement waits for only a part of the time, and is sent again.</summary>
    [Theory]
    [InlineData(60, 3, 3)]
    [InlineData(2, 60, 2)]
    public async Task A_lock_is_waited_for_until_the_shorter_of_both_timeouts(int busyTimeout, int saveTimeout, int expected)
    {
        await using var recorder = await OpenAsync(new() { LockTimeout = TimeSpan.FromSeconds(busyTimeout), SaveTimeout = TimeSpan.FromSeconds(saveTimeout) });
        await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
        await using var other = Connect();
        await using var transaction = await other.BeginTransactionAsync(Token);
        await using (var command = new NpgsqlCommand("LOCK TABLE contract_events IN EXCLUSIVE MODE", other, transaction))
        {
            await command.ExecuteNonQueryAsync(Token);
        }

        var time = Stopwatch.StartNew();
        var failure = await FailsAsync<TransientStoreException>(recorder, Events(Guid.NewGuid()));
        Assert.InRange(time.Elapsed.TotalSeconds, expected - 0.3, expected + 20);
        Assert.Contains("holds a lock", failure.Message, StringComparison.Ordinal);

        // A lock that is released in that time is no failure, even after several waits of the server.
        time.Restart();
        var save = recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask();
        await Task.Delay(TimeSpan.FromSeconds(expected - 0.7), Token);
        await transaction.CommitAsync(Token);
        Assert.Single(await save);
    }

    [Fact]
    public async Task The_error_for_a_wrong_password_does_not_show_it()
    {
        const string Canary = "canary-7f3d";
        var right = new NpgsqlConnectionStringBuilder(forgetful.Server.ConnectionString);
        foreach (var url in new[] { $"postgresql://{right.Username}:{Canary}@{right.Host}:{right.Port}/postgres", $"{right.ConnectionString};Password={Canary}" })
        {
            await using var recorder = GeneratedRecorders.WithGuidsAt(url);
            Assert.DoesNotContain(Canary, (await FailsAsync<StoreConfigurationException>(recorder, Events(Guid.NewGuid()))).ToString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("?canary=1")]
    [InlineData("?connect_timeout=canary")]
    [InlineData("?max_pool_size=canary")]
    [InlineData("?listen=canary:canary")]
    public void The_error_for_a_wrong_option_does_not_show_it(string option)
    {
        var failure = Assert.Throws<StoreConfigurationException>(() => Open(option));
        AssertNoSecrets(failure);
        Assert.DoesNotContain("canary", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unavailable_server_is_reported_in_time()
    {
        var url = Database.UrlAt("127.0.0.1", 1);
        await using var recorder = GeneratedRecorders.WithGuidsAt(url, new() { SaveTimeout = TimeSpan.FromSeconds(2) });
        await FailsAsync<TransientStoreException>(recorder, Events(Guid.NewGuid()));
    }

    [Fact]
    public async Task A_server_whose_advisory_locks_do_not_work_is_refused()
    {
        await using var recorder = Variant.Of(Database.Url, sql => sql with { Lock = "SELECT pg_catalog.set_config('lock_timeout', $1, true)" });
        Assert.Contains("advisory lock", (await FailsAsync<StoreConfigurationException>(recorder, Events(Guid.NewGuid()))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_may_lose_commits_is_refused()
    {
        Query($"ALTER DATABASE {Database.Name} SET synchronous_commit = off");
        await using (var recorder = Open())
        {
            Assert.Contains("synchronous_commit=off", (await FailsAsync<StoreConfigurationException>(recorder, Events(Guid.NewGuid()))).Message, StringComparison.Ordinal);
        }

        await using (var recorder = Open("?allow_unsafe_settings=true"))
        {
            await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
        }

        await using (var recorder = GeneratedRecorders.WithGuidsAt(forgetful.Server.ConnectionString))
        {
            Assert.Contains("fsync=off", (await FailsAsync<StoreConfigurationException>(recorder, Events(Guid.NewGuid()))).Message, StringComparison.Ordinal);
        }
    }

    /// <summary>The other saves of the group are written.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_save_whose_rows_a_trigger_withholds_fails(int events)
    {
        await using var recorder = await OpenAsync();
        Withhold("NEW.topic = 'withheld'");
        var saves = Enumerable.Range(0, 20).Select(i => recorder.InsertEventsAsync(Events(Guid.NewGuid(), 1, events), true, Token).AsTask()).ToList();
        StoredEvent<Guid>[] withheld = [.. Events(Guid.NewGuid(), 1, events).Select((e, i) => i == events - 1 ? e with { Topic = "withheld" } : e)];

        var failure = await Assert.ThrowsAnyAsync<StoreException>(() => recorder.InsertEventsAsync(withheld, true, Token).AsTask());
        Assert.Contains("trigger", failure.Message, StringComparison.Ordinal);

        await Task.WhenAll(saves);
        Assert.Equal(saves.Count * events, Count("SELECT count(*) FROM contract_events"));
    }

    [Fact]
    public async Task A_transaction_whose_rows_a_trigger_withholds_stores_nothing()
    {
        await using var application = await GuidApplication.OpenAsync(Database.Url, cancellationToken: Token);
        Query("CREATE TABLE mine (id int)");
        Withhold("convert_from(NEW.state, 'UTF8') LIKE '%withheld%'");
        foreach (var names in new string[][] { ["good", "withheld"], ["withheld"] })
        {
            var failure = await Assert.ThrowsAnyAsync<StoreException>(() => application.Recorder.InTransactionAsync(
                async transaction =>
                {
                    await using var command = new NpgsqlCommand("INSERT INTO mine VALUES (1)", (NpgsqlConnection)transaction.Connection, (NpgsqlTransaction)transaction.DbTransaction);
                    await command.ExecuteNonQueryAsync(Token);
                    await application.SaveAsync([.. names.Select(name => new GuidThing(Guid.NewGuid(), name))], Token);
                },
                cancellationToken: Token).AsTask());
            Assert.Contains("trigger", failure.Message, StringComparison.Ordinal);
        }

        Assert.Equal((0, 0), (Count("SELECT count(*) FROM mine"), Count("SELECT count(*) FROM contract_events")));
    }

    /// <summary>An error that one save of a group causes fails only that save, whatever the SQLSTATE is.</summary>
    [Theory]
    [InlineData("23505")]
    [InlineData("U0001")]
    [InlineData("42501")]
    [InlineData("0A000")]
    [InlineData("53200")]
    [InlineData("58030")]
    [InlineData("40001")]
    [InlineData("index")]
    public async Task An_error_that_one_save_causes_fails_no_other(string state)
    {
        await using var recorder = await OpenAsync(new() { SaveTimeout = TimeSpan.FromSeconds(20) });
        await recorder.InsertEventsAsync(Events(Guid.NewGuid(), name: "taken"), true, Token);
        Query(state == "index"
            ? "CREATE UNIQUE INDEX one_name ON contract_events (md5(state)) WHERE position('taken'::bytea IN state) > 0"
            : $"""
                CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF convert_from(NEW.state, 'UTF8') LIKE '%taken%' THEN RAISE EXCEPTION 'failed' USING ERRCODE = '{state}'; END IF;
                    RETURN NEW;
                END $$;
                CREATE TRIGGER fail BEFORE INSERT ON contract_events FOR EACH ROW EXECUTE FUNCTION fail();
                """);

        var saves = Enumerable.Range(0, 20).Select(i => recorder.InsertEventsAsync(Events(Guid.NewGuid(), name: i == 7 ? "taken" : "x"), true, Token).AsTask()).ToList();

        var failure = await Assert.ThrowsAnyAsync<StoreException>(() => saves[7]);
        Assert.IsNotType<InDoubtException>(failure);
        saves.RemoveAt(7);
        await Task.WhenAll(saves);
        Assert.Equal(20, Count("SELECT count(*) FROM contract_events"));
    }

    private async Task<IApplicationRecorder<Guid>> OpenAsync(EventStoreOptions? options = null)
    {
        var recorder = Open("", options);
        await recorder.OpenAsync(Token);
        return recorder;
    }

    private void Withhold(string condition) => Query($"""
        CREATE FUNCTION withhold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN RETURN NULL; END IF; RETURN NEW; END $$;
        CREATE TRIGGER withhold BEFORE INSERT ON contract_events FOR EACH ROW EXECUTE FUNCTION withhold();
        """);

    /// <summary>Lets the first inserts fail; a sequence counts them, as it isn't rolled back.</summary>
    private void RaiseFirst(int times, string state) => Query($"""
        CREATE SEQUENCE attempts;
        CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF nextval('attempts') <= {times} THEN RAISE EXCEPTION 'failed' USING ERRCODE = '{state}'; END IF;
            RETURN NULL;
        END $$;
        CREATE TRIGGER fail AFTER INSERT ON contract_events FOR EACH STATEMENT EXECUTE FUNCTION fail();
        """);

    private async Task<TException> FailsAsync<TException>(IApplicationRecorder<Guid> recorder, StoredEvent<Guid>[] events)
        where TException : Exception
    {
        var failure = await Assert.ThrowsAsync<TException>(() => recorder.InsertEventsAsync(events, true, Token).AsTask().WaitAsync(TimeSpan.FromMinutes(1), Token));
        AssertNoSecrets(failure);
        return failure;
    }

    /// <summary>No message of the whole chain contains the password or the events.</summary>
    private void AssertNoSecrets(Exception failure)
    {
        var password = new NpgsqlConnectionStringBuilder(Database.ConnectionString).Password;
        if (!string.IsNullOrEmpty(password))
        {
            Assert.DoesNotContain(password, failure.ToString(), StringComparison.Ordinal);
        }

        Assert.DoesNotContain("2026-11-23T02:33", failure.ToString(), StringComparison.Ordinal);
        for (var at = failure; at is not null; at = at.InnerException)
        {
            foreach (var value in at.Data.Values)
            {
                Assert.DoesNotContain("2026-11-23T02:33", value?.ToString() ?? "", StringComparison.Ordinal);
            }
        }
    }
}

/// <summary>A separate server that doesn't wait for the disk.</summary>
public sealed class ForgetfulServer : IDisposable
{
    public PostgreSqlServer Server { get; } = new("fsync = off");

    public void Dispose() => Server.Dispose();
}
