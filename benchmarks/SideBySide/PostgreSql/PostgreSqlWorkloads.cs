using Benchmarks.Measuring;
using Benchmarks.Projecting;

namespace Benchmarks.PostgreSql;

/// <summary>The workloads on PostgreSQL. Both systems write to new tables of their own in one database.</summary>
internal static class PostgreSqlWorkloads
{
    public const string Engine = "postgresql";

    /// <summary>Runs the workloads that are wanted (<see cref="Run.Wants"/>), with <see cref="Run.PostgreSql"/> as the database.</summary>
    public static async Task RunAsync(Run run)
    {
        if (run.PostgreSql is not { } connectionString)
        {
            return;
        }

        await using var database = new Database(connectionString);
        await SaveAsync(run, database);
        await LoadAsync(run, database);
        await ReadLogAsync(run, database);
        await ProjectAsync(run, database);
        await LibraryAloneAsync(run, database);
    }

    private static async Task ProjectAsync(Run run, Database database) => await new ProjectionWorkloads(
        run, Engine,
        async () =>
        {
            await database.DropAsync();
            return new PostgreSqlViewDatabase(database);
        },
        bound: 5).RunAsync();

    private static async Task SaveAsync(Run run, Database database)
    {
        if (run.Wants("W1", Engine))
        {
            await CompareAsync("W1", 0.9, floor => floor.SaveAsync(500), library => library.SaveAsync(500));
        }

        foreach (var (callers, each) in new[] { (16, 200), (64, 100) })
        {
            if (run.Wants($"W2-{callers}", Engine))
            {
                await CompareAsync(
                    $"W2-{callers}", callers == 64 ? 0.85 : null,
                    floor => floor.SaveInParallelAsync(callers, each), library => library.SaveInParallelAsync(callers, each));
            }
        }

        if (run.Wants("W3", Engine))
        {
            await CompareAsync("W3", 0.9, floor => floor.SaveManyAsync(50), library => library.SaveManyAsync(50, 100));
        }

        async Task CompareAsync(string workload, double? aim, Func<PostgreSqlFloorTurns, Task<double>> floor, Func<Library, Task<double>> library)
        {
            await using var bare = await database.OpenFloorAsync();
            var turns = new PostgreSqlFloorTurns(bare);
            await using var ours = await database.OpenLibraryAsync();
            run.Report(await Comparison.RunAsync(
                workload, Engine, "events/s", true, run.Rounds(30, 8), aim, () => floor(turns), () => library(ours)));
        }
    }

    private static async Task LoadAsync(Run run, Database database)
    {
        var lengths = new (int Events, int Aggregates, int Loads)[] { (10, 20_000, 1000), (100, 1000, 400), (1000, 100, 60) };
        if (!lengths.Any(l => run.Wants($"W4-{l.Events}", Engine)))
        {
            return;
        }

        await using var ours = await database.OpenLibraryAsync();
        var ids = new List<Guid[]>();
        foreach (var (events, aggregates, _) in lengths)
        {
            ids.Add(await ours.FillAsync(run.Amount(aggregates, aggregates / 4), events));
        }

        await database.CopyToFloorAsync();
        await using var reader = await database.OpenFloorReaderAsync();
        foreach (var ((events, _, loads), of) in lengths.Zip(ids))
        {
            if (!run.Wants($"W4-{events}", Engine))
            {
                continue;
            }

            var (seedOfFloor, seedOfLibrary) = (0, 0);
            run.Report(await Comparison.RunAsync(
                $"W4-{events}", Engine, "µs", false, run.Rounds(30, 11), 0.9,
                () => PostgreSqlFloorTurns.LoadAsync(reader, of, loads, events, new Random(seedOfFloor++)),
                () => ours.LoadAsync(of, loads, events, new Random(seedOfLibrary++))));
        }
    }

    private static async Task ReadLogAsync(Run run, Database database)
    {
        if (!run.Wants("W5", Engine))
        {
            return;
        }

        await using var ours = await database.OpenLibraryAsync();
        var events = run.Amount(200_000, 100_000);
        await ours.FillAsync(events / Sample.StreamLength, Sample.StreamLength);
        await database.CopyToFloorAsync();
        await using var reader = await database.OpenFloorReaderAsync();
        run.Report(await Comparison.RunAsync(
            "W5", Engine, "events/s", true, run.Rounds(15, 5), 0.9,
            () => PostgreSqlFloorTurns.ReadLogAsync(reader, events), () => ours.ReadLogAsync(events)));
    }

    private static async Task LibraryAloneAsync(Run run, Database database)
    {
        await database.ExecuteAsync("DROP TABLE IF EXISTS bank_events");
        await Latency.RunAsync(run, Engine, database.ConnectionString, bound: 5, boundOfProcess: 5);
        await Allocations.RunAsync(run, Engine, database.ConnectionString, boundOfSave: 2662, boundOfEvent: 400);
    }
}
