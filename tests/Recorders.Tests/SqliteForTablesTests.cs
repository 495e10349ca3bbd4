using EventSourcing;
using EventSourcing.Recording;
using EventSourcing.Sqlite;
using Recorders.Contract;
using Xunit;

namespace Recorders.Tests;

/// <summary>A recorder for the tables of an application that isn't compiled in.</summary>
public sealed class SqliteForTablesTests : SqliteTestBase
{
    [Fact]
    public async Task It_reads_and_continues_what_the_application_has_written()
    {
        var id = Guid.NewGuid();
        await using (var application = Open())
        {
            await application.InsertEventsAsync(Events(id), true, Token);
        }

        await using (var tool = SqliteRecorder<Guid>.ForTables(Url, "contract"))
        {
            Assert.Equal((id, 1L), Assert.Single((await tool.SelectNotificationsAsync(10, cancellationToken: Token)).Select(n => (n.OriginatorId, n.OriginatorVersion))));
            Assert.Equal([2L], await tool.InsertEventsAsync(Events(id, 2), true, Token));
            await Assert.ThrowsAsync<ConcurrencyException>(() => tool.InsertEventsAsync(Events(id, 2), true, Token).AsTask());
        }

        await using var again = Open();
        Assert.Equal([1L, 2L], (await again.SelectEventsAsync(id, cancellationToken: Token)).Select(e => e.OriginatorVersion));
    }

    [Fact]
    public async Task Keys_may_be_texts()
    {
        await using var tool = SqliteRecorder<string>.ForTables(Url, "notes", createTables: true);
        await tool.InsertEventsAsync([new("ä/1", 1, "Tested", default), new("ä/2", 1, "Tested", default)], true, Token);
        Assert.Equal(["ä/1", "ä/2"], (await tool.SelectNotificationsAsync(10, cancellationToken: Token)).Select(n => n.OriginatorId));
        Assert.Equal("text", Query("SELECT typeof(originator_id) FROM notes_events LIMIT 1"));
    }

    [Fact]
    public async Task Its_statements_are_those_of_the_generated_recorders()
    {
        await using var guids = GeneratedRecorders.WithGuids(Url);
        await using var texts = GeneratedRecorders.WithStrings(Url);
        Assert.Equal(guids.Sql, SqliteRecorder<Guid>.ForTables(Url, "contract", createTables: true).Sql);
        Assert.Equal(texts.Sql, SqliteRecorder<string>.ForTables(Url, "contracttext", createTables: true).Sql);
    }

    [Fact]
    public async Task A_database_without_the_table_is_refused_and_stays_as_it_was()
    {
        await using (var application = Open())
        {
            await application.OpenAsync(Token);
        }

        await using var tool = SqliteRecorder<Guid>.ForTables(Url, "other");
        Assert.Contains("other_events", (await Assert.ThrowsAsync<StoreConfigurationException>(() => tool.OpenAsync(Token).AsTask())).Message, StringComparison.Ordinal);
        Assert.Equal(0L, Query("SELECT count(*) FROM sqlite_master WHERE name = 'other_events'"));

        // The keys of the table are of another type.
        await using var texts = SqliteRecorder<string>.ForTables(Url, "contract");
        Assert.Contains("originator_id", (await Assert.ThrowsAsync<StoreConfigurationException>(() => texts.OpenAsync(Token).AsTask())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_file_is_refused_and_not_created()
    {
        await using var tool = SqliteRecorder<Guid>.ForTables(Url, "contract");
        await Assert.ThrowsAnyAsync<StoreException>(() => tool.OpenAsync(Token).AsTask());
        Assert.Empty(Directory.GetFileSystemEntries(Folder));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1school")]
    [InlineData("school\" (x); DROP TABLE contract_events; --")]
    [InlineData("schöol")]
    public void Prefixes_that_no_application_can_have_are_refused(string prefix) =>
        Assert.Throws<StoreConfigurationException>(() => SqliteRecorder<Guid>.ForTables(Url, prefix));

    [Fact]
    public void Keys_of_other_types_are_refused() =>
        Assert.Contains("Int64", Assert.Throws<StoreConfigurationException>(() => SqliteRecorder<long>.ForTables(Url, "contract")).Message, StringComparison.Ordinal);
}
