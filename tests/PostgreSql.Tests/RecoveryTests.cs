using System.Diagnostics;
using EventSourcing;
using EventSourcing.Recording;
using Npgsql;
using Recorders.Contract;
using Xunit;
using static PostgreSql.Tests.Waiting;

namespace PostgreSql.Tests;

/// <summary>A server in recovery shows the past: events that are missing there prove nothing about a save, or about the log.</summary>
public sealed class RecoveryTests : IDisposable
{
    private readonly PostgreSqlServer _primary = new();
    private readonly PostgreSqlServer _standby;
    private readonly PostgreSqlDatabase _database;
    private readonly AddressSwitch _address;

    public RecoveryTests()
    {
        _database = new PostgreSqlDatabase(_primary);
        _standby = new PostgreSqlServer(_primary);
        _address = new AddressSwitch(_primary.Port);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Url => _database.UrlAt("127.0.0.1", _address.Port);

    public void Dispose()
    {
        _address.Dispose();
        _standby.Dispose();
        _primary.Dispose();
    }

    [Fact]
    public async Task A_lost_commit_is_not_looked_up_on_a_standby()
    {
        await using var recorder = GeneratedRecorders.WithGuidsAt(Url);
        var (id, other) = (Guid.NewGuid(), Guid.NewGuid());
        await recorder.InsertEventsAsync(Events(id), true, Token);
        await CaughtUpAsync();
        OnStandby("SELECT pg_wal_replay_pause()");
        await recorder.InsertEventsAsync(Events(id, 2), true, Token);

        // Commits wait for a nonexistent standby; meanwhile the address moves to the standby that has received them, but doesn't show them.
        _primary.Execute("ALTER SYSTEM SET synchronous_standby_names = 'none'", "SELECT pg_reload_conf()");
        await UntilAsync(() => _database.Query("SHOW synchronous_standby_names") is "none");
        var saving = recorder.InsertEventsAsync(Events(id, 3), true, Token).AsTask();
        await UntilAsync(() => _database.Query("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") is > 0L);
        await ReceivedAsync();
        _primary.Kill();
        _address.LeadTo(_standby.Port);

        var second = recorder.InsertEventsAsync(Events(other), true, Token).AsTask();
        await Task.Delay(1000, Token);
        Assert.False(saving.IsCompleted, saving.Exception?.ToString());
        _standby.Promote();
        Assert.Single(await saving);
        await second;
        Assert.Equal([1, 2, 3], (await recorder.SelectEventsAsync(id, cancellationToken: Token)).Select(row => row.OriginatorVersion));
        Assert.Single(await recorder.SelectEventsAsync(other, cancellationToken: Token));
    }

    [Fact]
    public async Task A_lost_commit_of_a_transaction_is_not_looked_up_on_a_standby()
    {
        await using var recorder = GeneratedRecorders.WithGuidsAt(Url);
        var id = Guid.NewGuid();
        await recorder.InsertEventsAsync(Events(id), true, Token);
        await CaughtUpAsync();
        OnStandby("SELECT pg_wal_replay_pause()");
        _primary.Execute("ALTER SYSTEM SET synchronous_standby_names = 'none'", "SELECT pg_reload_conf()");
        await UntilAsync(() => _database.Query("SHOW synchronous_standby_names") is "none");
        await using var session = await recorder.BeginAsync(false, System.Data.IsolationLevel.Unspecified, Token);
        var committing = session.CommitAsync(Events(id, 2), Token).AsTask();
        await UntilAsync(() => _database.Query("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") is > 0L);
        await ReceivedAsync();
        _primary.Kill();
        _address.LeadTo(_standby.Port);
        await Task.Delay(1000, Token);
        Assert.False(committing.IsCompleted, committing.Exception?.ToString());
        _standby.Promote();
        Assert.Single(await committing);
    }

    [Fact]
    public async Task When_no_server_accepts_writes_in_time_the_save_is_in_doubt()
    {
        await using var recorder = GeneratedRecorders.WithGuidsAt(Url, new() { SaveTimeout = TimeSpan.FromSeconds(4) });
        var id = Guid.NewGuid();
        await recorder.InsertEventsAsync(Events(id), true, Token);
        await CaughtUpAsync();
        _primary.Execute("ALTER SYSTEM SET synchronous_standby_names = 'none'", "SELECT pg_reload_conf()");
        await UntilAsync(() => _database.Query("SHOW synchronous_standby_names") is "none");
        var saving = recorder.InsertEventsAsync(Events(id, 2), true, Token).AsTask();
        await UntilAsync(() => _database.Query("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") is > 0L);
        _address.LeadTo(_standby.Port);
        var failure = await Assert.ThrowsAsync<InDoubtException>(() => saving);
        Assert.Contains(failure.AppendId.ToString(), failure.Message, StringComparison.Ordinal);
        Assert.Contains("append_id", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_subscription_waits_for_a_standby_that_lags_behind()
    {
        await using var recorder = GeneratedRecorders.WithGuidsAt(Url);
        await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
        await CaughtUpAsync();
        foreach (var topics in new string[]?[] { null, ["Tested"] })
        {
            OnStandby("SELECT pg_wal_replay_pause()");
            await using var subscription = Subscribing.Log(recorder, new() { PollingInterval = TimeSpan.FromMilliseconds(20) })
                .SubscribeAsync(topics: topics, cancellationToken: Token).GetAsyncEnumerator(Token);
            var last = (await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token))[^1];
            do
            {
                Assert.True(await subscription.MoveNextAsync());
            }
            while (subscription.Current.Position != last);
            _address.LeadTo(_standby.Port);
            var next = subscription.MoveNextAsync().AsTask();
            await Task.Delay(1000, Token);
            Assert.False(next.IsCompleted, next.Exception?.ToString());
            await Assert.ThrowsAsync<TransientStoreException>(async () => await recorder.GetMaxPositionAsync(Token));
            OnStandby("SELECT pg_wal_replay_resume()");
            _address.LeadTo(_primary.Port);
            var positions = await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
            Assert.True(await next);
            Assert.Equal(positions[0], subscription.Current.Position);
        }
    }

    [Fact]
    public async Task SaveTimeout_is_used_while_an_address_leads_to_a_standby()
    {
        // Both for a store that was open before, and for one that is opened meanwhile.
        await using var recorder = GeneratedRecorders.WithGuidsAt(Url);
        await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
        await CaughtUpAsync();
        await using (var hasty = GeneratedRecorders.WithGuidsAt(Url, new() { SaveTimeout = TimeSpan.FromSeconds(3) }))
        {
            await hasty.InsertEventsAsync(Events(Guid.NewGuid()), true, Token);
            await CaughtUpAsync();
            _primary.Kill();
            _address.LeadTo(_standby.Port);

            // Its connection was lost when the save was sent, and only a primary could tell whether the save arrived.
            var time = Stopwatch.StartNew();
            await Assert.ThrowsAsync<InDoubtException>(async () => await hasty.InsertEventsAsync(Events(Guid.NewGuid()), true, Token));
            Assert.InRange(time.Elapsed.TotalSeconds, 2.5, 25);

            // From here on it has connections, to the standby.
            await IsRefusedAsync(hasty);
        }

        await using (var hasty = GeneratedRecorders.WithGuidsAt(Url, new() { SaveTimeout = TimeSpan.FromSeconds(3) }))
        {
            await IsRefusedAsync(hasty);
        }

        await using var late = GeneratedRecorders.WithGuidsAt(Url);
        var saving = new[] { recorder, late }.Select(r => r.InsertEventsAsync(Events(Guid.NewGuid()), true, Token).AsTask()).ToList();
        await Task.Delay(3000, Token);
        Assert.All(saving, save => Assert.False(save.IsCompleted, save.Exception?.ToString()));
        _standby.Promote();
        await Task.WhenAll(saving);

        static async Task IsRefusedAsync(IApplicationRecorder<Guid> recorder)
        {
            var time = Stopwatch.StartNew();
            var failure = await Assert.ThrowsAsync<TransientStoreException>(async () => await recorder.InsertEventsAsync(Events(Guid.NewGuid()), true, Token));
            Assert.InRange(time.Elapsed.TotalSeconds, 2.5, 25);
            Assert.Contains("standby", failure.Message, StringComparison.Ordinal);
            Assert.Contains("nothing was written", failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_store_is_not_opened_on_a_server_without_writes()
    {
        await using (var recorder = GeneratedRecorders.WithGuidsAt(Url))
        {
            await recorder.OpenAsync(Token);
        }

        await CaughtUpAsync();
        _address.LeadTo(_standby.Port);
        await using (var recorder = GeneratedRecorders.WithGuidsAt(Url))
        {
            Assert.Contains("standby", (await Assert.ThrowsAsync<StoreConfigurationException>(async () => await recorder.OpenAsync(Token))).Message, StringComparison.Ordinal);

            // A subscription ends with that error, and so does a health check.
            await Assert.ThrowsAsync<StoreConfigurationException>(() => Subscribing.TakeAsync(Subscribing.Log(recorder), null, 1));
        }

        _address.LeadTo(_primary.Port);
        _database.Query($"ALTER DATABASE {_database.Name} SET default_transaction_read_only = on");
        await using (var recorder = GeneratedRecorders.WithGuidsAt(Url))
        {
            Assert.Contains("default_transaction_read_only", (await Assert.ThrowsAsync<StoreConfigurationException>(async () => await recorder.OpenAsync(Token))).Message, StringComparison.Ordinal);
        }
    }

    private static StoredEvent<Guid>[] Events(Guid id, long version = 1) => [new(id, version, "Tested", "{}"u8.ToArray())];

    private void OnStandby(string statement) => _standby.Execute(statement);

    private object? AskStandby(string sql)
    {
        using var connection = new NpgsqlConnection(_standby.ConnectionString + ";Pooling=false");
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        return command.ExecuteScalar();
    }

    private async Task CaughtUpAsync()
    {
        var end = _database.Query("SELECT pg_current_wal_lsn()::text");
        await UntilAsync(() => AskStandby($"SELECT pg_last_wal_replay_lsn() >= '{end}'::pg_lsn") is true);
    }

    private async Task ReceivedAsync()
    {
        var end = _database.Query("SELECT pg_current_wal_flush_lsn()::text");
        await UntilAsync(() => AskStandby($"SELECT pg_last_wal_receive_lsn() >= '{end}'::pg_lsn") is true);
    }
}
