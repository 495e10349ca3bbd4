using EventSourcing;
using EventSourcing.Recording;
using EventSourcing.Sqlite;
using Recorders.Contract;
using Xunit;

namespace Recorders.Tests;

/// <summary>The table of tracked positions on SQLite: those of both kinds that the Python package creates, and tables that don't fit.</summary>
public sealed class SqliteTrackingTests : SqliteTransactionTestBase
{
    private const string RowPerName =
        "CREATE TABLE contract_tracking (application_name VARCHAR(32) NOT NULL, notification_id INTEGER, PRIMARY KEY (application_name))";

    private const string RowPerPosition =
        "CREATE TABLE contract_tracking (application_name VARCHAR(32) NOT NULL, notification_id INTEGER NOT NULL, PRIMARY KEY (application_name, notification_id))";

    [Fact]
    public async Task The_table_is_created_with_the_first_position()
    {
        await using var recorder = Open();
        await recorder.OpenAsync(Token);
        Assert.Null(await recorder.Tracking.GetPositionAsync("upstream", Token));
        Assert.Equal(0L, Query("SELECT count(*) FROM sqlite_schema WHERE name = 'contract_tracking'"));
        await TrackAsync(recorder, "upstream", 3);
        Assert.Equal("upstream=3", Rows());
        Assert.Empty(await recorder.VerifySchemaAsync(Token));
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
    }

    [Fact]
    public async Task A_table_of_Python_with_a_row_for_each_position_is_read_and_written_and_changed_on_request()
    {
        await using var recorder = await OpenOnAsync(RowPerPosition, "INSERT INTO contract_tracking VALUES ('Upstream', 1), ('Upstream', 2), ('Upstream', 3), ('Other', 9)");
        Assert.Equal(3, await recorder.Tracking.GetPositionAsync("Upstream", Token));
        foreach (var position in (long[])[3, 2, 1])
        {
            await Assert.ThrowsAsync<AlreadyTrackedException>(() => TrackAsync(recorder, "Upstream", position));
        }

        await TrackAsync(recorder, "Upstream", 5);
        await Assert.ThrowsAsync<AlreadyTrackedException>(() => TrackAsync(recorder, "Upstream", 4));
        await TrackAsync(recorder, "New", 1);
        Assert.Equal("New=1,Other=9,Upstream=1,Upstream=2,Upstream=3,Upstream=5", Rows());
        Assert.Empty(await recorder.VerifySchemaAsync(Token));

        Assert.True(await recorder.Tracking.MigrateAsync(Token));
        Assert.Equal("New=1,Other=9,Upstream=5", Rows());
        Assert.False(await recorder.Tracking.MigrateAsync(Token));
        await Assert.ThrowsAsync<AlreadyTrackedException>(() => TrackAsync(recorder, "Upstream", 5));
        await TrackAsync(recorder, "Upstream", 6);
        Assert.Equal("New=1,Other=9,Upstream=6", Rows());
        Assert.Equal(0L, Query("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'contract_tracking_%'"));
    }

    [Theory]
    [InlineData("CREATE TABLE contract_tracking (name TEXT PRIMARY KEY, position INTEGER)")]
    [InlineData("CREATE TABLE contract_tracking (application_name TEXT, notification_id INTEGER)")]
    [InlineData("CREATE TABLE contract_tracking (application_name TEXT PRIMARY KEY, notification_id TEXT)")]
    [InlineData("CREATE TABLE contract_tracking (application_name TEXT, notification_id INTEGER PRIMARY KEY)")]
    [InlineData("CREATE VIEW contract_tracking AS SELECT 'a' AS application_name, 1 AS notification_id")]
    public async Task Another_table_of_the_name_is_refused(string create)
    {
        await using var recorder = await OpenOnAsync(create);
        await Assert.ThrowsAsync<StoreConfigurationException>(() => recorder.Tracking.GetPositionAsync("upstream", Token).AsTask());
        await Assert.ThrowsAsync<StoreConfigurationException>(() => TrackAsync(recorder, "upstream", 1));
        await Assert.ThrowsAsync<StoreConfigurationException>(() => recorder.Tracking.EnsureSchemaAsync(Token).AsTask());
        await Assert.ThrowsAsync<StoreConfigurationException>(() => recorder.Tracking.MigrateAsync(Token).AsTask());
        Assert.Contains("contract_tracking isn't a table of tracked positions", Assert.Single(await recorder.VerifySchemaAsync(Token)), StringComparison.Ordinal);
        await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
    }

