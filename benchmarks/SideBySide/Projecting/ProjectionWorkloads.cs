using System.Diagnostics;
using Benchmarks.Measuring;
using EventSourcing;

namespace Benchmarks.Projecting;

/// <summary>W8: projections, on any engine. Each turn begins with an empty view, at the first event.</summary>
/// <param name="run">The arguments and the results.</param>
/// <param name="open">Creates a database without tables.</param>
/// <param name="bound">The bound of W8-row, in milliseconds.</param>
internal sealed class ProjectionWorkloads(Run run, string engine, Func<Task<ViewDatabase>> open, double bound)
{
    private static readonly string[] TenTables = [.. Enumerable.Range(0, 10).Select(i => $"bank_view{i}")];

    private int Events => run.Events ?? run.Amount(200_000, 40_000);

    /// <summary>Runs the workloads that are wanted.</summary>
    public async Task RunAsync()
    {
        await CatchUpAsync("W8-100", inTurns: false);
        await CatchUpAsync("W8-500", inTurns: true);
        await CatchUpAsync("W8-rebuild-100", inTurns: false, rebuilds: true);
        await CatchUpAsync("W8-rebuild-500", inTurns: true, rebuilds: true);
        await TenViewsAsync();
        await ViewLatency.RunAsync(run, engine, open, bound);
        await IdleRunner.RunAsync(run, engine, open);
    }

    /// <summary>The view of W8-100 and W8-500 beside the floor, and the rebuilds of the same views.</summary>
    private async Task CatchUpAsync(string workload, bool inTurns, bool rebuilds = false)
    {
        if (!run.Wants(workload, engine))
        {
            return;
        }

        await using var database = await OpenAsync(inTurns);
        await database.CopyToFloorAsync();
        await using var floor = await database.OpenFloorAsync();
        await using var bank = await ViewBank.OpenAsync(database.Url);
        run.Report(await Comparison.RunAsync(
            workload, engine, "events/s", true, run.Rounds(15, 5), 0.85, FloorAsync,
            () => rebuilds ? RebuildAsync(database, bank.Projections) : LibraryAsync(database, bank.Projections, ["bank_changes"], Events)));

        async Task<double> FloorAsync()
        {
            await floor.ClearAsync();
            var started = Stopwatch.GetTimestamp();
            await (rebuilds ? floor.RebuildAsync() : floor.CatchUpAsync());
            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            ThrowIfNot(Events, await floor.CountAsync());
            return Events / seconds;
        }
    }

    /// <summary>One view, in the place of the floor, beside ten.</summary>
    private async Task TenViewsAsync()
    {
        if (!run.Wants("W8-ten", engine) && !run.Wants("W8-ten-read", engine))
        {
            return;
        }

        await using var database = await OpenAsync(inTurns: false);
        await using var one = await OneViewBank.OpenAsync(database.Url);
        await using var ten = await TenViewsBank.OpenAsync(database.Url);
        foreach (var (workload, haveRows, aim) in new[] { ("W8-ten", true, (double?)null), ("W8-ten-read", false, 1 / 1.5) })
        {
            if (run.Wants(workload, engine))
            {
                Rows.AreOn = haveRows;
                run.Report(await Comparison.RunAsync(
                    workload, engine, "events/s", true, run.Rounds(5, 3), aim,
                    () => LibraryAsync(database, one.Projections, TenTables[..1], haveRows ? Events : 0),
                    () => LibraryAsync(database, ten.Projections, TenTables, haveRows ? Events : 0)));
            }
        }
    }

    private async Task<double> LibraryAsync(ViewDatabase database, ProjectionRunner<Guid> projections, string[] tables, int counted)
    {
        foreach (var table in tables.Prepend("bank_projections"))
        {
            await database.ClearAsync(table);
        }

        var started = Stopwatch.GetTimestamp();
        await projections.RunUntilCaughtUpAsync();
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        foreach (var table in tables)
        {
            ThrowIfNot(counted, await database.CountAsync(table));
        }

        return Events / seconds;
    }

    private async Task<double> RebuildAsync(ViewDatabase database, ProjectionRunner<Guid> projections)
    {
        var started = Stopwatch.GetTimestamp();
        await projections.RebuildAsync("changes");
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        ThrowIfNot(Events, await database.CountAsync("bank_changes"));
        return Events / seconds;
    }

    private async Task<ViewDatabase> OpenAsync(bool inTurns)
    {
        var database = await open();
        await using var library = await Library.OpenAsync(database.Url);
        await (inTurns ? library.FillInTurnsAsync(Events / Sample.StreamLength, Sample.StreamLength) : library.FillAsync(Events / Sample.StreamLength, Sample.StreamLength));
        return database;
    }

    private static void ThrowIfNot(long expected, long actual)
    {
        if (expected != actual)
        {
            throw new InvalidOperationException($"{actual} events were folded, not {expected}.");
        }
    }
}
