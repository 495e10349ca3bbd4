using System.Diagnostics;
using System.Globalization;
using Benchmarks.Measuring;

namespace Benchmarks.Projecting;

/// <summary>
/// W8-idle: the processor time of the process while nothing is saved, with a runner beside the same process without one, which takes the place of the
/// floor. In milliseconds of each second.
/// </summary>
internal static class IdleRunner
{
    public static async Task RunAsync(Run run, string engine, Func<Task<ViewDatabase>> open)
    {
        if (!run.Wants("W8-idle", engine))
        {
            return;
        }

        await using var database = await open();
        var before = await database.CountConnectionsAsync();
        await using var bank = await ViewBank.OpenAsync(database.Url);
        await bank.SaveAsync(Library.Open(0));
        var withoutRunner = await database.CountConnectionsAsync() - before;
        await bank.Projections.RunUntilCaughtUpAsync();
        var (without, with) = (new List<double>(), new List<double>());
        int? withRunner = null;
        var noise = Noise.Start();
        for (var round = 0; round < run.Rounds(3, 1); round++)
        {
            without.Add(await MeasureAsync(run));
            using var stop = new CancellationTokenSource();
            var running = bank.Projections.RunAsync(stop.Token);
            await Task.Delay(1000);
            with.Add(await MeasureAsync(run));
            withRunner = await database.CountConnectionsAsync() - before;
            await stop.CancelAsync();
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        var ratios = without.Zip(with, (less, more) => less / more).ToList();
        var note = withRunner is { } count ? string.Create(CultureInfo.InvariantCulture, $"{count} connections, {withoutRunner} before the first run") : null;
        run.Report(new("W8-idle", engine, "ms/s", with.Count, Spread.Of(without), Spread.Of(with), Spread.Of(ratios), null, noise.Share()) { Note = note });
    }

    private static async Task<double> MeasureAsync(Run run)
    {
        var time = TimeSpan.FromSeconds(run.Amount(20, 5));
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        await Task.Delay(time);
        process.Refresh();
        return (process.TotalProcessorTime - before).TotalMilliseconds / time.TotalSeconds;
    }
}
