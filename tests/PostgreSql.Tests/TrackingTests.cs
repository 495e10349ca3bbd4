using System.Data;
using EventSourcing;
using EventSourcing.PostgreSql;
using EventSourcing.Recording;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>The table of tracked positions on PostgreSQL: those of both kinds that the Python package creates, tables that don't fit, and locks.</summary>
public sealed class TrackingTests : TransactionTestBase
{
    private const string RowPerName =
        "CREATE TABLE contract_tracking (application_name VARCHAR(32) NOT NULL, notification_id BIGINT, PRIMARY KEY (application_name))";

    private const string RowPerPosition =
        "CREATE TABLE contract_tracking (application_name VARCHAR(32) NOT NULL, notification_id BIGINT NOT NULL, PRIMARY KEY (application_name, notification_id))";

    [Fact]
    public async Task The_table_is_created_with_the_first_position()
    {
        await using var recorder = await OpenAsync();
        Assert.Null(await recorder.Tracking.GetPositionAsync("upstream", Token));
        Assert.Equal(0, Count("SELECT count(*) FROM pg_class WHERE relname = 'contract_tracking'"));
        await TrackAsync(recorder, "upstream", 3);
        Assert.Equal("upstream=3", Rows());
        Assert.Empty(await recorder.VerifySchemaAsync(Token));
        AssertNothingIsHeld();
    }

    [Fact]
    public async Task An_error_of_the_events_table_is_not_reported_as_one_of_the_tracking_table()
    {
        await using var recorder = await OpenAsync();
        await TrackAsync(recorder, "upstream", 1);
        Database.Query("DROP TABLE contract_events");
        var failure = await Assert.ThrowsAnyAsync<StoreException>(() => recorder.AppendAsync(
            new([new StoredEvent<Guid>(Guid.NewGuid(), 1, "Tested", "{}"u8.ToArray())], AppendCondition.VersionsNext, [new("upstream", 2)]), Token).AsTask());
        Assert.DoesNotContain("_tracking", failure.Message, StringComparison.Ordinal);
        Assert.Equal("upstream=1", Rows());
    }

    [Fact]
    public async Task Transactions_that_track_the_same_names_in_another_order_do_not_wait_for_each_other()
    {
        await using var recorder = await OpenAsync();
        await TrackAsync(recorder, "a", 1);
        await TrackAsync(recorder, "b", 1);
        for (var round = 1; round <= 20; round++)
        {
            Tracking a = new("a", round + 1), b = new("b", round + 1);
            var outcomes = await Task.WhenAll(new Tracking[][] { [a, b], [b, a], [a, b], [b, a] }.Select(trackings => Task.Run(async () => await Record.ExceptionAsync(
                () => recorder.AppendAsync(new([], AppendCondition.VersionsNext, trackings), Token).AsTask()))));
            Assert.Single(outcomes, outcome => outcome is null);
            Assert.All(outcomes, outcome => Assert.True(outcome is null or AlreadyTrackedException, outcome?.ToString()));
        }
    }

    [Theory]
    [InlineData(IsolationLevel.ReadCommitted)]
    [InlineData(IsolationLevel.RepeatableRead)]
    [InlineData(IsolationLevel.Serializable)]
    public async Task A_transaction_of_any_level_creates_it_and_tracks(IsolationLevel level)
    {
        await using var recorder = await OpenAsync();
        await using (var transaction = await BeginAsync(recorder, isolationLevel: level))
        {
            await InsertRowAsync(transaction, 1);
            Assert.Null(await transaction.GetTrackedPositionAsync("upstream", Token));
            await transaction.AppendAsync(Request("upstream", 1), Token);
            Assert.Equal(1, await transaction.GetTrackedPositionAsync("upstream", Token));
            await transaction.CommitAsync(Request("upstream", 2), Token);
        }

        Assert.Equal("upstream=2", Rows());
        Assert.Equal(1, Count("SELECT count(*) FROM owners"));
    }

