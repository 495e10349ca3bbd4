using System.Data.Common;
using EventSourcing;

namespace Recorders.Contract;

/// <summary>Rows of views that are built again beside those in use.</summary>
public static class RebuildCases
{
    public static IEnumerable<ContractCase> All => Cases.Select(c => c with { NeedsOtherTables = true });

    private static IEnumerable<ContractCase> Cases =>
    [
        new("Rebuild: while the rows of a raised version are built, those in use are read and written", async fixture =>
        {
            if (!fixture.KeepsEvents)
            {
                return;
            }

            await using var ranch = await Ranch.OpenForAsync(fixture);
            var (rex, fault) = (NewPup("Rex"), Faults.New());
            rex.Learn("sit");
            rex.Learn(fault);
            rex.Learn("stay");
            await ranch.SaveAsync(rex);
            await ranch.Projections.RunUntilCaughtUpAsync();
            await using var later = await LaterRanch.OpenForAsync(fixture);

            // It stops on its way.
            var failure = await Check.ThrowsAsync<ProjectionException>(() => later.Projections.RunUntilCaughtUpAsync());
            Check.Equal(("stalls", 3L), (failure.Projection, failure.Position));
            Check.True(!failure.Message.Contains("__next"), failure.Message);
            var status = await StatusAsync(later);
            Check.Equal((1, 4L, 2L, 2, false), (status.Version, status.Position, status.Rebuild!.Position, status.Rebuild.Version, status.Rebuild.IsDone));
            Check.Equal(failure.Message, status.Error);

            // Programs of both versions read the rows in use, which the earlier one goes on to write.
            rex.Learn("heel");
            await ranch.SaveAsync(rex);
            Check.Equal("herds", (await Check.ThrowsAsync<ProjectionException>(() => ranch.Projections.RunUntilCaughtUpAsync())).Projection);
            Check.Equal(4, (await ranch.Views.GetAsync<StallRow>(rex.Id))!.Tricks);
            Check.Equal(4, (await later.Views.GetAsync<LaterStall>(rex.Id))!.Tricks);
            Check.Equal(5L, (await StatusAsync(ranch)).Position);

            // It continues where it was, and then its rows are those in use.
            Faults.Repair(fault);
            List<RebuildProgress> reached = [];
            later.Projections.Rebuilding += progress =>
            {
                lock (reached)
                {
                    reached.Add(progress);
                }
            };
            await later.Projections.RunUntilCaughtUpAsync();
            var ofStalls = reached.Where(progress => progress.Projection == "stalls").ToList();
            Check.True(ofStalls.TrueForAll(progress => progress.Position >= 2), "It has begun again.");
            Check.Equal((true, 5L, 5L, 2), (ofStalls[^1].IsDone, ofStalls[^1].Position, ofStalls[^1].End, ofStalls[^1].Version));
            Check.Equal(new LaterStall(rex.Id, "Rex", 400), (await later.Views.LaterStall.FindByNameAsync("Rex")).Single());
            status = await StatusAsync(later);
            Check.Equal((2, 5L, null, null), (status.Version, status.Position, status.Rebuild, status.Error));
            Check.Sequence([], await later.Recorder.VerifySchemaAsync());
            Check.True((await Check.ThrowsAsync<ProjectionException>(() => ranch.Projections.RunUntilCaughtUpAsync())).Message.Contains("version 2"));
        }),
        new("Rebuild: asked for, the rows are replaced while others save and read, and readers never see an earlier state", async fixture =>
        {
            await using var ranch = await Ranch.OpenForAsync(fixture);
            using var stop = new CancellationTokenSource();
            var running = OutsideAsync(() => ranch.Projections.RunAsync(stop.Token));
            var rex = NewPup("Rex");
            await ranch.SaveAsync(rex);
            var saving = OutsideAsync(async () =>
            {
                for (var i = 0; i < 200; i++)
                {
                    rex.Learn($"trick {i}");
                    await ranch.SaveAsync(rex);
                }
            });
            var reading = OutsideAsync(async () =>
            {
                var before = 0;
                while (!stop.IsCancellationRequested)
                {
                    var now = (await ranch.Views.GetAsync<StallRow>(rex.Id))?.Tricks ?? 0;
                    Check.True(now >= before, $"{now} after {before}");
                    before = now;
                    await Task.Delay(1);
                }
            });
            for (var i = 0; i < 3; i++)
            {
                List<RebuildProgress> reached = [];
                await ranch.Projections.RebuildAsync("stalls", new Progress(reached));
                Check.True(reached[^1].IsDone);
                Check.Equal(null, (await StatusAsync(ranch)).Rebuild);
            }

            await saving;
            await ranch.Projections.RebuildAsync("stalls");
            Check.Equal(200, (await ranch.Views.StallRow.GetAsync(rex.Id, 201, TimeSpan.FromSeconds(60)))!.Tricks);
            Check.Equal(rex.Id, (await ranch.Views.StallRow.FindByNameAsync("Rex")).Single().PupId);
            await stop.CancelAsync();
            await Check.ThrowsAsync<OperationCanceledException>(() => running);
            await reading;
            Check.Sequence([], await ranch.Recorder.VerifySchemaAsync());
        }),
        new("Rebuild: the new rows are those of the log, whatever the table had", async fixture =>
        {
            await using var ranch = await Ranch.OpenForAsync(fixture);
            await using var connection = fixture.Connect();
            var (rex, ace) = (NewPup("Rex"), NewPup("Ace"));
            rex.Learn("sit");
            ace.Leave();
            await ranch.SaveAsync(rex);
            await ranch.SaveAsync(ace);
            await ranch.Projections.RunUntilCaughtUpAsync();
            if (connection is not null)
            {
                await RunAsync(connection, "UPDATE ranch_stalls SET tricks = 77");
            }

            await ranch.Projections.RebuildAsync("stalls");
            Check.Sequence([new StallRow(rex.Id, "Rex", 1)], await ranch.Views.StallRow.GetPageAsync());

            // The position is that of the rows, so nothing counts twice.
            rex.Learn("stay");
            await ranch.SaveAsync(rex);
            await ranch.Projections.RunUntilCaughtUpAsync();
            Check.Sequence([new StallRow(rex.Id, "Rex", 2)], await ranch.Views.StallRow.GetPageAsync());
        }),
        new("Rebuild: two programs that ask for one get the same", async fixture =>
        {
            if (!fixture.KeepsEvents)
            {
                return;
            }

            await using var one = await Ranch.OpenForAsync(fixture);
            await using var other = await Ranch.OpenForAsync(fixture);
            for (var i = 0; i < 50; i++)
            {
                await one.SaveAsync(NewPup("Rex"));
            }

            await one.Projections.RunUntilCaughtUpAsync();
            await Task.WhenAll(one.Projections.RebuildAsync("stalls"), other.Projections.RebuildAsync("stalls"));
            Check.Equal(50, (await other.Views.StallRow.GetPageAsync()).Count);
            Check.Equal(null, (await StatusAsync(one)).Rebuild);
        }),
        new("Rebuild: events that fail are parked, and are those of the view afterwards", async fixture =>
        {
            if (!fixture.KeepsEvents)
            {
                return;
            }

            var (rex, ace, fault) = (NewPup("Rex"), NewPup("Ace"), Faults.New());
            await using (var ranch = await Ranch.OpenForAsync(fixture))
            {
                rex.Learn("sit");
                rex.Learn(fault);
                rex.Learn("stay");
                ace.Learn("sit");
                await ranch.SaveAsync(rex);
                await ranch.SaveAsync(ace);
                await ranch.Projections.RunUntilCaughtUpAsync();
            }

            await using var later = await LaterRanch.OpenForAsync(fixture);
            List<FailedEvent> reported = [];
            later.Projections.EventFailed += reported.Add;
            await Check.ThrowsAsync<ProjectionException>(() => later.Projections.RunUntilCaughtUpAsync()); // that of the other view
            Check.Sequence([("herds", 3L)], reported.Select(one => (one.Projection, one.Position)));
            var failed = new List<FailedEvent>();
            await foreach (var one in later.Projections.ReadFailedEventsAsync("herds"))
            {
                failed.Add(one);
            }

            Check.Sequence([3L, 4], failed.Select(one => one.Position));
            Check.Equal(("Rex+sit", "Ace+sit"), ((await later.Views.GetAsync<LaterHerd>(rex.Id))!.Tricks, (await later.Views.GetAsync<LaterHerd>(ace.Id))!.Tricks));
            Faults.Repair(fault);
            Check.Equal(2, await later.Projections.ReplayParkedAsync("herds"));
            await later.Projections.RunUntilCaughtUpAsync();
            Check.Equal($"Rex+sit+{fault}+stay", (await later.Views.GetAsync<LaterHerd>(rex.Id))!.Tricks);
            Check.Equal(400 - 200, (await later.Views.GetAsync<LaterStall>(rex.Id))!.Tricks - 100);
        }),
        new("Rebuild: an inline view is replaced while others save", async fixture =>
        {
            await using var inn = await Inn.OpenForAsync(fixture);
            var rex = NewPup("Rex");
            await inn.SaveAsync(rex);
            await inn.Projections.RunUntilCaughtUpAsync();
            var saving = OutsideAsync(async () =>
            {
                for (var i = 0; i < 100; i++)
                {
                    rex.Learn($"trick {i}");
                    var saved = await inn.SaveAsync(rex);
                    Check.Equal(saved[^1].Position, (await inn.Projections.GetStatusAsync()).Single(row => row.Projection == "guest_words").Position);
                }
            });
            for (var i = 0; i < 3; i++)
            {
                await inn.Projections.RebuildAsync("guest_words");
            }

            await saving;
            var before = await inn.Views.GuestWord.GetPageAsync(1000);
            await inn.Projections.RebuildAsync("guest_words");
            Check.Sequence(before.Select(Show), (await inn.Views.GuestWord.GetPageAsync(1000)).Select(Show));
            Check.Equal(100, before.Single(row => row.Word == "trick").Uses.Count);
        }),
        new("Rebuild: it ends although events come all the time", async fixture =>
        {
            await using var ranch = await Ranch.OpenForAsync(fixture);
            using var stop = new CancellationTokenSource();
            var running = OutsideAsync(() => ranch.Projections.RunAsync(stop.Token));
            Pup[] pups = [NewPup("Rex"), NewPup("Ace"), NewPup("Bob"), NewPup("Max")];
            await ranch.SaveAsync(pups);
            var saving = pups.Select(pup => OutsideAsync(async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    pup.Learn("sit");
                    await ranch.SaveAsync(pup);

                    // In memory, saves would be faster than any rebuild.
                    await Task.Delay(1);
                }
            })).ToList();
            var reading = OutsideAsync(async () =>
            {
                var before = new int[pups.Length];
                for (var i = 0; !stop.IsCancellationRequested; i = (i + 1) % pups.Length)
                {
                    var now = (await ranch.Views.GetAsync<StallRow>(pups[i].Id))?.Tricks ?? 0;
                    Check.True(now >= before[i], $"{now} after {before[i]}");
                    before[i] = now;
                    await Task.Delay(1);
                }
            });
            for (var i = 0; i < 8; i++)
            {
                await ranch.Projections.RebuildAsync("stalls");
            }

            await stop.CancelAsync();
            await Task.WhenAll(saving);
            await reading;
            await Check.ThrowsAsync<OperationCanceledException>(() => running);
            await ranch.Projections.RunUntilCaughtUpAsync();
            var rows = await ranch.Views.StallRow.GetPageAsync();
            Check.Equal((await ranch.NotificationLog.GetMaxPositionAsync())!.Value, rows.Sum(row => row.Tricks + 1L));
        }),
        new("Rebuild: rows of a log that was restored are built from its first event", async fixture =>
        {
            if (!fixture.KeepsEvents)
            {
                return;
            }

            var (rex, fault) = (NewPup("Rex"), Faults.New());
            await using (var ranch = await Ranch.OpenForAsync(fixture))
            {
                rex.Learn(fault);
                await ranch.SaveAsync(rex);
                await ranch.Projections.RunUntilCaughtUpAsync();
            }

            await using var later = await LaterRanch.OpenForAsync(fixture);
            await Check.ThrowsAsync<ProjectionException>(() => later.Projections.RunUntilCaughtUpAsync());
            await using (var connection = fixture.Connect()!)
            {
                // Also the rows in use are those of a longer log.
                await RunAsync(connection, "UPDATE ranch_projections SET position = 500");
            }

            Faults.Repair(fault);
            await Check.ThrowsAsync<ProjectionException>(() => later.Projections.RunUntilCaughtUpAsync()); // that of the other view
            Check.Equal((100, 2L), ((await later.Views.GetAsync<LaterStall>(rex.Id))!.Tricks, (await StatusAsync(later)).Position));
        }) { NeedsConnection = true },
        new("Rebuild: values of every type are the same", async fixture =>
        {
            await using var kennel = await Kennel.OpenForAsync(fixture);
            for (var i = 0; i < 20; i++)
            {
                var pup = NewPup($"Rex {i}");
                pup.Measure(i % 3);
                await kennel.SaveAsync(pup);
            }

            await kennel.Projections.RunUntilCaughtUpAsync();
            var before = await kennel.Views.Sample.GetPageAsync(1000);
            await kennel.Projections.RebuildAsync("samples");
            Check.Sequence(before.Select(ViewCases.Show), (await kennel.Views.Sample.GetPageAsync(1000)).Select(ViewCases.Show));
            Check.True(before.Count > 0);
        }),
        new("Rebuild: names as long as they may be", async fixture =>
        {
            await using var house = await Longhouse.OpenForAsync(fixture);
            await house.SaveAsync(NewPup("Rex"));
            await house.Projections.RunUntilCaughtUpAsync();
            for (var i = 0; i < 3; i++)
            {
                await house.Projections.RebuildAsync("a_view_whose_name_is_as_long_as_it_ca_be");
                Check.Equal(1, (await house.Views.LongRow.FindByAlsoALongNameOfAColumnAsync("Rex")).Count);
                Check.Sequence([], await house.Recorder.VerifySchemaAsync());
            }
        }),
        new("Rebuild: after a table that was built is lost, it begins again", async fixture =>
        {
            if (!fixture.KeepsEvents)
            {
                return;
            }

            var (rex, fault) = (NewPup("Rex"), Faults.New());
            await using (var ranch = await Ranch.OpenForAsync(fixture))
            {
                rex.Learn(fault);
                await ranch.SaveAsync(rex);
                await ranch.Projections.RunUntilCaughtUpAsync();
            }

            await using var later = await LaterRanch.OpenForAsync(fixture);
            await Check.ThrowsAsync<ProjectionException>(() => later.Projections.RunUntilCaughtUpAsync());
            await using (var connection = fixture.Connect()!)
            {
                await RunAsync(connection, "DROP TABLE ranch_stalls__next");
            }

            Faults.Repair(fault);
            await later.Projections.RunUntilCaughtUpAsync();
            Check.Equal(100, (await later.Views.GetAsync<LaterStall>(rex.Id))!.Tricks);
        }) { NeedsConnection = true },
        new("Rebuild: an SQL view on the table uses the new rows, or prevents that they replace those in use", async fixture =>
        {
            await using var ranch = await Ranch.OpenForAsync(fixture);
            await using var connection = fixture.Connect();
            if (connection is null)
            {
                return;
            }

            var rex = NewPup("Rex");
            await ranch.SaveAsync(rex);
            await ranch.Projections.RunUntilCaughtUpAsync();
            await RunAsync(connection, "CREATE VIEW names AS SELECT name FROM ranch_stalls");
            if (connection is Microsoft.Data.Sqlite.SqliteConnection)
            {
                await ranch.Projections.RebuildAsync("stalls");
            }
            else
            {
                var failure = await Check.ThrowsAsync<ProjectionException>(() => ranch.Projections.RebuildAsync("stalls"));
                Check.True(failure.Message.Contains("can't replace those in use"), failure.Message);
                Check.Equal(failure.Message, (await StatusAsync(ranch)).Error);
                Check.Equal(rex.Id, (await ranch.Views.GetAsync<StallRow>(rex.Id))!.PupId);
                await RunAsync(connection, "DROP VIEW names");
                await ranch.Projections.RebuildAsync("stalls");
                await RunAsync(connection, "CREATE VIEW names AS SELECT name FROM ranch_stalls");
            }

            Check.Equal(null, (await StatusAsync(ranch)).Error);
            rex.Rename("Ace");
            await ranch.SaveAsync(rex);
            await ranch.Projections.RunUntilCaughtUpAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "SELECT name FROM names";
            Check.Equal("Ace", (string)(await command.ExecuteScalarAsync())!);
        }) { NeedsConnection = true },
        new("Rebuild: where tables aren't created, it says what to do", async fixture =>
        {
            if (!fixture.KeepsEvents)
            {
                return;
            }

            await using (var ranch = await Ranch.OpenForAsync(fixture))
            {
                await ranch.SaveAsync(NewPup("Rex"));
                await ranch.Projections.RunUntilCaughtUpAsync();
            }

            await using var checking = await GivenRanch.OpenForAsync(fixture);
            var failure = await Check.ThrowsAsync<ProjectionException>(() => checking.Projections.RebuildAsync("stalls"));
            Check.True(failure.Message.Contains("creation of tables is disabled"), failure.Message);
            Check.True(failure.InnerException is StoreConfigurationException);
            await using var later = await LaterGivenRanch.OpenForAsync(fixture);
            failure = await Check.ThrowsAsync<ProjectionException>(() => later.Projections.RunUntilCaughtUpAsync());
            Check.True(failure.Message.Contains("version 1 instead of 2"), failure.Message);
            Check.True((await later.Projections.GetStatusAsync()).All(row => row.Rebuild is null));
        }),
        new("Rebuild: wrong uses", async fixture =>
        {
            await using var ranch = await Ranch.OpenForAsync(fixture);
            await Check.ThrowsAsync<ArgumentException>(() => ranch.Projections.RebuildAsync("barns"));
            await Check.ThrowsAsync<ArgumentNullException>(() => ranch.Projections.RebuildAsync(null!));
            await using (await ranch.Recorder.BeginTransactionAsync())
            {
                await Check.ThrowsAsync<TransactionException>(() => ranch.Projections.RebuildAsync("stalls"));
            }

            // An empty store.
            await ranch.Projections.RebuildAsync("stalls");
            Check.Equal(null, (await StatusAsync(ranch)).Rebuild);
            await ranch.Projections.RunUntilCaughtUpAsync();
        }),
    ];

    private static string Show(GuestWord row) => $"{row.Word}: {string.Join(',', row.Uses)}";

    private static Pup NewPup(string name) => new(new PupId(Guid.NewGuid()), name, DateTimeOffset.UnixEpoch);

    private static Task OutsideAsync(Func<Task> run) => Task.Run(run);

    private static async Task<ProjectionStatus> StatusAsync(Ranch ranch) => (await ranch.Projections.GetStatusAsync()).Single(row => row.Projection == "stalls");

    private static async Task<ProjectionStatus> StatusAsync(LaterRanch ranch) => (await ranch.Projections.GetStatusAsync()).Single(row => row.Projection == "stalls");

    private static async Task RunAsync(DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }

    private sealed class Progress(List<RebuildProgress> reached) : IProgress<RebuildProgress>
    {
        public void Report(RebuildProgress value)
        {
            lock (reached)
            {
                reached.Add(value);
            }
        }
    }
}
