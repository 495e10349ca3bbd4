using EventSourcing;
using EventSourcing.Recording;
using Recorders.Contract;
using Xunit;

namespace Recorders.Tests;

/// <summary>Existing tables: our own, Python's, and others.</summary>
public sealed class SqliteTableTests : SqliteTestBase
{
    private const string PythonTable = """
        CREATE TABLE contract_events (
            id INTEGER NOT NULL,
            originator_id BINARY(16) NOT NULL,
            originator_version INTEGER NOT NULL,
            topic TEXT NOT NULL,
            state BLOB NOT NULL,
            PRIMARY KEY (id)
        );
        CREATE UNIQUE INDEX contract_events_aggregate_idx
            ON contract_events (originator_id, originator_version);
        INSERT INTO contract_events VALUES (1, x'5b9e3ba8eb3c5b5c8f0fd8a7b3a5b2c1', 1, 'school:Dog.Registered', x'7b7d');
        """;

    private static readonly Guid PythonId = Guid.Parse("5b9e3ba8-eb3c-5b5c-8f0f-d8a7b3a5b2c1");

    [Fact]
    public async Task Own_table_has_the_columns_and_the_index()
    {
        await using (var recorder = Open())
        {
            await recorder.OpenAsync(Token);
        }

        Assert.Equal(
            "id INTEGER 0,originator_id BLOB 1,originator_version INTEGER 1,topic TEXT 1,state BLOB 1,append_id BLOB 0,metadata BLOB 0",
            Query("SELECT group_concat(name || ' ' || type || ' ' || \"notnull\") FROM pragma_table_info('contract_events')"));
        Assert.Equal(1L, Query("SELECT count(*) FROM sqlite_schema WHERE name = 'contract_events_aggregate_idx' AND sql LIKE '%UNIQUE%'"));
        Assert.Equal(1L, Query("SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_sequence'"));
    }

