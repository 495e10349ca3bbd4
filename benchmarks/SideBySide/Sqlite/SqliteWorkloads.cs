using Benchmarks.Measuring;
using Benchmarks.Projecting;

namespace Benchmarks.Sqlite;

/// <summary>The workloads on SQLite. Each has new files in a folder of its own, and both systems write files of their own.</summary>
internal static class SqliteWorkloads
{
    public const string Full = "sqlite-full";
    public const string Normal = "sqlite-normal";

    /// <summary>Runs the workloads that are wanted.</summary>
    public static async Task RunAsync(Run run)
    {
        await SaveAsync(run, Full, aimOfOne: 0.95, saves: run.Amount(500, 250));
        await SaveAsync(run, Normal, aimOfOne: 0.75, saves: run.Amount(4000, 1500));
        await LoadAsync(run);
        await new ProjectionWorkloads(run, Full, () => Task.FromResult<ViewDatabase>(new SqliteViewDatabase(new Files(run.Folder))), bound: 2).RunAsync();
        await LibraryAloneAsync(run);
    }

    private static async Task SaveAsync(Run run, string engine, double aimOfOne, int saves)
    {
        var times = (engine == Full ? 1 : 3) * run.Amount(2, 1);
        if (run.Wants("W1", engine))
        {
            await CompareAsync("W1", 20, aimOfOne, floor => floor.SaveAsync(saves), library => library.SaveAsync(saves));
        }

        foreach (var (callers, each) in new[] { (16, 100 * times), (64, 50 * times) })
        {
            if (run.Wants($"W2-{callers}", engine))
            {
                await CompareAsync(
                    $"W2-{callers}", 20, callers == 64 ? 0.85 : null,
                    floor => floor.SaveInParallelAsync(callers, each), library => library.SaveInParallelAsync(callers, each));
            }
        }

        if (run.Wants("W3", engine))
        {
            await CompareAsync("W3", 20, 0.85, floor => floor.SaveManyAsync(run.Amount(100, 40)), library => library.SaveManyAsync(run.Amount(100, 40), 100));
        }

        async Task CompareAsync(string workload, int rounds, double? aim, Func<SqliteFloorTurns, Task<double>> floor, Func<Library, Task<double>> library)
        {
            using var files = new Files(run.Folder);
            using var bare = new SqliteFloor(files.Floor, engine == Full ? "FULL" : "NORMAL");
            var turns = new SqliteFloorTurns(bare);
            await using var ours = await Library.OpenAsync(files.Url(engine));
            run.Report(await Comparison.RunAsync(
                workload, engine, "events/s", true, run.Rounds(rounds, rounds / 2), aim, () => floor(turns), () => library(ours)));
        }
    }

    private static async Task LoadAsync(Run run)
    {
        var lengths = new (int Events, int Aggregates, int Loads)[] { (10, 20_000, 4000), (100, 1000, 600), (1000, 100, 60) };
        if (lengths.Any(l => run.Wants($"W4-{l.Events}", Full)))
        {
            using var files = new Files(run.Folder);
            await using var ours = await Library.OpenAsync(files.Url(Normal));
            var ids = new List<Guid[]>();
            foreach (var (events, aggregates, _) in lengths)
            {
                ids.Add(await ours.FillAsync(run.Amount(aggregates, aggregates / 4), events));
            }

            files.CopyToFloor();
            using var reader = new SqliteFloorReader(files.Floor);
            foreach (var ((events, _, loads), of) in lengths.Zip(ids))
            {
                if (!run.Wants($"W4-{events}", Full))
                {
                    continue;
                }

                var (seedOfFloor, seedOfLibrary) = (0, 0);
                run.Report(await Comparison.RunAsync(
                    $"W4-{events}", Full, "µs", false, run.Rounds(30, 11), 0.9,
                    () => SqliteFloorTurns.LoadAsync(reader, of, loads, events, new Random(seedOfFloor++)),
                    () => ours.LoadAsync(of, loads, events, new Random(seedOfLibrary++))));
            }
        }

        if (run.Wants("W5", Full))
        {
            using var files = new Files(run.Folder);
            await using var ours = await Library.OpenAsync(files.Url(Normal));
            var events = run.Amount(200_000, 100_000);
            await ours.FillAsync(events / Sample.StreamLength, Sample.StreamLength);
            files.CopyToFloor();
            using var reader = new SqliteFloorReader(files.Floor);
            run.Report(await Comparison.RunAsync(
                "W5", Full, "events/s", true, run.Rounds(15, 5), 0.9, () => SqliteFloorTurns.ReadLogAsync(reader, events), () => ours.ReadLogAsync(events)));
        }
    }

    private static async Task LibraryAloneAsync(Run run)
    {
        using var files = new Files(run.Folder);
        await Latency.RunAsync(run, Full, files.Url(Full), bound: 1, boundOfProcess: 50);
        await Allocations.RunAsync(run, Full, files.Url(Full), boundOfSave: 1228, boundOfEvent: 300);
    }
}
