using System.Diagnostics;
using System.Globalization;
using Benchmarks.Measuring;

namespace Benchmarks.Projecting;

/// <summary>
/// W8-row: the time from the end of a save until a read has the row that it changed, in milliseconds, with the runner in the same process. There is a
/// pause between two saves.
/// </summary>
internal static class ViewLatency
{
    private const int Pause = 3; // ms

    public static async Task RunAsync(Run run, string engine, Func<Task<ViewDatabase>> open, double bound)
    {
        if (!run.Wants("W8-row", engine))
        {
            return;
        }

        await using var database = await open();
        await using var bank = await ViewBank.OpenAsync(database.Url);
        using var stop = new CancellationTokenSource();
        var running = bank.Projections.RunAsync(stop.Token);
        var (p95, p99) = (new List<double>(), new List<double>());
        var result = await Comparison.RunAsync("W8-row", engine, "ms p50", run.Rounds(7, 3), bound, async () =>
        {
            var delays = await TurnAsync(bank, run.Amount(300, 100));
            p95.Add(delays[delays.Count * 95 / 100]);
            p99.Add(delays[delays.Count * 99 / 100]);
            return delays[delays.Count / 2];
        });
        run.Report(result with { Note = string.Create(CultureInfo.InvariantCulture, $"p95 {Spread.Of(p95).Median:F2} ms, p99 {Spread.Of(p99).Median:F2} ms") });
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static async Task<List<double>> TurnAsync(ViewBank bank, int saves)
    {
        var delays = new List<double>();
        Account? account = null;
        for (var i = 0; i < saves; i++)
        {
            var count = i % Sample.StreamLength;
            if (count == 0)
            {
                account = Library.Open(i);
            }
            else
            {
                Library.Change(account!, i);
            }

            var recorded = await bank.SaveAsync(account!);
            var saved = Stopwatch.GetTimestamp();
            var row = await bank.Views.Changes.GetAsync(account!.Id, atLeast: recorded[^1].Position);
            delays.Add(Stopwatch.GetElapsedTime(saved).TotalMilliseconds);
            if (row?.Count != count)
            {
                throw new InvalidOperationException($"The row has {row?.Count} changes, not {count}.");
            }

            await Task.Delay(Pause);
        }

        delays.Sort();
        return delays;
    }
}
