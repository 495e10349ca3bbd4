using EventSourcing;
using EventSourcing.CompilerServices;
using EventSourcing.Recording;
using static Recorders.Contract.ContractCase;

namespace Recorders.Contract;

/// <summary>The guarantees of projections: their owners, positions and errors.</summary>
internal static class ProjectionCases
{
    private static readonly DateTimeOffset Birth = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);
    private static readonly EventStoreOptions ShortLease = new() { ProjectionLease = TimeSpan.FromSeconds(1) };

    public static IEnumerable<ContractCase> All => Cases.Select(c => c with { NeedsOtherTables = true });

    private static IEnumerable<ContractCase> Cases =>
    [
        WithKennel("Projection: each event counts once, also when it runs again", async (kennel, _) =>
        {
            var pup = NewPup("Rex");
            for (var i = 0; i < 1200; i++)
            {
                pup.Learn($"t{i % 7}");
            }

            await kennel.SaveAsync(pup);
            await kennel.Projections.RunUntilCaughtUpAsync();
            await kennel.Projections.RunUntilCaughtUpAsync();
            Check.Equal(1200, (await kennel.Views.PupRow.GetAsync(pup.Id))!.Tricks);
            Check.Equal(1200L, (await kennel.Views.TrickCount.GetPageAsync()).Sum(row => row.Pups));
        }),
        WithKennel("Projection: the position moves where no event has a handler", async (kennel, _) =>
        {
            var pup = NewPup("Rex");
            pup.Sleep();
            pup.Sleep();
            await kennel.SaveAsync(pup);
            await kennel.Projections.RunUntilCaughtUpAsync();
            foreach (var status in await kennel.Projections.GetStatusAsync())
            {
                Check.Equal((3L, 0L, 1, null, null), (status.Position, status.Lag, status.Version, status.Owner, status.Error));
            }
        }),
        WithKennel("Projection: an error stops the projection at its event; the others go on", async (kennel, _) =>
        {
            List<ProjectionException> stopped = [];
            kennel.Projections.Stopped += stopped.Add;
            var pup = NewPup("Rex");
            pup.Learn("sit");
            pup.Learn("fail");
            pup.Learn("roll over");
            await kennel.SaveAsync(pup);
            var failure = await Check.ThrowsAsync<ProjectionException>(() => kennel.Projections.RunUntilCaughtUpAsync());
            Check.Equal(("pups", 3L), (failure.Projection, failure.Position!.Value));
            Check.True(failure.InnerException is InvalidOperationException);
            Check.True(!failure.Message.Contains("secret"));
            Check.Equal(1, stopped.Count);
            Check.Equal(1, (await kennel.Views.PupRow.GetAsync(pup.Id))!.Tricks);
            Check.Equal(3, (await kennel.Views.TrickCount.GetPageAsync()).Count);
            var status = (await kennel.Projections.GetStatusAsync()).Single(s => s.Projection == "pups");
            Check.Equal((2L, 2L), (status.Position, status.Lag));
            Check.True(status.Error!.Contains("position 3"), status.Error);

            // A later run tries it again.
            await Check.ThrowsAsync<ProjectionException>(() => kennel.Projections.RunUntilCaughtUpAsync());
        }),
        WithKennel("Projection: a row that exists, or is missing, stops it", async (kennel, fixture) =>
        {
            // A second creation event isn't possible in one aggregate, so the row is there already.
            var recorder = kennel.Recorder.Provider.Projections;
            var pup = NewPup("Rex");
            await kennel.SaveAsync(pup);
            await kennel.Projections.RunUntilCaughtUpAsync();
            var row = await recorder.ClaimAsync(Claim("test", restarts: true), default);
            var lease = new ProjectionLease("pups", row.Fence, TimeSpan.FromMinutes(1));
            await kennel.Recorder.Provider.AppendAsync(new([new ProjectionStep { Lease = lease, After = row.Position, Position = row.Position + 1, Changes = new Deletion(pup.Id) }]));
            await recorder.ReleaseAsync(lease, null, default);
            pup.Sleep();
            pup.Learn("sit");
            await kennel.SaveAsync(pup);
            var failure = await Check.ThrowsAsync<ProjectionException>(() => kennel.Projections.RunUntilCaughtUpAsync());
            Check.True(failure.Message.Contains("Learned changes a row that doesn't exist"), failure.Message);
        }),
        WithKennel("Projection: a step of another owner is refused, and nothing of it is stored", async (kennel, _) =>
        {
            var recorder = kennel.Recorder.Provider.Projections;
            var first = await recorder.ClaimAsync(Claim("first", TimeSpan.FromMilliseconds(1)), default);
            Check.Equal("first", first.Owner);
            await Task.Delay(20);
            var second = await recorder.ClaimAsync(Claim("second"), default);
            Check.Equal(("second", first.Fence + 1), (second.Owner!, second.Fence));
            var (old, now) = (new ProjectionLease("pups", first.Fence, TimeSpan.FromMinutes(1)), new ProjectionLease("pups", second.Fence, TimeSpan.FromMinutes(1)));
            var refusal = await Check.ThrowsAsync<ProjectionFencedException>(() => WriteAsync(kennel, old, 0, 1));
            Check.Equal("pups", refusal.Projection);
            Check.True(!await recorder.RenewAsync(old, default));
            await recorder.ReleaseAsync(old, "error", default);
            await WriteAsync(kennel, now, 0, 5);
            foreach (var (after, position) in ((long, long)[])[(0, 5), (0, 6), (4, 6), (6, 7)])
            {
                await Check.ThrowsAsync<ProjectionFencedException>(() => WriteAsync(kennel, now, after, position));
            }

            var row = (await recorder.GetRowsAsync(default)).Single(r => r.Projection == "pups");
            Check.Equal(("second", 5L, null), (row.Owner!, row.Position, row.Error));

            // Nothing of a request is written if one of its steps is refused.
            var words = await recorder.ClaimAsync(new(ViewCode.TableOf<TrickCount, string>(), "second", TimeSpan.FromMinutes(1), RestartsStopped: true), default);
            var other = new ProjectionLease("tricks", words.Fence, TimeSpan.FromMinutes(1));
            await Check.ThrowsAsync<ProjectionFencedException>(() => kennel.Recorder.Provider.AppendAsync(
                new([new ProjectionStep { Lease = other, After = 0, Position = 9 }, new ProjectionStep { Lease = old, After = 5, Position = 9 }])).AsTask());
            Check.Equal(0L, (await recorder.GetRowsAsync(default)).Single(r => r.Projection == "tricks").Position);
        }),
        WithKennel("Projection: a lease keeps others away until it ends, or is released", async (kennel, _) =>
        {
            var recorder = kennel.Recorder.Provider.Projections;
            var first = await recorder.ClaimAsync(Claim("first", TimeSpan.FromSeconds(30)), default);
            Check.Equal("first", (await recorder.ClaimAsync(Claim("second"), default)).Owner);
            var lease = new ProjectionLease("pups", first.Fence, TimeSpan.FromSeconds(30));
            Check.True(await recorder.RenewAsync(lease, default));
            Check.True(!(await recorder.GetRowsAsync(default)).Single(r => r.Projection == "pups").IsExpired);
            await recorder.ReleaseAsync(lease, null, default);
            Check.True(!await recorder.RenewAsync(lease, default));
            await Check.ThrowsAsync<ProjectionFencedException>(() => WriteAsync(kennel, lease, 0, 1));
            Check.Equal("second", (await recorder.ClaimAsync(Claim("second"), default)).Owner);
        }),
        WithKennel("Projection: one that has stopped is taken only by a runner that begins", async (kennel, _) =>
        {
            var recorder = kennel.Recorder.Provider.Projections;
            var row = await recorder.ClaimAsync(Claim("first"), default);
            await recorder.ReleaseAsync(new("pups", row.Fence, TimeSpan.FromMinutes(1)), "it's an error", default);
            row = await recorder.ClaimAsync(Claim("second"), default);
            Check.Equal((null, "it's an error"), (row.Owner, row.Error!));
            row = await recorder.ClaimAsync(Claim("second", restarts: true), default);
            Check.Equal(("second", null), (row.Owner!, row.Error));
        }),
        new("Projection: a raised version builds the rows again, and stops programs with the earlier one", async fixture =>
        {
            if (!fixture.KeepsEvents)
            {
                return;
            }

            await using var kennel = await Kennel.OpenForAsync(fixture);
            var pup = NewPup("Rex");
            pup.Learn("sit");
            await kennel.SaveAsync(pup);
            await kennel.Projections.RunUntilCaughtUpAsync();
            using var stop = new CancellationTokenSource();
            var running = OutsideAsync(() => kennel.Projections.RunAsync(stop.Token));
            await kennel.Views.PupRow.WaitForAsync(2);
            await using (var later = await LaterKennel.OpenForAsync(fixture))
            {
                // Before a runner has built the rows.
                Check.True((await Check.ThrowsAsync<StoreConfigurationException>(() => later.Views.LaterPup.GetPageAsync().AsTask())).Message.Contains("version 1"));
                Check.Equal(1, (await later.Recorder.VerifySchemaAsync()).Count(d => d.Contains("version 1 instead of 2")));

                // Takes it from the runner with the earlier version.
                await later.Projections.RunUntilCaughtUpAsync();
                Check.Equal(new LaterPup(pup.Id, "The Rex", 1), (await later.Views.LaterPup.FindByTricksAsync(1)).Single());
                Check.Sequence([], await later.Recorder.VerifySchemaAsync());
                Check.Equal((2, 0L), ((await later.Projections.GetStatusAsync()).Single().Version, (await later.Projections.GetStatusAsync()).Single().Lag));
            }

            await stop.CancelAsync();
            await Check.ThrowsAsync<OperationCanceledException>(() => running);
            pup.Learn("roll over");
            await kennel.SaveAsync(pup);
            var failure = await Check.ThrowsAsync<ProjectionException>(() => kennel.Projections.RunUntilCaughtUpAsync());
            Check.True(failure.Message.Contains("version 2"), failure.Message);
            Check.Equal("pups", failure.Projection);
            await using (var later = await LaterKennel.OpenForAsync(fixture))
            {
                await later.Projections.RunUntilCaughtUpAsync();
                Check.Equal(2, (await later.Views.GetAsync<LaterPup>(pup.Id))!.Tricks);
            }
        }),
        new("Projection: one that is ahead of the log stops", async fixture =>
        {
            await using var kennel = await Kennel.OpenForAsync(fixture);
            await using var connection = fixture.Connect();
            if (connection is null)
            {
                return;
            }

            await kennel.SaveAsync(NewPup("Rex"));
            await kennel.Projections.RunUntilCaughtUpAsync();
            await RunAsync(connection, "UPDATE kennel_projections SET position = 400 WHERE name = 'tricks'");
            foreach (var run in (Func<Task>[])[() => kennel.Projections.RunUntilCaughtUpAsync(), () => kennel.Projections.RunUntilCaughtUpAsync()])
            {
                var failure = await Check.ThrowsAsync<ProjectionException>(run);
                Check.Equal("tricks", failure.Projection);
                Check.True(failure.InnerException is PositionAheadOfStoreException);
            }
        }) { NeedsConnection = true },
        new("Projection: a version that is raised before the first run has its own table", async fixture =>
        {
            if (!fixture.KeepsEvents)
            {
                return;
            }

            var pup = NewPup("Rex");
            await using (var kennel = await Kennel.OpenForAsync(fixture))
            {
                await kennel.SaveAsync(pup);
            }

            await using var later = await LaterKennel.OpenForAsync(fixture);
            await later.Projections.RunUntilCaughtUpAsync();
            Check.Equal("The Rex", (await later.Views.GetAsync<LaterPup>(pup.Id))!.Title);
        }),
        WithKennel("Projection: a step ends the wait of another store by a signal", async (kennel, fixture) =>
        {
            if (!fixture.KeepsEvents)
            {
                return;
            }

            await using var reader = await Kennel.OpenForAsync(fixture, new() { TimeProvider = new WithoutPolling() });
            using var stop = new CancellationTokenSource();
            var running = OutsideAsync(() => kennel.Projections.RunAsync(stop.Token));
            var pup = NewPup("Rex");
            for (var i = 1; i <= 5; i++)
            {
                pup.Learn("sit");
                var saved = await kennel.SaveAsync(pup);
                Check.Equal(i, (await reader.Views.PupRow.GetAsync(pup.Id, atLeast: saved[^1].Position).AsTask().WaitAsync(TimeSpan.FromSeconds(20)))!.Tricks);
            }

            await stop.CancelAsync();
            await Check.ThrowsAsync<OperationCanceledException>(() => running);
        }),
        WithKennel("Projection: a runner that finds another position takes the projection again where it is", async (kennel, _) =>
        {
            // As after a failover to a server that lacks the last steps: they are written again, and none is skipped.
            using var stop = new CancellationTokenSource();
            var running = OutsideAsync(() => kennel.Projections.RunAsync(stop.Token));
            var pup = NewPup("Rex");
            pup.Learn("sit");
            var saved = await kennel.SaveAsync(pup);
            await kennel.Views.PupRow.WaitForAsync(saved[^1].Position);
            var recorder = kennel.Recorder.Provider.Projections;
            var row = (await recorder.GetRowsAsync(default)).Single(r => r.Projection == "pups");
            await kennel.Recorder.Provider.AppendAsync(new([new ProjectionStep { Lease = new("pups", row.Fence, TimeSpan.FromMinutes(1)), After = row.Position, Position = row.Position + 1 }]));
            pup.Sleep();
            pup.Learn("roll over");
            saved = await kennel.SaveAsync(pup);
            Check.Equal(2, (await kennel.Views.PupRow.GetAsync(pup.Id, atLeast: saved[^1].Position))!.Tricks);
            await stop.CancelAsync();
            await Check.ThrowsAsync<OperationCanceledException>(() => running);
        }),
        new("Projection: two runners share the work, and each event counts once", async fixture =>
        {
            if (!fixture.KeepsEvents)
            {
                return;
            }

            await using var kennel = await Kennel.OpenForAsync(fixture, ShortLease);
            await using var other = await Kennel.OpenForAsync(fixture, ShortLease);
            using var stop = new CancellationTokenSource();
            using var stopOther = new CancellationTokenSource();
            var (running, runningOther) = (kennel.Projections.RunAsync(stop.Token), other.Projections.RunAsync(stopOther.Token));
            var pup = NewPup("Rex");
            for (var i = 0; i < 100; i++)
            {
                pup.Learn("sit");
                await kennel.SaveAsync(pup);
                if (i == 50)
                {
                    // Hands over at once.
                    await stop.CancelAsync();
                    await Check.ThrowsAsync<OperationCanceledException>(() => running);
                }
            }

            Check.Equal(100, (await other.Views.PupRow.GetAsync(pup.Id, atLeast: 101, TimeSpan.FromSeconds(60)))!.Tricks);
            Check.Equal(100L, (await other.Views.TrickCount.GetAsync("sit", atLeast: 101, TimeSpan.FromSeconds(60)))!.Pups);
            await stopOther.CancelAsync();
            await Check.ThrowsAsync<OperationCanceledException>(() => runningOther);
        }),
        new("Projection: a table that was dropped, and one whose row was deleted, are built again", async fixture =>
        {
            await using var connection = fixture.Connect();
            var pup = NewPup("Rex");
            pup.Learn("sit");
            pup.Learn("sit");
            await using (var kennel = await Kennel.OpenForAsync(fixture))
            {
                await kennel.SaveAsync(pup);
                await kennel.Projections.RunUntilCaughtUpAsync();
                if (connection is null)
                {
                    return;
                }

                await RunAsync(connection, "DROP TABLE kennel_tricks");
            }

            await using var again = await Kennel.OpenForAsync(fixture);
            await again.Projections.RunUntilCaughtUpAsync();
            Check.Equal(2L, (await again.Views.TrickCount.GetAsync("sit"))!.Pups);

            // The rows of the first event and the second aren't counted again.
            await RunAsync(connection, "DELETE FROM kennel_projections WHERE name IN ('tricks', 'pups')");
            await again.Projections.RunUntilCaughtUpAsync();
            Check.Equal(2L, (await again.Views.TrickCount.GetAsync("sit"))!.Pups);
            Check.Equal(2, (await again.Views.PupRow.GetAsync(pup.Id))!.Tricks);
        }) { NeedsConnection = true },
        new("Projection: the tables are compared and created with the others", async fixture =>
        {
            await using var kennel = Kennel.OpenForAsync(fixture).AsTask().Result;
            Check.Sequence([], await kennel.Recorder.VerifySchemaAsync());
            await kennel.Recorder.EnsureSchemaAsync();
            await using var connection = fixture.Connect();
            if (connection is null)
            {
                return;
            }

            await RunAsync(connection, "ALTER TABLE kennel_tricks ADD COLUMN extra integer");
            await RunAsync(connection, "DROP INDEX kennel_pups_name_idx");
            await RunAsync(connection, "DROP TABLE kennel_words");
            var differences = await kennel.Recorder.VerifySchemaAsync();
            Check.Equal(3, differences.Count);
            Check.True(differences.Any(d => d.Contains("kennel_tricks") && d.Contains("raise the Version")), string.Join(' ', differences));
            Check.True(differences.Any(d => d.Contains("kennel_pups_name_idx is missing")), string.Join(' ', differences));
            Check.True(differences.Any(d => d.Contains("kennel_words is missing")), string.Join(' ', differences));
            await Check.ThrowsAsync<StoreConfigurationException>(() => Kennel.OpenForAsync(fixture).AsTask());
            await RunAsync(connection, "ALTER TABLE kennel_tricks DROP COLUMN extra");
            await using var again = await Kennel.OpenForAsync(fixture);
            Check.Sequence([], await again.Recorder.VerifySchemaAsync());
        }) { NeedsConnection = true },
    ];

    private static ContractCase WithKennel(string name, Func<Kennel, RecorderFixture, Task> run) => new(name, async fixture =>
    {
        await using var kennel = await Kennel.OpenForAsync(fixture);
        await run(kennel, fixture);
    });

    private static Pup NewPup(string name) => new(new PupId(Guid.NewGuid()), name, Birth);

    private static ProjectionClaim Claim(string owner, TimeSpan? duration = null, bool restarts = false) =>
        new(ViewCode.TableOf<PupRow, PupId>(), owner, duration ?? TimeSpan.FromMinutes(1), restarts);

    private static Task WriteAsync(Kennel kennel, ProjectionLease lease, long after, long position) =>
        kennel.Recorder.Provider.AppendAsync(new([new ProjectionStep { Lease = lease, After = after, Position = position }])).AsTask();

    private static async Task RunAsync(System.Data.Common.DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }

    private sealed class Deletion(PupId id) : ViewChanges
    {
        public override ViewTable Table => ViewCode.TableOf<PupRow, PupId>();

        public override int RowCount => 0;

        public override int DeletedCount => 1;

        public override void WriteRow(int index, ViewRowWriter writer)
        {
        }

        public override void WriteDeletedKey(int index, ViewRowWriter writer) => writer.Write(0, id.Value);
    }
}
