using EventSourcing;
using EventSourcing.Recording;
using Recorders.Contract;
using Xunit;
using static PostgreSql.Tests.Waiting;

namespace PostgreSql.Tests;

/// <summary>A server that waits for a standby, and stops waiting: a commit without the standby isn't a success.</summary>
public sealed class StandbyTests : IDisposable
{
    private readonly PostgreSqlServer _server = new();

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task A_commit_that_no_standby_has_is_in_doubt()
    {
        using var database = new PostgreSqlDatabase(_server);
        await using var recorder = GeneratedRecorders.WithGuidsAt(database.Url);
        await recorder.InsertEventsAsync(Events(), true, TestContext.Current.CancellationToken);

        // From here on each commit waits for a standby that isn't there.
        database.Query("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
        database.Query("SELECT pg_reload_conf()");
        await UntilAsync(() => database.Query("SHOW synchronous_standby_names") is "nobody");
        var saving = recorder.InsertEventsAsync(Events(), true, TestContext.Current.CancellationToken).AsTask();
        await UntilAsync(() => database.Query("SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") is > 0L);

        await Assert.ThrowsAsync<InDoubtException>(() => saving);
        Assert.Equal(2L, database.Query("SELECT count(*) FROM contract_events"));

        database.Query("ALTER SYSTEM RESET synchronous_standby_names");
        database.Query("SELECT pg_reload_conf()");
        await UntilAsync(() => database.Query("SHOW synchronous_standby_names") is "");
        await recorder.InsertEventsAsync(Events(), true, TestContext.Current.CancellationToken);
    }

    private static StoredEvent<Guid>[] Events() => [new(Guid.NewGuid(), 1, "Tested", "{}"u8.ToArray())];
}