    [Fact]
    public async Task Table_of_Python_is_adopted_and_stays_usable()
    {
        Query(PythonTable);
        await using (var recorder = Open())
        {
            var row = Assert.Single(await recorder.SelectEventsAsync(PythonId, cancellationToken: Token));
            Assert.Equal("school:Dog.Registered", row.Topic);
            Assert.True(row.Metadata.IsEmpty);
            await Assert.ThrowsAsync<ConcurrencyException>(() => recorder.InsertEventsAsync(Events(PythonId), true, Token).AsTask());
            Assert.Equal([2L], await recorder.InsertEventsAsync(Events(PythonId, 2), true, Token));
        }

        Query("INSERT INTO contract_events (originator_id, originator_version, topic, state) VALUES (x'00', 1, 't', x'7b7d')");
        await using var again = Open();
        Assert.Equal(3, await again.GetMaxPositionAsync(Token));
        var failure = await Assert.ThrowsAsync<StreamCorruptedException>(() => again.SelectNotificationsAsync(10, cancellationToken: Token).AsTask());
        Assert.Equal((3, "t"), (failure.Position, failure.Topic));
        Assert.Contains("1 bytes", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Table_of_Python_is_refused_without_table_creation()
    {
        Query(PythonTable);
        await using var recorder = GeneratedRecorders.WithoutCreation(Url);
        var failure = await Assert.ThrowsAsync<StoreConfigurationException>(() => recorder.OpenAsync(Token).AsTask());
        var differences = await recorder.VerifySchemaAsync(Token);
        Assert.Equal(
            ["The column append_id of the table contract_events is missing.", "The column metadata of the table contract_events is missing."], differences);
        Assert.EndsWith(string.Join(' ', differences), failure.Message, StringComparison.Ordinal);
        Assert.Equal(5L, Query("SELECT count(*) FROM pragma_table_info('contract_events')"));
    }

    [Fact]
    public async Task Without_table_creation_a_missing_table_is_refused_and_a_matching_one_is_used()
    {
        await using var verifying = GeneratedRecorders.WithoutCreation(Url);
        await Assert.ThrowsAsync<StoreConfigurationException>(() => verifying.OpenAsync(Token).AsTask());
        await using (var recorder = Open())
        {
            await recorder.OpenAsync(Token);
        }

        await verifying.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
    }

    [Fact]
    public async Task Verifying_changes_nothing()
    {
        await using (var recorder = Open())
        {
            Assert.Equal(["The database file is missing."], await recorder.VerifySchemaAsync(Token));
        }

        Assert.Empty(Directory.GetFiles(Folder));

        Query("CREATE TABLE mine (x)");
        var bytes = await File.ReadAllBytesAsync(Path, Token);
        await using (var recorder = Open())
        {
            Assert.Equal(["The table contract_events is missing."], await recorder.VerifySchemaAsync(Token));
        }

        Assert.Equal(bytes, await File.ReadAllBytesAsync(Path, Token));
        Assert.Equal([Path], Directory.GetFiles(Folder));
    }

    [Fact]
    public async Task Missing_parts_can_be_created_on_request_although_creation_is_off()
    {
        await using var recorder = GeneratedRecorders.WithoutCreation(Url);
        await recorder.EnsureSchemaAsync(Token);
        Assert.Empty(await recorder.VerifySchemaAsync(Token));
        await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);

        // Also when a part is dropped while the store is open.
        Query("DROP INDEX contract_events_aggregate_idx");
        Assert.Equal(
            ["The unique index on the columns originator_id and originator_version of the table contract_events is missing."],
            await recorder.VerifySchemaAsync(Token));
        await recorder.EnsureSchemaAsync(Token);
        Assert.Empty(await recorder.VerifySchemaAsync(Token));
    }

    [Fact]
    public async Task Every_difference_is_named_and_none_is_repaired()
    {
        Query("""
            CREATE TABLE contract_events (
                id BIGINT PRIMARY KEY, originator_id TEXT, originator_version TEXT, topic VARCHAR(20), append_id BLOB, metadata INTEGER, mine TEXT NOT NULL)
            """);
        await using var recorder = Open();
        string[] differences =
        [
            "The column id of the table contract_events isn't its INTEGER PRIMARY KEY.",
            "The column originator_id of the table contract_events has the type TEXT instead of BLOB.",
            "The column originator_version of the table contract_events has the type TEXT instead of INTEGER.",
            "The column state of the table contract_events is missing.",
            "The column metadata of the table contract_events has the type INTEGER instead of BLOB.",
            "The column mine of the table contract_events requires a value, but the store doesn't know the column.",
            "The unique index on the columns originator_id and originator_version of the table contract_events is missing.",
        ];
        Assert.Equal(differences, await recorder.VerifySchemaAsync(Token));
        var failure = await Assert.ThrowsAsync<StoreConfigurationException>(() => recorder.EnsureSchemaAsync(Token).AsTask());
        Assert.EndsWith(string.Join(' ', differences), failure.Message, StringComparison.Ordinal);
        Assert.Equal(differences, await recorder.VerifySchemaAsync(Token));
        Assert.Equal(0L, Query("SELECT count(*) FROM sqlite_schema WHERE sql LIKE '%INDEX%'"));
    }

    [Fact]
    public async Task A_foreign_name_is_shown_shortened_and_without_control_characters()
    {
        Query($"""
            CREATE TABLE contract_events (
                id INTEGER PRIMARY KEY, originator_id, originator_version INT, topic TEXT, state BINARY, append_id BLOB, metadata "a{'\n'}b",
                "{new string('x', 49)}{'\n'}y" NOT NULL, given NOT NULL DEFAULT 1, free, UNIQUE (originator_id, originator_version))
            """);
        await using var recorder = Open();
        Assert.Equal(
            [
                "The column metadata of the table contract_events has the type a?b instead of BLOB.",
                $"The column {new string('x', 49)}? of the table contract_events requires a value, but the store doesn't know the column.",
            ],
            await recorder.VerifySchemaAsync(Token));
    }

    [Fact]
    public async Task Index_that_can_not_be_created_is_reported()
    {
        Query(PythonTable);
        Query("DROP INDEX contract_events_aggregate_idx");
        Query("INSERT INTO contract_events SELECT 2, originator_id, originator_version, topic, state FROM contract_events");
        await using var recorder = Open();
        var failure = await Assert.ThrowsAsync<StoreConfigurationException>(() => recorder.OpenAsync(Token).AsTask());
        Assert.Contains("holds a version twice", failure.Message, StringComparison.Ordinal);
        Assert.Equal(5L, Query("SELECT count(*) FROM pragma_table_info('contract_events')"));
    }

    [Fact]
    public async Task Missing_index_is_created()
    {
        Query(PythonTable);
        Query("DROP INDEX contract_events_aggregate_idx");
        await using var recorder = Open();
        await recorder.OpenAsync(Token);
        Assert.Equal(1L, Query("SELECT count(*) FROM pragma_index_list('contract_events') WHERE \"unique\""));
    }

    [Fact]
    public async Task Another_table_of_the_name_is_refused_and_left_unchanged()
    {
        Query("CREATE TABLE contract_events (id INTEGER PRIMARY KEY, what TEXT)");
        await using var recorder = Open();
        await Assert.ThrowsAsync<StoreConfigurationException>(() => recorder.OpenAsync(Token).AsTask());
        Assert.Equal(2L, Query("SELECT count(*) FROM pragma_table_info('contract_events')"));
    }

    [Fact]
    public async Task Database_in_UTF_16_is_refused()
    {
        Query("PRAGMA encoding='UTF-16le'; CREATE TABLE t (x)");
        await using var recorder = Open();
        await Assert.ThrowsAsync<StoreConfigurationException>(() => recorder.OpenAsync(Token).AsTask());
    }

    [Fact]
    public async Task Read_only_table_is_a_typed_error()
    {
        await using var recorder = Open();
        await recorder.OpenAsync(Token);
        Query("CREATE TRIGGER frozen BEFORE INSERT ON contract_events BEGIN SELECT raise(ABORT, 'secret hunter2'); END");
        var failure = await Assert.ThrowsAsync<StoreException>(() => recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask());
        Assert.DoesNotContain("hunter2", failure.ToString(), StringComparison.Ordinal);
    }
}