    [Fact]
    public async Task A_table_of_Python_with_a_row_for_each_name_is_read_and_written()
    {
        await using var recorder = await OpenOnAsync(RowPerName, "INSERT INTO contract_tracking VALUES ('Upstream', 3), ('Empty', NULL)");
        Assert.Equal(3, await recorder.Tracking.GetPositionAsync("Upstream", Token));
        Assert.Null(await recorder.Tracking.GetPositionAsync("Empty", Token));
        var refusal = await Assert.ThrowsAsync<AlreadyTrackedException>(() => TrackAsync(recorder, "Upstream", 3));
        Assert.Equal(3, refusal.TrackedPosition);
        await TrackAsync(recorder, "Upstream", 5);
        await TrackAsync(recorder, "Empty", 1);
        Assert.Equal("Empty=1,Upstream=5", Rows());
        Assert.False(await recorder.Tracking.MigrateAsync(Token));
        Assert.Empty(await recorder.VerifySchemaAsync(Token));

        // 32 characters, each of four bytes.
        var name = string.Concat(Enumerable.Repeat("🐕", 32));
        await TrackAsync(recorder, name, 1);
        var tooLong = await Assert.ThrowsAsync<StoreConfigurationException>(() => TrackAsync(recorder, name + "x", 1));
        Assert.Contains("takes 32 characters", tooLong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_of_Python_with_a_row_for_each_position_is_read_and_written_and_changed_on_request()
    {
        await using var recorder = await OpenOnAsync(RowPerPosition, "INSERT INTO contract_tracking VALUES ('Upstream', 1), ('Upstream', 2), ('Upstream', 3), ('Other', 9)");
        await using var other = Open();
        Assert.Equal(3, await recorder.Tracking.GetPositionAsync("Upstream", Token));
        foreach (var position in (long[])[3, 2, 1])
        {
            await Assert.ThrowsAsync<AlreadyTrackedException>(() => TrackAsync(recorder, "Upstream", position));
        }

        await TrackAsync(recorder, "Upstream", 5);
        await Assert.ThrowsAsync<AlreadyTrackedException>(() => TrackAsync(other, "Upstream", 4));
        await TrackAsync(other, "New", 1);
        Assert.Equal("New=1,Other=9,Upstream=1,Upstream=2,Upstream=3,Upstream=5", Rows());
        Assert.Empty(await recorder.VerifySchemaAsync(Token));

        Assert.True(await recorder.Tracking.MigrateAsync(Token));
        Assert.Equal("New=1,Other=9,Upstream=5", Rows());
        Assert.False(await recorder.Tracking.MigrateAsync(Token));

        // This store still takes it for the old table.
        await Assert.ThrowsAsync<AlreadyTrackedException>(() => TrackAsync(other, "Upstream", 5));
        await TrackAsync(other, "Upstream", 6);
        Assert.Equal("New=1,Other=9,Upstream=6", Rows());
        await TrackAsync(recorder, "Upstream", 7);
        Assert.Equal("New=1,Other=9,Upstream=7", Rows());
        Assert.Equal("application_name", Query("""
            SELECT string_agg(a.attname, ',') FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
            WHERE i.indrelid = 'contract_tracking'::regclass AND i.indisprimary
            """));
    }

    [Theory]
    [InlineData(IsolationLevel.RepeatableRead)]
    [InlineData(IsolationLevel.Serializable)]
    public async Task A_table_with_a_row_for_each_position_needs_read_committed(IsolationLevel level)
    {
        await using var recorder = await OpenOnAsync(RowPerPosition, "INSERT INTO contract_tracking VALUES ('Upstream', 3)");
        await using (var transaction = await BeginAsync(recorder, isolationLevel: level))
        {
            Assert.Equal(3, await transaction.GetTrackedPositionAsync("Upstream", Token));
            await TrackAsync(recorder, "Upstream", 6);
            await Assert.ThrowsAsync<TransactionException>(async () => await transaction.CommitAsync(Request("Upstream", 5), Token));
            Assert.True(transaction.IsUsable);
        }

        Assert.Equal("Upstream=3,Upstream=6", Rows());
    }

    [Theory]
    [InlineData("CREATE TABLE contract_tracking (name text PRIMARY KEY, position bigint)")]
    [InlineData("CREATE TABLE contract_tracking (application_name text, notification_id bigint)")]
    [InlineData("CREATE TABLE contract_tracking (application_name text PRIMARY KEY, notification_id integer)")]
    [InlineData("CREATE UNLOGGED TABLE contract_tracking (application_name text PRIMARY KEY, notification_id bigint)")]
    [InlineData("CREATE VIEW contract_tracking AS SELECT 'a' AS application_name, 1::bigint AS notification_id")]
    public async Task Another_table_of_the_name_is_refused(string create)
    {
        await using var recorder = await OpenOnAsync(create);
        await Assert.ThrowsAsync<StoreConfigurationException>(() => recorder.Tracking.GetPositionAsync("upstream", Token).AsTask());
        await Assert.ThrowsAsync<StoreConfigurationException>(() => TrackAsync(recorder, "upstream", 1));
        await Assert.ThrowsAsync<StoreConfigurationException>(() => recorder.Tracking.EnsureSchemaAsync(Token).AsTask());
        await Assert.ThrowsAsync<StoreConfigurationException>(() => recorder.Tracking.MigrateAsync(Token).AsTask());
        Assert.Contains("contract_tracking isn't a table of tracked positions", Assert.Single(await recorder.VerifySchemaAsync(Token)), StringComparison.Ordinal);
        await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
        AssertNothingIsHeld();
    }

    [Fact]
    public async Task Where_the_creation_of_tables_is_off_it_is_created_on_request()
    {
        await using (await OpenAsync())
        {
        }

        await using var tool = PostgreSqlRecorder<Guid>.ForTables(Database.Url, "contract");
        var refusal = await Assert.ThrowsAsync<StoreConfigurationException>(() => TrackAsync(tool, "upstream", 1));
        Assert.Contains("Tracking.EnsureSchemaAsync", refusal.Message, StringComparison.Ordinal);
        await tool.Tracking.EnsureSchemaAsync(Token);
        await TrackAsync(tool, "upstream", 1);
        Assert.Equal("upstream=1", Rows());
    }

    [Fact]
    public async Task A_second_runner_waits_for_the_first_and_is_then_refused()
    {
        await using var recorder = await OpenAsync();
        await TrackAsync(recorder, "upstream", 1);
        await using var first = await BeginAsync(recorder);
        await first.AppendAsync(Request("upstream", 2), Token);
        await using var second = await BeginAsync(recorder);
        await InsertRowAsync(second, 2);
        var committing = second.CommitAsync(new(Events(Guid.NewGuid()), AppendCondition.VersionsNext, [new("upstream", 2)]), Token).AsTask();
        while (Count("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") == 0)
        {
            await Task.Delay(10, Token);
        }

        // It waits for the row before it takes the lock of the store, so other saves go on.
        await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
        await first.CommitAsync(default, Token);
        Assert.Equal(2, (await Assert.ThrowsAsync<AlreadyTrackedException>(() => committing)).TrackedPosition);
        Assert.True(second.IsUsable);
        await second.DisposeAsync();
        Assert.Equal(0, Count("SELECT count(*) FROM owners"));
        Assert.Equal(1, Count("SELECT count(*) FROM contract_events"));
    }

    [Fact]
    public async Task The_wait_for_another_transaction_is_limited_and_the_commit_can_be_repeated()
    {
        await using var recorder = await OpenAsync("?busy_timeout=200");
        await TrackAsync(recorder, "upstream", 1);
        await using var first = await BeginAsync(recorder);
        await first.AppendAsync(Request("upstream", 2), Token);
        await using (var second = await BeginAsync(recorder))
        {
            await InsertRowAsync(second, 2);
            await Assert.ThrowsAsync<TransientStoreException>(async () => await second.CommitAsync(Request("upstream", 3), Token));
            Assert.True(second.IsUsable);
            await first.CommitAsync(default, Token);
            await second.CommitAsync(Request("upstream", 3), Token);
        }

        Assert.Equal("upstream=3", Rows());
        Assert.Equal(1, Count("SELECT count(*) FROM owners"));
    }

    [Fact]
    public async Task A_position_of_another_runner_is_not_taken_for_one_that_was_undone()
    {
        await using var application = GuidApplication.Create(Database.Url, new());
        await using var transaction = await application.Recorder.BeginTransactionAsync(cancellationToken: Token);
        await ExecuteAsync(transaction.DbTransaction, "CREATE TABLE mine (id int); SAVEPOINT s");
        await application.Tracking.TrackAsync(new("upstream", 1), Token);
        await ExecuteAsync(transaction.DbTransaction, "ROLLBACK TO SAVEPOINT s");
        await using var other = Open();
        await TrackAsync(other, "upstream", 1);
        await Assert.ThrowsAsync<AlreadyTrackedException>(async () => await transaction.CommitAsync(Token));
        await transaction.DisposeAsync();
        Assert.Equal(0, Count("SELECT count(*) FROM pg_class WHERE relname = 'mine'"));
    }

    [Fact]
    public async Task A_table_that_is_dropped_meanwhile_is_created_again()
    {
        await using var recorder = await OpenAsync();
        await TrackAsync(recorder, "upstream", 1);
        Assert.Equal(1, await recorder.Tracking.GetPositionAsync("upstream", Token));
        await using var transaction = await BeginAsync(recorder);
        Query("DROP TABLE contract_tracking");
        var refusal = await Assert.ThrowsAsync<TransientStoreException>(async () => await transaction.AppendAsync(Request("upstream", 2), Token));
        Assert.Contains("public.contract_tracking", refusal.Message, StringComparison.Ordinal);
        Assert.Null(await transaction.GetTrackedPositionAsync("upstream", Token));
        await transaction.CommitAsync(Request("upstream", 2), Token);
        Assert.Equal("upstream=2", Rows());
    }

    [Fact]
    public async Task A_table_that_is_replaced_by_the_older_kind_is_found_out()
    {
        await using var recorder = await OpenAsync();
        await TrackAsync(recorder, "upstream", 1);
        Assert.Equal(1, await recorder.Tracking.GetPositionAsync("upstream", Token));
        Query("DROP TABLE contract_tracking; " + RowPerPosition);
        await Assert.ThrowsAsync<TransientStoreException>(() => TrackAsync(recorder, "upstream", 2));
        await TrackAsync(recorder, "upstream", 2);
        await TrackAsync(recorder, "upstream", 3);
        Assert.Equal("upstream=2,upstream=3", Rows());
    }

    [Fact]
    public async Task A_trigger_that_suppresses_the_row_is_no_other_runner()
    {
        await using var recorder = await OpenOnAsync(RowPerName);
        Query("""
            CREATE FUNCTION silent() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
            CREATE TRIGGER silent BEFORE INSERT ON contract_tracking FOR EACH ROW EXECUTE FUNCTION silent()
            """);
        var failure = await Assert.ThrowsAsync<TransientStoreException>(() => TrackAsync(recorder, "upstream", 1));
        Assert.Contains("trigger", failure.Message, StringComparison.Ordinal);
        AssertNothingIsHeld();
    }

    [Fact]
    public async Task Of_several_positions_the_refused_one_is_named()
    {
        await using var recorder = await OpenAsync();
        await TrackAsync(recorder, "b", 7);
        var refusal = await Assert.ThrowsAsync<AlreadyTrackedException>(
            async () => await recorder.AppendAsync(new(Events(Guid.NewGuid()), AppendCondition.VersionsNext, [new("a", 1), new("b", 5), new("c", 1)]), Token));
        Assert.Equal(("b", 5L, 7L), (refusal.Name, refusal.Position, refusal.TrackedPosition!.Value));
        Assert.Equal("b=7", Rows());
        Assert.Null(await recorder.GetMaxPositionAsync(Token));
    }

    [Fact]
    public async Task A_user_without_the_privilege_is_told_of_this_table()
    {
        await using (var recorder = await OpenAsync())
        {
            await TrackAsync(recorder, "upstream", 1);
        }

        Query("""
            CREATE ROLE tracker LOGIN; GRANT USAGE ON SCHEMA public TO tracker; GRANT SELECT, INSERT ON contract_events TO tracker;
            GRANT USAGE, SELECT ON SEQUENCE contract_events_id_seq TO tracker
            """);
        await using var dataSource = Npgsql.NpgsqlDataSource.Create(new Npgsql.NpgsqlConnectionStringBuilder(Database.ConnectionString) { Options = "-c role=tracker" });
        await using var tool = GuidApplication.Create(dataSource, new());
        var refusal = await Assert.ThrowsAsync<StoreConfigurationException>(async () => await tool.Tracking.GetPositionAsync("upstream", Token));
        Assert.Contains("on the table public.contract_tracking", refusal.Message, StringComparison.Ordinal);
        refusal = await Assert.ThrowsAsync<StoreConfigurationException>(async () => await tool.Tracking.TrackAsync(new("upstream", 2), Token));
        Assert.Contains("on the table public.contract_tracking", refusal.Message, StringComparison.Ordinal);
        Query("DROP OWNED BY tracker; DROP ROLE tracker");
    }

    private async Task<IApplicationRecorder<Guid>> OpenOnAsync(params string[] statements)
    {
        foreach (var statement in statements)
        {
            Query(statement);
        }

        return await OpenAsync();
    }

    private static Task TrackAsync(IApplicationRecorder<Guid> recorder, string name, long position) => recorder.AppendAsync(Request(name, position), Token).AsTask();

    private static AppendRequest<Guid> Request(string name, long position) => new([], AppendCondition.VersionsNext, [new(name, position)]);

    private string Rows() => (string)Query("SELECT string_agg(application_name || '=' || coalesce(notification_id::text, ''), ',' ORDER BY application_name, notification_id) FROM contract_tracking")!;
}
