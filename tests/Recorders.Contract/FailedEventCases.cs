using EventSourcing;
using EventSourcing.Recording;
using static Recorders.Contract.ContractCase;

namespace Recorders.Contract;

/// <summary>The guarantees of projections that park or skip events that fail.</summary>
internal static class FailedEventCases
{
    private static readonly DateTimeOffset Birth = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);

    public static IEnumerable<ContractCase> All => Cases.Select(c => c with { NeedsOtherTables = true });

    private static IEnumerable<ContractCase> Cases =>
    [
        WithShelter("Failed event: it is parked with all later ones of its key, and processed again in order", async shelter =>
        {
            List<FailedEvent> reported = [];
            shelter.Projections.EventFailed += reported.Add;
            var (rex, ida, fault) = (NewPup("Rex"), NewPup("Ida"), Faults.New());
            foreach (var trick in (string[])["sit", fault, "roll", "jump"])
            {
                rex.Learn(trick);
                ida.Learn("sit");
            }

            await shelter.SaveAsync(rex);
            await shelter.SaveAsync(ida);
            await shelter.Projections.RunUntilCaughtUpAsync();
            Check.Equal("Rex,sit", (await shelter.Views.ParkingRow.GetAsync(rex.Id))!.Tricks);
            Check.Equal("Ida,sit,sit,sit,sit", (await shelter.Views.ParkingRow.GetAsync(ida.Id))!.Tricks);
            Check.Equal((10L, 3L, 0L, null), await StatusAsync(shelter, "parking"));
            Check.Sequence([3L, 4L, 5L], (await FailedAsync(shelter, "parking")).Select(e => e.Position));
            Check.True((await FailedAsync(shelter, "parking")).All(e => e.Key == rex.Id.Value.ToString() && !e.IsSkipped && e.Exception is null));
            Check.Sequence([true, false, false], (await FailedAsync(shelter, "parking")).Select(e => e.Error is not null));
            var first = (await FailedAsync(shelter, "parking"))[0];
            Check.True(first.Error!.StartsWith("the code for Learned threw InvalidOperationException (", StringComparison.Ordinal) && !first.Error.Contains("secret"), first.Error);
            var report = reported.Single(e => e.Projection == "parking");
            Check.Equal((3L, "secret"), (report.Position, report.Exception!.Message));

            // Later events wait, too; also those that a new run reads, and those that would delete the row.
            ida.Learn("roll");
            rex.Learn("run");
            rex.Leave();
            await shelter.SaveAsync(rex);
            await shelter.SaveAsync(ida);
            await shelter.Projections.RunUntilCaughtUpAsync();
            Check.Equal("Rex,sit", (await shelter.Views.ParkingRow.GetAsync(rex.Id))!.Tricks);
            Check.Equal((13L, 5L, 0L, null), await StatusAsync(shelter, "parking"));

            // Again without a fix.
            Check.Equal(5, await shelter.Projections.ReplayParkedAsync("parking"));
            await shelter.Projections.RunUntilCaughtUpAsync();
            Check.Equal((13L, 5L, 0L, null), await StatusAsync(shelter, "parking"));
            Check.Equal(2, reported.Count(e => e.Projection == "parking"));
            Check.Equal("Rex,sit", (await shelter.Views.ParkingRow.GetAsync(rex.Id))!.Tricks);

            Faults.Repair(fault);
            await shelter.Projections.RunUntilCaughtUpAsync();
            Check.Equal(5, await shelter.Projections.ReplayParkedAsync("parking"));
            await shelter.Projections.RunUntilCaughtUpAsync();
            Check.Equal(null, await shelter.Views.ParkingRow.GetAsync(rex.Id));
            Check.Equal("Ida,sit,sit,sit,sit,roll", (await shelter.Views.ParkingRow.GetAsync(ida.Id))!.Tricks);
            Check.Equal((13L, 0L, 0L, null), await StatusAsync(shelter, "parking"));
            Check.Equal(0, await shelter.Projections.ReplayParkedAsync("parking"));
        }),
        WithShelter("Failed event: a replay ends at the next one of the key that fails, and the runner that owns it replays", async shelter =>
        {
            using var stop = new CancellationTokenSource();
            var running = OutsideAsync(() => shelter.Projections.RunAsync(stop.Token));
            var (rex, ida, one, two) = (NewPup("Rex"), NewPup("Ida"), Faults.New(), Faults.New());
            foreach (var trick in (string[])[one, "a", two, "b"])
            {
                rex.Learn(trick);
            }

            ida.Learn(two);
            await shelter.SaveAsync(rex);
            var saved = await shelter.SaveAsync(ida);
            await shelter.Views.ParkingRow.WaitForAsync(saved[^1].Position);
            Faults.Repair(one);
            Check.Equal(5, await shelter.Projections.ReplayParkedAsync("parking"));
            rex.Learn("c");
            saved = await shelter.SaveAsync(rex);
            await UntilAsync(async () => (await shelter.Views.ParkingRow.GetAsync(rex.Id))!.Tricks == $"Rex,{one},a");
            await shelter.Views.ParkingRow.WaitForAsync(saved[^1].Position);
            Check.Equal(4L, (await StatusAsync(shelter, "parking")).Parked);
            Check.Sequence([two, null, two, null], (await FailedAsync(shelter, "parking")).Select(e => e.Error is null ? null : two));
            Faults.Repair(two);
            await shelter.Projections.ReplayParkedAsync("parking");
            rex.Learn("d");
            saved = await shelter.SaveAsync(rex);
            await UntilAsync(async () => (await StatusAsync(shelter, "parking")).Parked == 0);
            Check.Equal($"Rex,{one},a,{two},b,c,d", (await shelter.Views.ParkingRow.GetAsync(rex.Id, saved[^1].Position))!.Tricks);
            Check.Equal($"Ida,{two}", (await shelter.Views.ParkingRow.GetAsync(ida.Id))!.Tricks);
            await stop.CancelAsync();
            await Check.ThrowsAsync<OperationCanceledException>(() => running);
        }),
        WithShelter("Failed event: a replay of many events of a key is asked for once", async shelter =>
        {
            List<FailedEvent> reported = [];
            shelter.Projections.EventFailed += reported.Add;
            var (pup, fault) = (NewPup("Rex"), Faults.New());
            pup.Learn(fault);
            for (var i = 0; i < 250; i++)
            {
                pup.Learn($"t{i}");
            }

            await shelter.SaveAsync(pup);
            await shelter.Projections.RunUntilCaughtUpAsync();
            Check.Equal(251, await shelter.Projections.ReplayParkedAsync("parking"));
            for (var i = 0; i < 3; i++)
            {
                await shelter.Projections.RunUntilCaughtUpAsync();
                Check.Equal(2, reported.Count(e => e.Projection == "parking"));
                Check.Equal(251L, (await StatusAsync(shelter, "parking")).Parked);
            }

            Faults.Repair(fault);
            await shelter.Projections.ReplayParkedAsync("parking");
            await shelter.Projections.RunUntilCaughtUpAsync();
            Check.Equal($"Rex,{fault},{string.Join(',', Enumerable.Range(0, 250).Select(i => $"t{i}"))}", (await shelter.Views.ParkingRow.GetAsync(pup.Id))!.Tricks);
        }),
        WithShelter("Failed event: it is parked for the keys that it fails for, and leaves nothing in their rows", async shelter =>
        {
            var (pup, fault) = (NewPup("Rex"), Faults.New().Replace(' ', '-'));
            foreach (var name in (string[])["a b", $"a {fault}", $"{fault} b", $"{fault} {fault} c"])
            {
                pup.Rename(name);
            }

            await shelter.SaveAsync(pup);
            await shelter.Projections.RunUntilCaughtUpAsync();
            Check.Sequence(["a b", $"a {fault}"], (await shelter.Views.ParkedWord.GetAsync("a"))!.Uses);
            Check.Sequence(["a b", $"{fault} b"], (await shelter.Views.ParkedWord.GetAsync("b"))!.Uses);
            Check.Sequence([$"{fault} {fault} c"], (await shelter.Views.ParkedWord.GetAsync("c"))!.Uses);
            Check.Equal(null, await shelter.Views.ParkedWord.GetAsync(fault));
            Check.Sequence([3L, 4L, 5L], (await FailedAsync(shelter, "parked_words")).Select(e => e.Position));
            Faults.Repair(fault);
            await shelter.Projections.ReplayParkedAsync("parked_words");
            await shelter.Projections.RunUntilCaughtUpAsync();
            Check.Sequence([$"a {fault}", $"{fault} b", $"{fault} {fault} c"], (await shelter.Views.ParkedWord.GetAsync(fault))!.Uses);
            Check.Equal((5L, 0L, 0L, null), await StatusAsync(shelter, "parked_words"));
        }),
        WithShelter("Failed event: it is skipped, and a row says so", async shelter =>
        {
            List<FailedEvent> reported = [];
            shelter.Projections.EventFailed += reported.Add;
            var (pup, fault) = (NewPup("Rex"), Faults.New());
            pup.Learn("sit");
            pup.Learn(fault);
            pup.Learn("sit");
            foreach (var name in (string[])["one", "nul", "two", "throw", "three"])
            {
                pup.Rename(name);
            }

            await shelter.SaveAsync(pup);
            await shelter.Projections.RunUntilCaughtUpAsync();
            Check.Sequence([2, 4], (await shelter.Views.SkippingRow.GetAsync("sit"))!.Versions);
            Check.Sequence([5, 7, 9], (await shelter.Views.SkippingRow.GetAsync("names"))!.Versions);
            Check.Equal((9L, 0L, 3L, null), await StatusAsync(shelter, "skipping"));
            var failed = await FailedAsync(shelter, "skipping");
            Check.Sequence([(3L, null), (6L, "names"), (8L, "names")], failed.Select(e => (e.Position, e.Key)));
            Check.True(failed.All(e => e.IsSkipped));
            Check.True(failed[1].Error!.Contains("another key", StringComparison.Ordinal));
            Check.Equal(3, reported.Count(e => e.Projection == "skipping"));

            // They don't come back.
            Faults.Repair(fault);
            Check.Equal(0, await shelter.Projections.ReplayParkedAsync("skipping"));
            await shelter.Projections.RunUntilCaughtUpAsync();
            Check.Equal((9L, 0L, 3L, null), await StatusAsync(shelter, "skipping"));
        }),
        WithShelter("Failed event: a value that can't be stored is parked, and events beside it are processed", async shelter =>
        {
            var (rex, ida) = (NewPup("Rex"), NewPup("Ida"));
            rex.Learn("a");
            rex.Learn("n\0l");
            rex.Learn("b");
            ida.Learn("a");
            await shelter.SaveAsync(rex);
            await shelter.SaveAsync(ida);
            await shelter.Projections.RunUntilCaughtUpAsync();
            Check.Equal("Rex,a", (await shelter.Views.ParkingRow.GetAsync(rex.Id))!.Tricks);
            Check.Equal("Ida,a", (await shelter.Views.ParkingRow.GetAsync(ida.Id))!.Tricks);
            Check.Sequence([3L, 4L], (await FailedAsync(shelter, "parking")).Select(e => e.Position));
            Check.True((await FailedAsync(shelter, "parking"))[0].Error!.StartsWith("a value of a row can't be stored", StringComparison.Ordinal));

            // The key of the other view can't be stored, so nothing is parked there.
            Check.Equal((6L, 0L, 1L, null), await StatusAsync(shelter, "skipping"));
            await shelter.Projections.ReplayParkedAsync("parking");
            await shelter.Projections.RunUntilCaughtUpAsync();
            Check.Equal("Rex,a", (await shelter.Views.ParkingRow.GetAsync(rex.Id))!.Tricks);
            Check.Equal((6L, 2L, 0L, null), await StatusAsync(shelter, "parking"));
        }),
        WithShelter("Failed event: one that can't be read is skipped for all keys, or parked for its aggregate", async shelter =>
        {
            var pup = NewPup("Rex");
            pup.Learn("a");
            await shelter.SaveAsync(pup);
            await shelter.Recorder.Provider.InsertEventsAsync([Make.Event(pup.Id.Value, 3, "Pup.Learned", "{}")]);
            await shelter.Projections.RunUntilCaughtUpAsync();
            Check.Equal((3L, 0L, 1L, null), await StatusAsync(shelter, "skipping"));
            await shelter.Recorder.Provider.InsertEventsAsync([Make.Event(pup.Id.Value, 4, "Pup.Learned", """{"timestamp":"2026-11-23T02:33:16.348611+00:00","trick":"b"}""")]);
            await shelter.Projections.RunUntilCaughtUpAsync();
            Check.Equal((4L, 2L, 0L, null), await StatusAsync(shelter, "parking"));
            Check.Sequence([(3L, pup.Id.Value.ToString(), true), (4L, pup.Id.Value.ToString(), false)], (await FailedAsync(shelter, "parking")).Select(e => (e.Position, e.Key!, e.Error is not null)));
            Check.Equal("Rex,a", (await shelter.Views.ParkingRow.GetAsync(pup.Id))!.Tricks);
            Check.Equal((4L, 0L, 1L, null), await StatusAsync(shelter, "skipping"));
            Check.Equal((3L, null), (await FailedAsync(shelter, "skipping")).Select(e => (e.Position, e.Key)).Single());
            Check.Sequence([2], (await shelter.Views.SkippingRow.GetAsync("a"))!.Versions);
            Check.Sequence([4], (await shelter.Views.SkippingRow.GetAsync("b"))!.Versions);
            Check.Equal((4L, 0L, 0L, null), await StatusAsync(shelter, "parked_words"));
        }),
        WithShelter("Failed event: a projection with many parked keys stops", async shelter =>
        {
            for (var i = 0; i < 2; i++)
            {
                var pups = Enumerable.Range(0, 501).Select(_ => NewPup("Rex")).ToList();
                pups.ForEach(pup => pup.Learn("fault"));
                await shelter.SaveAsync(pups);
            }

            var failure = await Check.ThrowsAsync<ProjectionException>(() => shelter.Projections.RunUntilCaughtUpAsync());
            Check.Equal("parking", failure.Projection);
            Check.True(failure.Message.Contains("1000 keys are parked already", StringComparison.Ordinal), failure.Message);
            Check.Equal(1000L, (await StatusAsync(shelter, "parking")).Parked);
            Check.Equal(2002L, failure.Position);
            Check.Equal(1002L, (await StatusAsync(shelter, "skipping")).Skipped);
        }),
        new("Failed event: the rows of a projection that is built again have none", async fixture =>
        {
            if (!fixture.KeepsEvents)
            {
                return;
            }

            var (pup, fault) = (NewPup("Rex"), Faults.New());
            pup.Learn(fault);
            pup.Rename("throw");
            await using (var shelter = await Shelter.OpenForAsync(fixture))
            {
                await shelter.SaveAsync(pup);
                await shelter.Projections.RunUntilCaughtUpAsync();
                Check.Equal(1L, (await StatusAsync(shelter, "parking")).Parked);
            }

            await using (var later = await LaterShelter.OpenForAsync(fixture))
            {
                await later.Projections.RunUntilCaughtUpAsync();
                Check.Equal(1, (await later.Views.LaterParkingRow.GetAsync(pup.Id))!.Tricks);
                Check.Equal(0L, (await later.Projections.GetStatusAsync()).Single().ParkedEvents);
            }

            // Those of other projections stay.
            await using var again = await Shelter.OpenForAsync(fixture);
            Check.Equal(2L, (await StatusAsync(again, "skipping")).Skipped);
        }),
        WithShelter("Failed event: a value that can't be stored parks only its own key", async shelter =>
        {
            var pup = NewPup("Rex");
            pup.Rename("a nul b");
            pup.Rename("nul b");
            await shelter.SaveAsync(pup);
            await shelter.Projections.RunUntilCaughtUpAsync();
            Check.Sequence(["a nul b"], (await shelter.Views.ParkedWord.GetAsync("a"))!.Uses);
            Check.Sequence(["a nul b", "nul b"], (await shelter.Views.ParkedWord.GetAsync("b"))!.Uses);
            Check.Sequence([(2L, "nul"), (3L, "nul")], (await FailedAsync(shelter, "parked_words")).Select(e => (e.Position, e.Key!)));
            await shelter.Projections.ReplayParkedAsync("parked_words");
            await shelter.Projections.RunUntilCaughtUpAsync();
            Check.Equal((3L, 2L, 0L, null), await StatusAsync(shelter, "parked_words"));
        }),
        WithShelter("Failed event: a step of a replay can't be written twice", async shelter =>
        {
            await shelter.SaveAsync(NewPup("Rex"));
            await shelter.Projections.RunUntilCaughtUpAsync();
            var recorder = shelter.Recorder.Provider.Projections;
            var row = await recorder.ClaimAsync(new(EventSourcing.CompilerServices.ViewCode.TableOf<ParkingRow, PupId>(), "test", TimeSpan.FromMinutes(1), RestartsStopped: true), default);
            ProjectionStep step = new() { Lease = new("parking", row.Fence, TimeSpan.FromMinutes(1)), After = row.Position, Position = row.Position };
            await shelter.Recorder.Provider.AppendAsync(new([step]));
            await Check.ThrowsAsync<ProjectionFencedException>(() => shelter.Recorder.Provider.AppendAsync(new([step])).AsTask());
            var after = (await recorder.GetRowsAsync(default)).Single(r => r.Projection == "parking");
            Check.Equal((row.Fence + 1, row.Position, "test"), (after.Fence, after.Position, after.Owner!));
            Check.True(await recorder.RenewAsync(new("parking", after.Fence, TimeSpan.FromMinutes(1)), default));
            await recorder.ReleaseAsync(new("parking", after.Fence, TimeSpan.FromMinutes(1)), null, default);
        }),
        WithShelter("Failed event: a request for a replay isn't ended by the end of an earlier one", async shelter =>
        {
            var (pup, fault) = (NewPup("Rex"), Faults.New());
            pup.Learn(fault);
            await shelter.SaveAsync(pup);
            await shelter.Projections.RunUntilCaughtUpAsync();
            var recorder = shelter.Recorder.Provider.Projections;
            await recorder.RequestReplayAsync("parking", "first", default);
            await recorder.RequestReplayAsync("parking", "second", default);
            await recorder.FinishReplayAsync("parking", "first", default);
            Faults.Repair(fault);
            Check.Equal(1L, (await StatusAsync(shelter, "parking")).Parked);
            await shelter.Projections.RunUntilCaughtUpAsync();
            Check.Equal($"Rex,{fault}", (await shelter.Views.ParkingRow.GetAsync(pup.Id))!.Tricks);
            Check.Equal(0L, (await StatusAsync(shelter, "parking")).Parked);
        }),
        new("Failed event: without their table, the rows are built again", async fixture =>
        {
            var (pup, fault) = (NewPup("Rex"), Faults.New());
            pup.Learn("a");
            pup.Learn(fault);
            pup.Learn("b");
            await using (var shelter = await Shelter.OpenForAsync(fixture))
            {
                await shelter.SaveAsync(pup);
                await shelter.Projections.RunUntilCaughtUpAsync();
            }

            await using var connection = fixture.Connect();
            if (connection is null)
            {
                return;
            }

            await using (var command = connection.CreateCommand())
            {
                command.CommandText = "DROP TABLE shelter_failed_events";
                await command.ExecuteNonQueryAsync();
            }

            Faults.Repair(fault);
            await using var again = await Shelter.OpenForAsync(fixture);
            await again.Projections.RunUntilCaughtUpAsync();
            Check.Equal($"Rex,a,{fault},b", (await again.Views.ParkingRow.GetAsync(pup.Id))!.Tricks);
        }) { NeedsConnection = true },
        WithShelter("Failed event: names of projections are checked", async shelter =>
        {
            Check.True((await Check.ThrowsAsync<ArgumentException>(() => shelter.Projections.ReplayParkedAsync("pups").AsTask())).Message.Contains("'pups'"));
            await Check.ThrowsAsync<ArgumentException>(() =>
            {
                shelter.Projections.ReadFailedEventsAsync("failed_events");
                return Task.CompletedTask;
            });
        }),
        WithShelter("Failed event: random events, failures and replays lose nothing and keep the order of each key", RandomAsync),
    ];

    private static ContractCase WithShelter(string name, Func<Shelter, Task> run) => new(name, async fixture =>
    {
        await using var shelter = await Shelter.OpenForAsync(fixture);
        await run(shelter);
    });

    private static async Task RandomAsync(Shelter shelter)
    {
        try
        {
            await ActAsync();
        }
        catch (CheckFailedException exception)
        {
            throw new CheckFailedException($"{exception.Message}, seed {TestRounds.Seed}");
        }

        async Task ActAsync()
        {
            var random = TestRounds.Random(part: 77);
            var pups = Enumerable.Range(0, 6).Select(i => NewPup($"P{i}")).ToList();
            List<string> faults = [];
            for (var round = 0; round < 25; round++)
            {
                foreach (var pup in pups.Where(_ => random.Next(3) > 0))
                {
                    for (var i = random.Next(1, 5); i > 0; i--)
                    {
                        if (random.Next(8) == 0)
                        {
                            faults.Add(Faults.New());
                            pup.Learn(faults[^1]);
                        }
                        else
                        {
                            pup.Learn($"t{random.Next(100)}");
                        }
                    }

                    await shelter.SaveAsync(pup);
                }

                if (faults.Count > 0 && random.Next(2) == 0)
                {
                    var repaired = faults[random.Next(faults.Count)];
                    Faults.Repair(repaired);
                    faults.Remove(repaired);
                }

                if (random.Next(2) == 0)
                {
                    await shelter.Projections.ReplayParkedAsync("parking");
                }

                await shelter.Projections.RunUntilCaughtUpAsync();
                foreach (var pup in pups)
                {
                    await CheckRowAsync(shelter, pup, isWhole: false);
                }
            }

            faults.ForEach(Faults.Repair);
            await shelter.Projections.ReplayParkedAsync("parking");
            await shelter.Projections.RunUntilCaughtUpAsync();
            foreach (var pup in pups)
            {
                await CheckRowAsync(shelter, pup, isWhole: true);
            }

            Check.Equal(0L, (await StatusAsync(shelter, "parking")).Parked);
        }
    }

    private static Pup NewPup(string name) => new(new PupId(Guid.NewGuid()), name, Birth);

    /// <summary>Checks that a row is the fold of the first events of a pup, and that the others are parked.</summary>
    private static async Task CheckRowAsync(Shelter shelter, Pup pup, bool isWhole)
    {
        List<string> tricks = [];
        await foreach (var recorded in shelter.NotificationLog.ReadAllAsync())
        {
            if (recorded.AggregateId == pup.Id.Value)
            {
                tricks.Add(recorded.Event is Pup.Learned learned ? learned.Trick : ((Pup.Born)recorded.Event).Name);
            }
        }

        if (tricks.Count == 0)
        {
            return;
        }

        var parked = (await FailedAsync(shelter, "parking")).Count(e => e.Key == pup.Id.Value.ToString());
        Check.True(!isWhole || parked == 0);
        Check.Equal(string.Join(',', tricks.Take(tricks.Count - parked)), (await shelter.Views.ParkingRow.GetAsync(pup.Id))!.Tricks);
    }

    private static async Task<(long Position, long Parked, long Skipped, string? Error)> StatusAsync(Shelter shelter, string projection)
    {
        var status = (await shelter.Projections.GetStatusAsync()).Single(s => s.Projection == projection);
        return (status.Position, status.ParkedEvents, status.SkippedEvents, status.Error);
    }

    private static async Task<List<FailedEvent>> FailedAsync(Shelter shelter, string projection)
    {
        List<FailedEvent> failed = [];
        await foreach (var one in shelter.Projections.ReadFailedEventsAsync(projection))
        {
            failed.Add(one);
        }

        return failed;
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        for (var i = 0; !await condition(); i++)
        {
            Check.True(i < 3000, "It didn't happen within a minute.");
            await Task.Delay(20);
        }
    }
}
