using EventSourcing;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>The server ends a transaction: its backend is killed, or it refuses the commit.</summary>
public sealed class TransactionKillTests : TransactionTestBase
{
    /// <summary>Killed before the commit, during the writing, and during the commit itself.</summary>
    [Theory]
    [InlineData("idle", true, typeof(TransientStoreException))]
    [InlineData("idle", false, typeof(TransientStoreException))]
    [InlineData("writing", true, typeof(TransientStoreException))]
    [InlineData("committing", true, typeof(TransientStoreException))]
    [InlineData("committing", false, typeof(InDoubtException))]
    public async Task A_killed_backend_is_reported_and_stores_nothing(string when, bool hasEvents, Type expected)
    {
        await using var recorder = await OpenAsync();
        Query("""
            CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NULL; END';
            """);
        if (when == "writing")
        {
            Query("CREATE TRIGGER dawdle AFTER INSERT ON contract_events FOR EACH ROW EXECUTE FUNCTION dawdle()");
        }

        if (when == "committing")
        {
            Query("CREATE CONSTRAINT TRIGGER dawdle AFTER INSERT ON owners DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION dawdle()");
        }

        await using (var session = await BeginAsync(recorder))
        {
            await InsertRowAsync(session, 1);
            var events = hasEvents ? Events(Guid.NewGuid()) : [];
            var committing = when == "idle" ? null : session.CommitAsync(events, Token).AsTask();
            var state = when == "idle" ? "state = 'idle in transaction'" : "wait_event = 'PgSleep'";
            var kill = $"SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND {state}";
            for (var i = 0; Count(kill) == 0; i++)
            {
                Assert.True(i < 500, "The backend did not reach that state in time.");
                await Task.Delay(20, Token);
            }

            committing ??= session.CommitAsync(events, Token).AsTask();
            Assert.IsType(expected, await Record.ExceptionAsync(() => committing.WaitAsync(TimeSpan.FromMinutes(1), Token)));
            Assert.False(session.IsUsable);
        }

        Assert.Equal(0, Count("SELECT count(*) FROM owners") + Count("SELECT count(*) FROM contract_events"));
        AssertNothingIsHeld();
    }

    [Theory]
    [InlineData("40001", typeof(TransientStoreException), true)]
    [InlineData("40001", typeof(TransientStoreException), false)]
    [InlineData("23505", typeof(StoreException), true)]
    [InlineData("23514", typeof(StoreException), false)]
    public async Task An_error_at_the_commit_itself_ends_it(string state, Type expected, bool hasEvents)
    {
        await using var recorder = await OpenAsync();
        Query($"""
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '{state}'; END$$;
            CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON owners DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse();
            """);
        await using var session = await BeginAsync(recorder);
        await InsertRowAsync(session, 1);
        Assert.IsType(expected, await Record.ExceptionAsync(() => session.CommitAsync(hasEvents ? Events(Guid.NewGuid()) : [], Token).AsTask()));
        Assert.False(session.IsUsable);
        Assert.Equal(0, Count("SELECT count(*) FROM owners") + Count("SELECT count(*) FROM contract_events"));
        await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
    }
}
