using System.Globalization;
using EventSourcing;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>Changes to the table of a subscription: deleted events don't end it, another log does.</summary>
public sealed class OtherLogTests : PostgreSqlTestBase
{
    public static TheoryData<string> Topics => ["", "GuidThing.Made", "Rare"];

    [Theory, MemberData(nameof(Topics))]
    public async Task A_log_without_its_last_events_is_still_the_same_log(string topic)
    {
        await using var recorder = Open();
        var last = (await recorder.InsertEventsAsync([.. Events(Guid.NewGuid(), 1, 2), new(Guid.NewGuid(), 1, "Rare", "{}"u8.ToArray())], true, Token))[^1];
        var log = Subscribing.Log(recorder, new() { PollingInterval = TimeSpan.FromMilliseconds(10) });
        await using var subscription = log.SubscribeInBatchesAsync(topics: topic.Length == 0 ? null : [topic], cancellationToken: Token).GetAsyncEnumerator(Token);
        Assert.True(await subscription.MoveNextAsync());
        Assert.Equal(last, subscription.Current.Position);
        Query("DELETE FROM contract_events WHERE id > 1");
        var next = subscription.MoveNextAsync().AsTask();
        var fresh = Subscribing.TakeAsync(log, last, 1);
        await Task.Delay(300, Token);
        Assert.False(next.IsCompleted || fresh.IsCompleted, $"{next.Exception}{fresh.Exception}");
        var position = (await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token))[0];
        Assert.True(await next.WaitAsync(TimeSpan.FromSeconds(20), Token));
        Assert.Equal(position, subscription.Current.Position);
        Assert.Equal([position], await fresh.WaitAsync(TimeSpan.FromSeconds(20), Token));

        // Also without any events, when nothing shows how far the sequence came.
        Query("DELETE FROM contract_events");
        next = subscription.MoveNextAsync().AsTask();
        await Task.Delay(100, Token);
        Assert.False(next.IsCompleted, next.Exception?.ToString());
        await Assert.ThrowsAsync<PositionAheadOfStoreException>(() => Subscribing.TakeAsync(log, position + 1, 1));
        await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
        Assert.True(await next.WaitAsync(TimeSpan.FromSeconds(20), Token));
    }

    [Theory, MemberData(nameof(Topics))]
    public async Task Rows_that_were_restored_and_passed_are_noticed(string topic)
    {
        await using var recorder = Open();
        for (var i = 0; i < 3; i++)
        {
            await recorder.InsertEventsAsync([new(Guid.NewGuid(), 1, "Rare", "{}"u8.ToArray()), .. Events(Guid.NewGuid(), 1, 3)], true, Token);
        }

        await using var subscription = Subscribing.Log(recorder, new() { PollingInterval = TimeSpan.FromMilliseconds(10) })
            .SubscribeInBatchesAsync(topics: topic.Length == 0 ? null : [topic], cancellationToken: Token).GetAsyncEnumerator(Token);
        Assert.True(await subscription.MoveNextAsync());
        Assert.Equal(12, subscription.Current.Position);

        // In one transaction, so that the subscription never sees a shorter log.
        Query(string.Create(CultureInfo.InvariantCulture, $"""
            BEGIN;
            DELETE FROM contract_events WHERE id > 6;
            INSERT INTO contract_events (id, originator_id, originator_version, topic, state)
                SELECT i, gen_random_uuid(), 1, CASE i % 2 WHEN 0 THEN 'Rare' ELSE 'GuidThing.Made' END, 'x' FROM generate_series(7, 20) AS i;
            COMMIT;
            """));
        var failure = await Assert.ThrowsAsync<PositionAheadOfStoreException>(() => subscription.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), Token));
        Assert.Equal((12, 20L), (failure.Position, failure.GreatestPosition));
        Assert.Contains("isn't in the log any more", failure.Message, StringComparison.Ordinal);
    }

    /// <param name="isTransaction">Whether the save that raises the sequence is one of a transaction.</param>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_raised_sequence_does_not_hide_another_log(bool isTransaction)
    {
        await using var recorder = Open();
        for (var i = 0; i < 12; i++)
        {
            await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
        }

        await using var subscription = Subscribing.Log(recorder, new() { PollingInterval = TimeSpan.FromMinutes(1) })
            .SubscribeInBatchesAsync(cancellationToken: Token).GetAsyncEnumerator(Token);
        Assert.True(await subscription.MoveNextAsync());
        Assert.Equal(12, subscription.Current.Position);
        var next = subscription.MoveNextAsync().AsTask();

        // An older copy is restored in place, and another process goes on with it. Then this store saves, before the subscription looks.
        Query("""
            BEGIN;
            DELETE FROM contract_events WHERE id > 6;
            SELECT setval(pg_get_serial_sequence('contract_events', 'id'), 6);
            INSERT INTO contract_events (originator_id, originator_version, topic, state) SELECT gen_random_uuid(), 1, 'GuidThing.Made', 'x' FROM generate_series(7, 9);
            COMMIT;
            """);
        if (isTransaction)
        {
            await using var session = await recorder.BeginAsync(readOnly: false, System.Data.IsolationLevel.Unspecified, Token);
            Assert.Equal([13L], await session.CommitAsync(Events(Guid.NewGuid()), Token));
        }
        else
        {
            Assert.Equal([13L], await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token));
        }

        var failure = await Assert.ThrowsAsync<PositionAheadOfStoreException>(() => next.WaitAsync(TimeSpan.FromSeconds(20), Token));
        Assert.Equal((12, 13L), (failure.Position, failure.GreatestPosition));

        // Later changes don't affect a subscription that begins after them.
        await using var later = Subscribing.Log(recorder, new() { PollingInterval = TimeSpan.FromMilliseconds(10) })
            .SubscribeInBatchesAsync(12, cancellationToken: Token).GetAsyncEnumerator(Token);
        Assert.True(await later.MoveNextAsync());
        Query("DELETE FROM contract_events WHERE id = 13");
        var position = (await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token))[0];
        Assert.True(await later.MoveNextAsync());
        Assert.Equal(position, later.Current.Position);
    }

    [Fact]
    public async Task A_role_that_may_not_read_the_server_s_identity_can_still_subscribe()
    {
        await using var recorder = Open();
        await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
        Query("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC");
        var role = "reader_" + Database.Name;
        Query($"CREATE ROLE {role} LOGIN PASSWORD 'x'; GRANT SELECT, INSERT ON contract_events TO {role}; GRANT USAGE, SELECT ON SEQUENCE contract_events_id_seq TO {role}");
        try
        {
            var connection = new Npgsql.NpgsqlConnectionStringBuilder(Database.ConnectionString) { Username = role, Password = "x" };
            await using var limited = GeneratedRecorders.WithGuidsAt(connection.ConnectionString);
            Assert.Equal([1L], await Subscribing.TakeAsync(Subscribing.Log(limited), null, 1));
            Assert.Null((await limited.GetLogStateAsync(Token)).Identity);
            Assert.NotNull((await recorder.GetLogStateAsync(Token)).Identity);
        }
        finally
        {
            Query($"DROP OWNED BY {role}; DROP ROLE {role}");
        }
    }
}