    [Fact]
    public async Task Where_the_creation_of_tables_is_off_it_is_created_on_request()
    {
        await using (var recorder = Open())
        {
            await recorder.OpenAsync(Token);
        }

        await using var tool = SqliteRecorder<Guid>.ForTables(Url, "contract");
        var refusal = await Assert.ThrowsAsync<StoreConfigurationException>(() => TrackAsync(tool, "upstream", 1));
        Assert.Contains("Tracking.EnsureSchemaAsync", refusal.Message, StringComparison.Ordinal);
        await tool.Tracking.EnsureSchemaAsync(Token);
        await TrackAsync(tool, "upstream", 1);
        Assert.Equal("upstream=1", Rows());
    }

    [Fact]
    public async Task A_change_that_fails_leaves_the_table_as_it_was()
    {
        await using var recorder = await OpenOnAsync(
            RowPerPosition, "INSERT INTO contract_tracking VALUES ('Upstream', 1), ('Upstream', 2)", "CREATE TABLE contract_tracking_new (x)");
        await Assert.ThrowsAsync<StoreException>(() => recorder.Tracking.MigrateAsync(Token).AsTask());
        Assert.Equal("Upstream=1,Upstream=2", Rows());
        await TrackAsync(recorder, "Upstream", 3);
    }

    [Fact]
    public async Task A_transaction_whose_store_is_closed_tracks_nothing()
    {
        var recorder = Open();
        await using var transaction = await BeginAsync(recorder);
        await transaction.AppendAsync(Request("upstream", 1), Token);
        await recorder.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await transaction.AppendAsync(Request("upstream", 2), Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await transaction.CommitAsync(Request("upstream", 2), Token));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await recorder.Tracking.GetPositionAsync("upstream", Token));
        Assert.Throws<ObjectDisposedException>(() => recorder.Tracking.Watch());
        Assert.Equal(0L, Query("SELECT count(*) FROM sqlite_schema WHERE name = 'contract_tracking'"));
    }

    [Fact]
    public async Task A_trigger_that_suppresses_the_row_is_no_other_runner()
    {
        await using var recorder = await OpenOnAsync(RowPerName, "CREATE TRIGGER silent BEFORE INSERT ON contract_tracking BEGIN SELECT RAISE(IGNORE); END");
        var failure = await Assert.ThrowsAsync<StoreException>(() => TrackAsync(recorder, "upstream", 1));
        Assert.Contains("A trigger of the table contract_tracking suppresses rows", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wait_inside_a_transaction_that_keeps_all_others_out_is_refused()
    {
        foreach (var url in (string[])[Url, "sqlite:///:memory:"])
        {
            await using var school = await School.OpenAsync(url, cancellationToken: Token);
            await using var transaction = await school.Recorder.BeginTransactionAsync(cancellationToken: Token);
            await Assert.ThrowsAsync<TransactionException>(async () => await school.Tracking.WaitForAsync("upstream", 1, TimeSpan.FromSeconds(60), Token));
        }
    }

    private async Task<SqliteRecorder<Guid>> OpenOnAsync(params string[] statements)
    {
        foreach (var statement in statements)
        {
            Query(statement);
        }

        var recorder = Open();
        await recorder.OpenAsync(Token);
        return recorder;
    }

    private static Task TrackAsync(SqliteRecorder<Guid> recorder, string name, long position) => recorder.AppendAsync(Request(name, position), Token).AsTask();

    private static AppendRequest<Guid> Request(string name, long position) => new([], AppendCondition.VersionsNext, [new(name, position)]);

    private string Rows() => (string)Query("SELECT group_concat(r, ',') FROM (SELECT application_name || '=' || notification_id AS r FROM contract_tracking ORDER BY 1)")!;
}
