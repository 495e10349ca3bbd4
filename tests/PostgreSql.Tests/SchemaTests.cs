using System.Diagnostics;
using EventSourcing;
using EventSourcing.Recording;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>Tables are created once, by the first process, and differences are reported.</summary>
public sealed class SchemaTests : PostgreSqlTestBase
{
    [Fact]
    public async Task Many_stores_create_the_tables_at_once()
    {
        for (var round = 0; round < TestRounds.Of(5, 50); round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
            {
                await using var recorder = GeneratedRecorders.WithGuidsInSchema(Database.Url);
                if (i % 2 == 0)
                {
                    await recorder.EnsureSchemaAsync(Token);
                }
                else
                {
                    await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
                }

                Assert.Empty(await recorder.VerifySchemaAsync(Token));
            }, Token)));
            Assert.Equal(4, Count("""SELECT count(*) FROM "Contract".contract_events"""));
            Query("""DROP SCHEMA "Contract" CASCADE""");
        }
    }

    [Fact]
    public async Task Many_processes_create_the_tables_at_once()
    {
        var writers = Enumerable.Range(0, 4).Select(i => Task.Run(async () =>
        {
            using var process = Process.Start(new ProcessStartInfo(
                Environment.ProcessPath is { } path && path.EndsWith("dotnet", StringComparison.Ordinal) ? path : "dotnet",
                [Path.Combine(AppContext.BaseDirectory, "CrashWriter.dll"), Database.Url, $"{i}", "1"])
            {
                RedirectStandardOutput = true,
            })!;
            // The line "ready", and one save.
            var lines = new[] { await process.StandardOutput.ReadLineAsync(Token), await process.StandardOutput.ReadLineAsync(Token) };
            process.Kill();
            return lines;
        }, Token));
        foreach (var lines in await Task.WhenAll(writers))
        {
            Assert.Equal("ready", lines[0]);
            Assert.False(string.IsNullOrEmpty(lines[1]));
        }
    }

    [Fact]
    public async Task A_missing_table_is_reported_and_created_on_request()
    {
        await using var recorder = VerifyingApplication.Create(Database.Url, new()).Recorder;
        Assert.Contains("missing", Assert.Single(await recorder.VerifySchemaAsync(Token)), StringComparison.Ordinal);
        var failure = await Assert.ThrowsAsync<StoreConfigurationException>(() => recorder.OpenAsync(Token).AsTask());
        Assert.Contains("contract_events", failure.Message, StringComparison.Ordinal);
        Assert.Equal(0, Count("SELECT count(*) FROM pg_tables WHERE tablename = 'contract_events'"));

        await recorder.EnsureSchemaAsync(Token);
        await recorder.EnsureSchemaAsync(Token);
        Assert.Empty(await recorder.VerifySchemaAsync(Token));
        await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
    }

    [Theory]
    [InlineData("ALTER TABLE contract_events DROP COLUMN append_id", "append_id")]
    [InlineData("ALTER TABLE contract_events DROP COLUMN metadata", "metadata")]
    [InlineData("ALTER TABLE contract_events ALTER COLUMN topic TYPE bytea USING ''", "topic")]
    [InlineData("ALTER TABLE contract_events ALTER COLUMN originator_version DROP NOT NULL", "originator_version")]
    [InlineData("ALTER TABLE contract_events ALTER COLUMN id TYPE integer", "ALTER COLUMN id TYPE bigint")]
    [InlineData("ALTER TABLE contract_events ALTER COLUMN originator_version TYPE integer", "ALTER COLUMN originator_version TYPE bigint")]
    [InlineData("ALTER TABLE contract_events ALTER COLUMN originator_version TYPE numeric", "ALTER COLUMN originator_version TYPE bigint")]
    [InlineData("CREATE COLLATION vague (provider = icu, locale = 'und-u-ks-level2', deterministic = false); ALTER TABLE contract_events ALTER COLUMN topic TYPE text COLLATE vague", "nondeterministic")]
    [InlineData("ALTER TABLE contract_events SET UNLOGGED", "SET LOGGED")]
    [InlineData("DROP INDEX contract_events_aggregate_idx", "unique index")]
    [InlineData("DROP INDEX contract_events_aggregate_idx; CREATE INDEX contract_events_aggregate_idx ON contract_events (originator_id, originator_version)", "unique index")]
    [InlineData("DROP INDEX contract_events_aggregate_idx; CREATE UNIQUE INDEX ON contract_events (originator_id, originator_version) WHERE originator_version > 1", "unique index")]
    [InlineData("DROP INDEX contract_events_aggregate_idx; ALTER TABLE contract_events ADD UNIQUE (originator_id, originator_version) DEFERRABLE", "unique index")]
    [InlineData("CREATE UNIQUE INDEX once ON contract_events (append_id)", "once")]
    [InlineData("CREATE UNIQUE INDEX once ON contract_events (originator_id)", "once")]
    [InlineData("CREATE UNIQUE INDEX once ON contract_events (originator_version, topic) INCLUDE (originator_id, id)", "once")]
    [InlineData("CREATE UNIQUE INDEX once ON contract_events (lower(topic)) WHERE topic <> ''", "once")]
    [InlineData("ALTER TABLE contract_events ADD CONSTRAINT once UNIQUE (append_id) DEFERRABLE INITIALLY DEFERRED", "once")]
    [InlineData("ALTER SEQUENCE contract_events_id_seq CACHE 20", "CACHE")]
    [InlineData("ALTER SEQUENCE contract_events_id_seq INCREMENT BY -1", "sequence")]
    [InlineData("ALTER TABLE contract_events ALTER COLUMN id DROP IDENTITY", "sequence")]
    public async Task A_difference_is_reported(string sql, string word)
    {
        await using (var recorder = Open())
        {
            await recorder.OpenAsync(Token);
        }

        Query(sql);
        await using (var recorder = VerifyingApplication.Create(Database.Url, new()).Recorder)
        {
            Assert.Contains(word, Assert.Single(await recorder.VerifySchemaAsync(Token)), StringComparison.Ordinal);
            var failure = await Assert.ThrowsAsync<StoreConfigurationException>(() => recorder.OpenAsync(Token).AsTask());
            Assert.Contains(word, failure.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("CREATE VIEW contract_events AS SELECT 1 AS id", true)]
    [InlineData("CREATE VIEW contract_events AS SELECT 1 AS one", true)]
    [InlineData("CREATE MATERIALIZED VIEW contract_events AS SELECT 1 AS id", true)]
    [InlineData("CREATE SEQUENCE contract_events", true)]
    [InlineData("CREATE TYPE contract_events AS (id bigint)", true)]
    [InlineData("CREATE TYPE contract_events AS ENUM ('id')", false)]
    public async Task Another_relation_or_type_with_the_name_of_the_table_is_reported(string sql, bool isRelation)
    {
        Query(sql);
        await using (var recorder = Open())
        {
            foreach (var work in new Func<Task>[] { () => recorder.OpenAsync(Token).AsTask(), () => recorder.EnsureSchemaAsync(Token).AsTask() })
            {
                Assert.Contains("isn't a table", (await Assert.ThrowsAsync<StoreConfigurationException>(work)).Message, StringComparison.Ordinal);
            }
        }

        await using (var recorder = VerifyingApplication.Create(Database.Url, new()).Recorder)
        {
            Assert.Contains(isRelation ? "isn't a table" : "missing", Assert.Single(await recorder.VerifySchemaAsync(Token)), StringComparison.Ordinal);
            await Assert.ThrowsAsync<StoreConfigurationException>(() => recorder.OpenAsync(Token).AsTask());
        }
    }

    [Fact]
    public async Task A_version_that_is_stored_twice_is_reported()
    {
        var id = Guid.NewGuid();
        await using (var school = await GuidApplication.OpenAsync(Database.Url, cancellationToken: Token))
        {
            await school.Recorder.InsertEventsAsync(Events(id), true, Token);
            Query("DROP INDEX contract_events_aggregate_idx; INSERT INTO contract_events (originator_id, originator_version, topic, state) SELECT originator_id, originator_version, topic, state FROM contract_events");
            var corrupted = await Assert.ThrowsAsync<StreamCorruptedException>(async () => await school.Repository.GetAsync<GuidThing>(id, cancellationToken: Token));
            Assert.Contains("version 1 occurs twice", corrupted.Message, StringComparison.Ordinal);
        }

        await using (var recorder = Open())
        {
            Assert.Contains("twice", (await Assert.ThrowsAsync<StoreConfigurationException>(() => recorder.OpenAsync(Token).AsTask())).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_collation_in_which_different_text_keys_are_equal_is_refused()
    {
        await using (var recorder = GeneratedRecorders.WithStringsAt(Database.Url))
        {
            await recorder.OpenAsync(Token);
        }

        Query("CREATE COLLATION vague (provider = icu, locale = 'und-u-ks-level2', deterministic = false); ALTER TABLE contracttext_events ALTER COLUMN originator_id TYPE text COLLATE vague");
        await using (var recorder = GeneratedRecorders.WithStringsAt(Database.Url))
        {
            Assert.Contains("nondeterministic", Assert.Single(await recorder.VerifySchemaAsync(Token)), StringComparison.Ordinal);
            await Assert.ThrowsAsync<StoreConfigurationException>(() => recorder.OpenAsync(Token).AsTask());
        }
    }

    [Theory]
    [InlineData("CREATE UNIQUE INDEX vague_idx ON contracttext_events (originator_id COLLATE vague, originator_version)", "vague_idx")]
    [InlineData("DROP INDEX contracttext_events_aggregate_idx; CREATE UNIQUE INDEX contracttext_events_aggregate_idx ON contracttext_events (originator_id COLLATE vague, originator_version)", "contracttext_events_aggregate_idx")]
    [InlineData("DROP INDEX contracttext_events_aggregate_idx; CREATE UNIQUE INDEX contracttext_events_aggregate_idx ON contracttext_events (originator_id COLLATE \"POSIX\", originator_version)", "contracttext_events_aggregate_idx")]
    [InlineData("DROP INDEX contracttext_events_aggregate_idx; CREATE UNIQUE INDEX contracttext_events_aggregate_idx ON contracttext_events (originator_id, originator_version) WHERE originator_version > 1", "contracttext_events_aggregate_idx")]
    public async Task A_unique_index_that_treats_different_keys_as_equal_or_is_not_used_is_refused(string sql, string word)
    {
        await using (var recorder = GeneratedRecorders.WithStringsAt(Database.Url))
        {
            await recorder.OpenAsync(Token);
        }

        Query($"CREATE COLLATION vague (provider = icu, locale = 'und-u-ks-level2', deterministic = false); {sql}");
        await using (var recorder = GeneratedRecorders.WithStringsAt(Database.Url))
        {
            var failure = await Assert.ThrowsAsync<StoreConfigurationException>(() => recorder.OpenAsync(Token).AsTask());
            Assert.Contains(word, failure.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("CREATE UNIQUE INDEX ON contract_events (originator_version, originator_id)")]
    [InlineData("CREATE UNIQUE INDEX ON contract_events (topic, id) WHERE topic <> ''")]
    [InlineData("CREATE UNIQUE INDEX ON contract_events (originator_id, originator_version, topic) INCLUDE (append_id)")]
    [InlineData("ALTER TABLE contract_events ADD UNIQUE (originator_id, originator_version) DEFERRABLE INITIALLY DEFERRED")]
    [InlineData("ALTER TABLE contract_events ALTER COLUMN topic DROP NOT NULL, ALTER COLUMN state DROP NOT NULL, ALTER COLUMN originator_id DROP NOT NULL")]
    [InlineData("CREATE INDEX ON contract_events (topic); CREATE INDEX ON contract_events (append_id)")]
    public async Task A_table_that_is_stricter_or_looser_without_harm_is_accepted(string sql)
    {
        await using (var recorder = Open())
        {
            await recorder.OpenAsync(Token);
        }

        Query(sql);
        await using (var recorder = Open())
        {
            var id = Guid.NewGuid();
            Assert.Empty(await recorder.VerifySchemaAsync(Token));
            await recorder.InsertEventsAsync(Events(id, 1, 3), true, Token);
            await recorder.InsertEventsAsync([.. Events(id, 4), .. Events(Guid.NewGuid())], true, Token);
            await Assert.ThrowsAsync<ConcurrencyException>(() => recorder.InsertEventsAsync(Events(id, 4), true, Token).AsTask());
            Assert.Equal(4, (await recorder.SelectEventsAsync(id, cancellationToken: Token)).Count);
        }
    }

    [Fact]
    public async Task A_table_can_be_altered_while_stores_are_open()
    {
        await using var recorder = Open();
        await recorder.InsertEventsAsync(Events(Guid.NewGuid(), 1, 2), true, Token);
        await using var subscription = Subscribing.Log(recorder).SubscribeAsync(cancellationToken: Token).GetAsyncEnumerator(Token);
        var id = Guid.NewGuid();
        for (var version = 1; version <= 5; version++)
        {
            // Several connections of the pool prepare their statements.
            await recorder.InsertEventsAsync(Events(id, version), true, Token);
            var rows = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => recorder.SelectEventsAsync(id, cancellationToken: Token).AsTask()));
            Assert.All(rows, found => Assert.Equal(version, found.Count));
            do
            {
                Assert.True(await subscription.MoveNextAsync());
            }
            while (subscription.Current.AggregateId != id || subscription.Current.Header.Version < version);
            Query($"ALTER TABLE contract_events ALTER COLUMN topic TYPE varchar({300 + version})");
        }
    }

    [Fact]
    public async Task A_sequence_behind_the_table_is_raised()
    {
        await using (var recorder = Open())
        {
            await recorder.InsertEventsAsync(Events(Guid.NewGuid(), 1, 10), true, Token);
        }

        // As after a logical replication, which doesn't copy sequences.
        Query("SELECT setval('contract_events_id_seq', 3)");
        await using (var recorder = Open())
        {
            Assert.Equal([11], await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token));
        }

        // A sequence that is ahead stays there.
        Query("SELECT setval('contract_events_id_seq', 100)");
        await using (var recorder = Open())
        {
            Assert.Equal([101], await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token));
        }
    }

    [Fact]
    public async Task Stores_of_one_database_are_independent()
    {
        await using var one = Open();
        await using var other = GeneratedRecorders.WithGuidsInSchema(Database.Url);
        await one.InsertEventsAsync(Events(Guid.NewGuid(), 1, 2), true, Token);
        Assert.Equal([1], await other.InsertEventsAsync(Events(Guid.NewGuid()), true, Token));
        Assert.Equal((2, 1), (await one.GetMaxPositionAsync(Token), await other.GetMaxPositionAsync(Token)));
    }
}
