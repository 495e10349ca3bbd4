using EventSourcing;
using EventSourcing.PostgreSql;
using Npgsql;
using Recorders.Contract;
using Xunit;

namespace PostgreSql.Tests;

/// <summary>An application whose notifications are part of its transactions.</summary>
[EventSourcedApplication(typeof(Pup), typeof(PupRow)), PostgreSqlTables(NotifyInTransaction = true)]
public sealed partial class NotifyingKennel;

/// <summary>The connections of tracked positions and of projections: how many there must be, who listens, and through a pgbouncer.</summary>
public sealed class ProjectionConnectionTests(PgBouncer pgBouncer) : PostgreSqlTestBase, IClassFixture<PgBouncer>
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    /// <summary>With one connection for reading, and the same number for transactions.</summary>
    [Fact]
    public async Task The_smallest_pools_are_enough_for_tracking_and_a_runner()
    {
        await using var kennel = await Kennel.OpenAsync($"{Database.Url}?max_pool_size=1", cancellationToken: Token);
        await RunAsync(kennel);
    }

    [Fact]
    public async Task The_smallest_data_source_is_enough_for_tracking_and_a_runner()
    {
        await using var dataSource = NpgsqlDataSource.Create($"{Database.ConnectionString};Maximum Pool Size=4");
        await using var kennel = await Kennel.OpenAsync(dataSource, cancellationToken: Token);
        await RunAsync(kennel);
    }

    /// <summary>Without an address for listening, so that other processes are found by polling.</summary>
    [Fact]
    public async Task A_runner_and_tracking_work_through_a_pgbouncer()
    {
        var url = $"{Database.UrlAt("127.0.0.1", pgBouncer.PortTo(Database))}?pgbouncer=true";
        await using var kennel = await Kennel.OpenAsync(url, cancellationToken: Token);
        await RunAsync(kennel);

        await using var other = await Kennel.OpenAsync(url, cancellationToken: Token);
        var waiting = other.Tracking.WaitForAsync("other", 1, Long, Token).AsTask();
        await kennel.Tracking.TrackAsync(new("other", 1), Token);
        await waiting;
        Assert.Equal(0, Count("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"));
    }

    [Fact]
    public async Task All_waits_and_subscriptions_of_a_store_share_one_connection_that_listens()
    {
        await using var writer = await Kennel.OpenAsync(Database.Url, cancellationToken: Token);
        await using var kennel = await Kennel.OpenAsync(Database.Url, new() { TimeProvider = new ShortMinutes() }, Token);
        var waits = Enumerable.Range(0, 20).Select(i => kennel.Tracking.WaitForAsync($"upstream{i}", 1, Long, Token).AsTask()).ToList();
        await UntilListeningAsync(1);
        await using (var subscription = kennel.NotificationLog.SubscribeAsync(cancellationToken: Token).GetAsyncEnumerator(Token))
        {
            var next = subscription.MoveNextAsync().AsTask();
            for (var i = 0; i < waits.Count; i++)
            {
                await writer.Tracking.TrackAsync(new($"upstream{i}", 1), Token);
            }

            await Task.WhenAll(waits);

            // The subscription needs the connection longer than the waits.
            await Task.Delay(ShortMinutes.Minute * 3, Token);
            Assert.Equal(1, Listening());
            await writer.SaveAsync(NewPup(), Token);
            Assert.True(await next);
        }

        await UntilListeningAsync(0);
        waits = [kennel.Tracking.WaitForAsync("last", 1, Long, Token).AsTask()];
        await UntilListeningAsync(1);
        await writer.Tracking.TrackAsync(new("last", 1), Token);
        await Task.WhenAll(waits);
        await UntilListeningAsync(0);

        long Listening() => Count("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'");

        async Task UntilListeningAsync(long count)
        {
            for (var i = 0; Listening() != count; i++)
            {
                Assert.True(i < 500, $"{Listening()} connections listen.");
                await Task.Delay(20, Token);
            }
        }
    }

    /// <summary>Without the separate notification, only that of the transaction can wake the other store.</summary>
    [Fact]
    public async Task Positions_and_steps_are_notified_of_in_their_transaction_on_request()
    {
        await using var kennel = await NotifyingKennel.OpenAsync(Database.Url, cancellationToken: Token);
        await using var reader = await NotifyingKennel.OpenAsync(Database.Url, new() { TimeProvider = new WithoutPolling() }, Token);
        using var stop = new CancellationTokenSource();
        var running = Task.Run(() => kennel.Projections.RunAsync(stop.Token), Token);
        for (var i = 1; i <= 3; i++)
        {
            var waiting = reader.Tracking.WaitForAsync("upstream", i, Long, Token).AsTask();
            await Task.Delay(30, Token);
            await kennel.Tracking.TrackAsync(new("upstream", i), Token);
            await waiting;
            var pup = NewPup();
            var saved = await kennel.SaveAsync(pup, Token);
            Assert.NotNull(await reader.Views.PupRow.GetAsync(pup.Id, atLeast: saved[^1].Position, cancellationToken: Token));
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    private static Pup NewPup() => new(new PupId(Guid.NewGuid()), "Rex", DateTimeOffset.UnixEpoch);

    /// <summary>Several callers save, track, wait and read, while a runner and a subscription are active.</summary>
    private static async Task RunAsync(Kennel kennel)
    {
        const int Callers = 4, Rounds = 10;
        using var stop = new CancellationTokenSource();
        var running = Task.Run(() => kennel.Projections.RunAsync(stop.Token), Token);
        await using var subscription = kennel.NotificationLog.SubscribeAsync(cancellationToken: Token).GetAsyncEnumerator(Token);
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            for (var i = 1; i <= Rounds; i++)
            {
                var pup = NewPup();
                var saved = await kennel.Recorder.InTransactionAsync(async transaction =>
                {
                    await kennel.SaveAsync(pup, Token);
                    await kennel.Tracking.TrackAsync(new($"caller{caller}", i), Token);
                    return pup;
                }, cancellationToken: Token);
                await kennel.Tracking.WaitForAsync($"caller{caller}", i, Long, Token);
                pup.Learn("sit");
                var recorded = await kennel.SaveAsync(saved, Token);
                Assert.Equal(1, (await kennel.Views.PupRow.GetAsync(pup.Id, atLeast: recorded[^1].Position, Long, Token))!.Tricks);
            }
        }, Token)));
        for (var i = 0; i < Callers * Rounds * 2; i++)
        {
            Assert.True(await subscription.MoveNextAsync());
        }

        Assert.All(await kennel.Projections.GetStatusAsync(Token), status => Assert.Null(status.Error));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    /// <summary>The time of the system, with timers of a minute that end soon.</summary>
    private sealed class ShortMinutes : TimeProvider
    {
        public static readonly TimeSpan Minute = TimeSpan.FromMilliseconds(200);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new Timers(base.CreateTimer(callback, state, Shorten(dueTime), period));

        private static TimeSpan Shorten(TimeSpan time) => time == TimeSpan.FromMinutes(1) ? Minute : time;

        private sealed class Timers(ITimer timer) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(Shorten(dueTime), period);

            public void Dispose() => timer.Dispose();

            public ValueTask DisposeAsync() => timer.DisposeAsync();
        }
    }
}
