using EventSourcing;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>Rows that were changed by hand: each reading names the row, and none skips it.</summary>
public sealed class UnreadableRowTests : PostgreSqlTestBase
{
    // The only events table of the database.
    private string Table => (string)Query("SELECT relname::text FROM pg_class WHERE relname LIKE '%\\_events' AND relkind = 'r'")!;

    [Theory]
    [InlineData("topic"), InlineData("state"), InlineData("originator_id")]
    public async Task A_null_is_reported_with_the_position(string column)
    {
        await using var things = await GuidApplication.OpenAsync(Database.Url, cancellationToken: Token);
        var id = Guid.NewGuid();
        await things.SaveAsync(new GuidThing(id, "x"), Token);
        Query($"ALTER TABLE {Table} ALTER COLUMN {column} DROP NOT NULL; UPDATE {Table} SET {column} = NULL");

        await AssertToldAsync(() => things.NotificationLog.ReadAllAsync(cancellationToken: Token).CountAsync(Token).AsTask());
        await AssertToldAsync(() => things.NotificationLog.SubscribeAsync(cancellationToken: Token).FirstAsync(Token).AsTask());
        if (column != "originator_id")
        {
            await AssertToldAsync(() => things.Repository.GetAsync<GuidThing>(id, cancellationToken: Token).AsTask());
        }

        async Task AssertToldAsync(Func<Task> read)
        {
            var told = await Assert.ThrowsAsync<StreamCorruptedException>(read);
            Assert.Equal(1, told.Position);
            Assert.Contains($"the column {column} is null", told.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("id = -5 WHERE id = 2", -5), InlineData("id = 0 WHERE id = 2", 0), InlineData("id = id - 100", -99)]
    public async Task A_position_below_the_first_is_reported(string update, long position)
    {
        await using var things = await GuidApplication.OpenAsync(Database.Url, cancellationToken: Token);
        for (var i = 0; i < 3; i++)
        {
            await things.SaveAsync(new GuidThing(Guid.NewGuid(), "x"), Token);
        }

        Query($"UPDATE {Table} SET {update}");

        foreach (var topics in new IReadOnlyCollection<string>?[] { null, ["GuidThing.Made"] })
        {
            var told = await Assert.ThrowsAsync<StreamCorruptedException>(() => things.NotificationLog.ReadAllAsync(topics: topics, cancellationToken: Token).CountAsync(Token).AsTask());
            Assert.Equal(position, told.Position);
            told = await Assert.ThrowsAsync<StreamCorruptedException>(() => things.NotificationLog.SubscribeAsync(topics: topics, cancellationToken: Token).FirstAsync(Token).AsTask());
            Assert.Equal(position, told.Position);
        }
    }
}
