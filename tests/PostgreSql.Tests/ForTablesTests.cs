using EventSourcing;
using EventSourcing.PostgreSql;
using EventSourcing.Recording;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>A recorder for the tables of an application that isn't compiled in.</summary>
public sealed class ForTablesTests : PostgreSqlTestBase
{
    [Fact]
    public async Task It_reads_and_continues_what_the_application_has_written()
    {
        var id = Guid.NewGuid();
        await using var application = Open();
        await application.InsertEventsAsync(Events(id), true, Token);
        await using var tool = PostgreSqlRecorder<Guid>.ForTables(Database.Url, "contract");
        Assert.Equal((id, 1L), Assert.Single((await tool.SelectNotificationsAsync(10, cancellationToken: Token)).Select(n => (n.OriginatorId, n.OriginatorVersion))));
        Assert.Equal([2L], await tool.InsertEventsAsync(Events(id, 2), true, Token));
        await Assert.ThrowsAsync<ConcurrencyException>(() => application.InsertEventsAsync(Events(id, 2), true, Token).AsTask());
    }

    [Fact]
    public async Task Keys_may_be_texts_and_tables_in_a_schema()
    {
        await using var tool = PostgreSqlRecorder<string>.ForTables(Database.Url, "notes", "Teaching", createTables: true);
        await tool.InsertEventsAsync([new("ä/1", 1, "Tested", default), new("ä/2", 1, "Tested", default)], true, Token);
        Assert.Equal(["ä/1", "ä/2"], (await tool.SelectNotificationsAsync(10, cancellationToken: Token)).Select(n => n.OriginatorId));
        Assert.Equal(2, Count("""SELECT count(*) FROM "Teaching".notes_events"""));
    }

    [Fact]
    public async Task Its_statements_are_those_of_the_generated_recorders()
    {
        await using var guids = (PostgreSqlRecorder<Guid>)Open();
        await using var texts = (PostgreSqlRecorder<string>)GeneratedRecorders.WithStringsInSchema(Database.Url);
        Assert.Equal(guids.Sql, PostgreSqlRecorder<Guid>.ForTables(Database.Url, "contract", createTables: true).Sql);
        Assert.Equal(texts.Sql, PostgreSqlRecorder<string>.ForTables(Database.Url, "contracttext", texts.Sql.Schema, createTables: true).Sql);
    }

    [Fact]
    public async Task A_database_without_the_table_is_refused_and_stays_as_it_was()
    {
        await using var tool = PostgreSqlRecorder<Guid>.ForTables(Database.Url, "other");
        Assert.Contains("other_events", (await Assert.ThrowsAsync<StoreConfigurationException>(() => tool.OpenAsync(Token).AsTask())).Message, StringComparison.Ordinal);
        Assert.Equal(0, Count("SELECT count(*) FROM pg_class WHERE relname = 'other_events'"));
    }

    [Theory]
    [InlineData("", "public")]
    [InlineData("school\" (x); --", "public")]
    [InlineData("school", "pg_catalog")]
    [InlineData("school", "teaching\"; --")]
    public void Names_that_no_application_can_have_are_refused(string prefix, string schema) =>
        Assert.Throws<StoreConfigurationException>(() => PostgreSqlRecorder<Guid>.ForTables(Database.Url, prefix, schema));

    [Fact]
    public void Keys_of_other_types_are_refused() =>
        Assert.Contains("Int64", Assert.Throws<StoreConfigurationException>(() => PostgreSqlRecorder<long>.ForTables(Database.Url, "contract")).Message, StringComparison.Ordinal);
}
