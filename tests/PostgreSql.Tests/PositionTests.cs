using EventSourcing;
using EventSourcing.Recording;
using Npgsql;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>Positions never go back, even if the sequence changes while a store is open: a subscriber that has passed them would miss the events.</summary>
public sealed class PositionTests : TransactionTestBase
{
    private const string SetBack = "SELECT setval(pg_get_serial_sequence('contract_events', 'id'), 2)";

    public static TheoryData<string> Harms =>
    [
        // Set back below the greatest position, with holes below it; and below assigned positions, although their events are deleted.
        $"DELETE FROM contract_events WHERE id BETWEEN 3 AND 8; {SetBack}",
        $"DELETE FROM contract_events WHERE id > 2; {SetBack}",
        "ALTER SEQUENCE contract_events_id_seq RESTART",
        "CREATE TABLE kept AS TABLE contract_events; TRUNCATE contract_events RESTART IDENTITY; INSERT INTO contract_events SELECT * FROM kept",
        "TRUNCATE contract_events RESTART IDENTITY",
        "INSERT INTO contract_events (id, originator_id, originator_version, topic, state) SELECT i, gen_random_uuid(), 1, 'Other', '' FROM generate_series(11, 20) AS i",
    ];

    [Theory, MemberData(nameof(Harms))]
    public async Task Positions_of_saves_never_go_back(string harm)
    {
        await using var recorder = Open();
        await using var other = Open();
        await other.OpenAsync(Token);
        await FillAsync(recorder);
        foreach (var writer in new[] { recorder, other })
        {
            Query($"DROP TABLE IF EXISTS kept; {harm}");
            // The other recorder has never seen the deleted events.
            var least = Math.Max(writer == recorder ? 10 : 0, Count("SELECT coalesce(max(id), 0) FROM contract_events"));
            foreach (var count in new[] { 1, 3 })
            {
                var positions = await writer.InsertEventsAsync(Events(Guid.NewGuid(), 1, count), true, Token);
                Assert.True(positions[0] > least, $"{positions[0]} after {least}");
                least = positions[^1];
            }

            if (harm.StartsWith("INSERT", StringComparison.Ordinal))
            {
                break;
            }
        }

        Assert.Equal(0, Count("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"));
    }

    [Theory, MemberData(nameof(Harms))]
    public async Task Positions_of_transactions_never_go_back(string harm)
    {
        await using var recorder = await OpenAsync();
        await FillAsync(recorder);
        Query(harm);
        var least = Math.Max(10, Count("SELECT coalesce(max(id), 0) FROM contract_events"));
        await using (var session = await BeginAsync(recorder))
        {
            var written = await session.WriteAsync(Events(Guid.NewGuid(), 1, 2), true, Token);
            Assert.True(written[0] > least, $"{written[0]} after {least}");
            least = written[^1];
            var committed = await session.CommitAsync(Events(Guid.NewGuid()), Token);
            Assert.True(committed[0] > least, $"{committed[0]} after {least}");
        }

        Query(SetBack);
        await using (var session = await BeginAsync(recorder))
        {
            var committed = await session.CommitAsync(Events(Guid.NewGuid()), Token);
            Assert.True(committed[0] > least, $"{committed[0]} after {least}");
        }
    }

    [Fact]
    public async Task Serializable_transactions_that_write_different_aggregates_do_not_conflict()
    {
        await using var recorder = await OpenAsync();
        await FillAsync(recorder);
        await using var one = await BeginAsync(recorder, isolationLevel: System.Data.IsolationLevel.Serializable);
        await using var other = await BeginAsync(recorder, isolationLevel: System.Data.IsolationLevel.Serializable);
        await InsertRowAsync(one, 1);
        await InsertRowAsync(other, 2);
        var first = await one.CommitAsync(Events(Guid.NewGuid()), Token);
        var second = await other.CommitAsync(Events(Guid.NewGuid()), Token);
        Assert.True(second[0] > first[0]);
    }

    [Fact]
    public async Task A_sequence_that_was_set_higher_continues_there()
    {
        await using var recorder = Open();
        await FillAsync(recorder);
        Query("ALTER SEQUENCE contract_events_id_seq RESTART WITH 5000");
        Assert.InRange((await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token))[0], 5000, 5001);
        Query("ALTER SEQUENCE contract_events_id_seq RESTART WITH 6000");
        await using var late = Open();
        Assert.InRange((await late.InsertEventsAsync(Events(Guid.NewGuid()), true, Token))[0], 6000, 6001);
    }

    [Fact]
    public async Task A_sequence_that_ends_or_cycles_is_reported()
    {
        await using var recorder = Open();
        await FillAsync(recorder);
        Query("ALTER SEQUENCE contract_events_id_seq MAXVALUE 10");
        await Assert.ThrowsAsync<StorageFullException>(async () => await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token));
        Query("DELETE FROM contract_events WHERE id < 6; ALTER SEQUENCE contract_events_id_seq CYCLE");
        var failure = await Assert.ThrowsAsync<StoreConfigurationException>(async () => await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token));
        Assert.Contains("CYCLE", failure.Message, StringComparison.Ordinal);
        Query("ALTER SEQUENCE contract_events_id_seq NO MAXVALUE NO CYCLE");
        Assert.True((await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token))[0] > 10);
    }

    [Fact]
    public async Task A_sequence_that_may_not_be_raised_is_reported()
    {
        await using (var owner = Open())
        {
            await FillAsync(owner);
        }

        var role = "writer_" + Database.Name;
        Query($"CREATE ROLE {role} LOGIN PASSWORD 'x'; GRANT SELECT, INSERT ON contract_events TO {role}; GRANT USAGE, SELECT ON SEQUENCE contract_events_id_seq TO {role}");
        var connection = new NpgsqlConnectionStringBuilder(Database.ConnectionString) { Username = role, Password = "x" };
        try
        {
            await using var recorder = Recorders.Contract.GeneratedRecorders.WithGuidsAt(connection.ConnectionString);
            await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
            Query(SetBack);
            var failure = await Assert.ThrowsAsync<StoreConfigurationException>(async () => await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token));
            Assert.Contains("UPDATE", failure.Message, StringComparison.Ordinal);
        }
        finally
        {
            Query($"DROP OWNED BY {role}; DROP ROLE {role}");
        }
    }

    /// <summary>Positions 1 to 10.</summary>
    private static async Task FillAsync(IApplicationRecorder<Guid> recorder)
    {
        for (var i = 0; i < 5; i++)
        {
            await recorder.InsertEventsAsync(Events(Guid.NewGuid(), 1, 2), true, Token);
        }
    }
}
