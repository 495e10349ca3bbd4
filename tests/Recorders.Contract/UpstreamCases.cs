using EventSourcing;
using EventSourcing.CompilerServices;
using EventSourcing.Recording;
using static Recorders.Contract.ContractCase;

namespace Recorders.Contract;

/// <summary>
/// The tests of the Python package's projections, with their numbers in docs/transactions.md. Tests 14 to 16 are reversed: there, a lost connection
/// ends the runner. Test 17 is in PostgreSql.Tests. Tests 38 to 44 are among the cases of tracked positions.
/// </summary>
internal static class UpstreamCases
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    public static IEnumerable<ContractCase> All => Cases.Select(c => c with { NeedsOtherTables = true });

    private static IEnumerable<ContractCase> Cases =>
    [
        WithCounting("Python's test 13: an event-sourced projection counts events by topic", async (counting, _) =>
        {
            using var stop = new CancellationTokenSource();
            var running = OutsideAsync(() => counting.Projections.RunAsync(stop.Token));
            for (var i = 1; i <= 3; i++)
            {
                await SaveAndWaitAsync(new Dog($"Dog {i}"));
                Check.Equal((i, 0), (await counting.CountOfAsync("Registered"), await counting.CountOfAsync("TrickAdded")));
            }

            var dog = new Dog("Dog 4");
            dog.AddTrick("sit");
            await SaveAndWaitAsync(dog);
            Check.Equal((4, 1), (await counting.CountOfAsync("Registered"), await counting.CountOfAsync("TrickAdded")));
            await EndAsync(stop, running);

            async Task SaveAndWaitAsync(Dog saved) => await counting.Projections.WaitForAsync("topic_counters", (await counting.SaveAsync(saved))[^1].Position, Long);
        }),
        WithCounting("Python's test 14, reversed: connections that were closed before the run don't end it", async (counting, fixture) =>
        {
            await SaveAsync(counting, 1);
            await counting.Projections.RunUntilCaughtUpAsync();
            await CloseConnectionsAsync(fixture);
            using var stop = new CancellationTokenSource();
            var running = OutsideAsync(() => counting.Projections.RunAsync(stop.Token));
            await WaitForCountsAsync(counting, await SaveAsync(counting, 2), 2);
            await EndAsync(stop, running);
        }),
        WithCounting("Python's test 15, reversed: connections that are closed during the run don't end it, and nothing is lost", async (counting, fixture) =>
        {
            using var stop = new CancellationTokenSource();
            var running = OutsideAsync(() => counting.Projections.RunAsync(stop.Token));
            await SaveAndCloseConnectionsAsync(counting, fixture);
            await EndAsync(stop, running);
        }),
        WithCounting("Python's test 16, reversed: the runner of another application object goes on after its connections were closed", async (counting, fixture) =>
        {
            if (!fixture.KeepsEvents)
            {
                return;
            }

            using var stop = new CancellationTokenSource();
            var opened = new TaskCompletionSource();
            var running = OutsideAsync(async () =>
            {
                await using var other = await Counting.OpenForAsync(fixture);
                opened.SetResult();
                await other.Projections.RunAsync(stop.Token);
            });
            await opened.Task;
            await SaveAndCloseConnectionsAsync(counting, fixture);
            await EndAsync(stop, running);
        }),
        WithCounting("Python's test 28: rows are written with their position, and a repeated position leaves them alone", async (counting, _) =>
        {
            var recorder = counting.Recorder.Provider.Projections;
            await counting.SaveAsync(new Dog("Fido"));
            Check.Equal(null, await counting.Views.EventCount.GetAsync("Registered"));
            var row = await recorder.ClaimAsync(new(ViewCode.TableOf<EventCount, string>(), "test", TimeSpan.FromMinutes(1), RestartsStopped: true), default);
            var lease = new ProjectionLease("event_counts", row.Fence, TimeSpan.FromMinutes(1));
            for (var position = 1L; position <= 3; position++)
            {
                await WriteAsync(position, count: position);
                Check.Equal(position, (await counting.Views.EventCount.GetAsync("Registered", atLeast: position, TimeSpan.Zero))!.Count);
            }

            foreach (var position in (long[])[1, 2, 3])
            {
                await Check.ThrowsAsync<ProjectionFencedException>(() => WriteAsync(position, count: 100));
            }

            Check.Equal(3L, (await counting.Views.EventCount.GetAsync("Registered"))!.Count);
            await counting.Views.EventCount.WaitForAsync(null, TimeSpan.Zero);
            await counting.Views.EventCount.WaitForAsync(3, TimeSpan.Zero);
            var timeout = await Check.ThrowsAsync<TrackingTimeoutException>(() => counting.Views.EventCount.WaitForAsync(4, TimeSpan.FromMilliseconds(50)).AsTask());
            Check.Equal(("event_counts", 4L, 3L), (timeout.Name, timeout.Position, timeout.TrackedPosition!.Value));
            await recorder.ReleaseAsync(lease, null, default);

            Task WriteAsync(long position, long count) => counting.Recorder.Provider.AppendAsync(
                new([new ProjectionStep { Lease = lease, After = position - 1, Position = position, Changes = new Count("Registered", count) }])).AsTask();
        }),
        WithCounting("Python's test 29: a runner counts events by topic, and leaves out the others", async (counting, _) =>
        {
            using var stop = new CancellationTokenSource();
            var running = OutsideAsync(() => counting.Projections.RunAsync(stop.Token));
            for (var i = 1; i <= 2; i++)
            {
                // The counters of the other projection raise events, too.
                var dog = new Dog($"Dog {i}");
                dog.AddTrick("sit");
                dog.AddTrick("roll over");
                var saved = await counting.SaveAsync(dog);
                Check.Equal(1L * i, (await counting.Views.EventCount.GetAsync("Registered", saved[^1].Position, Long))!.Count);
                Check.Equal(2L * i, (await counting.Views.EventCount.GetAsync("TrickAdded", saved[^1].Position, Long))!.Count);
                await counting.Projections.WaitForAsync("topic_counters", saved[^1].Position, Long);
            }

            Check.Equal(2, (await counting.Views.EventCount.GetPageAsync()).Count);
            Check.True((await counting.NotificationLog.SelectAsync(limit: 100)).Any(recorded => recorded.Event is TopicCounter.Counted));
            await EndAsync(stop, running);
        }),
        WithCounting("Python's test 30: the error of a projection ends the run, and a wait times out", async (counting, _) =>
        {
            var (dog, fault) = (new Dog("Fido"), Faults.New());
            dog.AddTrick(fault);
            var saved = await counting.SaveAsync(dog);
            var failure = await Check.ThrowsAsync<ProjectionException>(() => counting.Projections.RunUntilCaughtUpAsync());
            Check.Equal(("event_counts", saved[^1].Position), (failure.Projection, failure.Position));
            Check.True(failure.InnerException is InvalidOperationException);
            await Check.ThrowsAsync<TrackingTimeoutException>(() => counting.Views.EventCount.WaitForAsync(saved[^1].Position, TimeSpan.FromMilliseconds(50)).AsTask());
            Check.Equal(1L, (await counting.Views.EventCount.GetAsync("Registered", saved[0].Position, TimeSpan.Zero))!.Count);
        }),
    ];

    private static ContractCase WithCounting(string name, Func<Counting, RecorderFixture, Task> run) => new(name, async fixture =>
    {
        await using var counting = await Counting.OpenForAsync(fixture);
        await run(counting, fixture);
    });

    /// <summary>Saves a dog with three tricks.</summary>
    private static async Task<long?> SaveAsync(Counting counting, int number)
    {
        var dog = new Dog($"Dog {number}");
        foreach (var trick in (string[])["sit", "roll over", "jump"])
        {
            dog.AddTrick(trick);
        }

        return (await counting.SaveAsync(dog))[^1].Position;
    }

    /// <summary>Saves dogs, and closes the connections after each save.</summary>
    private static async Task SaveAndCloseConnectionsAsync(Counting counting, RecorderFixture fixture)
    {
        const int Dogs = 8;
        for (var i = 1; i <= Dogs; i++)
        {
            var saved = await SaveAsync(counting, i);
            if (i % 2 == 0)
            {
                // While the runner processes them, and after that.
                await WaitForCountsAsync(counting, saved, i);
            }

            await CloseConnectionsAsync(fixture);
        }

        await WaitForCountsAsync(counting, await SaveAsync(counting, Dogs + 1), Dogs + 1);
    }

    /// <summary>Waits for both projections, and checks that they have counted each event of the dogs once.</summary>
    private static async Task WaitForCountsAsync(Counting counting, long? position, int dogs)
    {
        await counting.Projections.WaitForAsync("topic_counters", position, Long);
        await counting.Projections.WaitForAsync("event_counts", position, Long);
        Check.Equal((dogs, dogs * 3), (await counting.CountOfAsync("Registered"), await counting.CountOfAsync("TrickAdded")));
        Check.Equal(
            ((long)dogs, dogs * 3L), ((await counting.Views.EventCount.GetAsync("Registered"))!.Count, (await counting.Views.EventCount.GetAsync("TrickAdded"))!.Count));
    }

    /// <summary>Closes all connections to the database, where there is a server.</summary>
    private static async Task CloseConnectionsAsync(RecorderFixture fixture)
    {
        // Not through a pgbouncer: it was seen to end itself after several of its connections were closed.
        if (!fixture.IsEmbedded && !fixture.Url.Contains("pgbouncer=true", StringComparison.Ordinal))
        {
            await using var connection = fixture.Connect()!;
            await using var command = connection.CreateCommand();
            command.CommandText = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
            Check.True((long)(await command.ExecuteScalarAsync())! > 0);
        }
    }

    private static async Task EndAsync(CancellationTokenSource stop, Task running)
    {
        await stop.CancelAsync();
        await Check.ThrowsAsync<OperationCanceledException>(() => running);
    }

    /// <summary>Writes one row.</summary>
    private sealed class Count(string topic, long count) : ViewChanges
    {
        public override ViewTable Table => ViewCode.TableOf<EventCount, string>();

        public override int RowCount => 1;

        public override int DeletedCount => 0;

        public override void WriteRow(int index, ViewRowWriter writer)
        {
            writer.Write(0, topic);
            writer.Write(1, count);
        }

        public override void WriteDeletedKey(int index, ViewRowWriter writer)
        {
        }
    }
}
