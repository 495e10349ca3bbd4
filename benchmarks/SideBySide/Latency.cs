using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Benchmarks.Measuring;

namespace Benchmarks;

/// <summary>
/// W7: the time from the end of a save until a subscriber has the event, in milliseconds, on any engine. The value of a turn is the
/// time within which 99 of 100 events arrived. Times are from the monotonic clock, which is the same in all processes. There is a
/// pause between two saves, except in W7-busy, where the caller continues at once and takes a processor for itself.
/// </summary>
internal static class Latency
{
    private const string ChildArgument = "--subscribe";
    private const int Pause = 3; // ms

    /// <summary>Runs the workloads that are wanted.</summary>
    public static async Task RunAsync(Run run, string engine, string url, double bound, double boundOfProcess)
    {
        foreach (var (workload, saves, pause) in new[] { ("W7", run.Amount(300, 100), Pause), ("W7-busy", run.Amount(1000, 500), 0) })
        {
            if (run.Wants(workload, engine))
            {
                await using var library = await Library.OpenAsync(url);
                await using var subscriber = new Inside(library.Bank, await library.Bank.Recorder.GetMaxPositionAsync() ?? 0);
                await MeasureAsync(workload, bound, library, subscriber, saves, pause);
            }
        }

        if (run.Wants("W7-process", engine))
        {
            await using var library = await Library.OpenAsync(url);
            await using var subscriber = await Outside.StartAsync(url, await library.Bank.Recorder.GetMaxPositionAsync() ?? 0);
            await MeasureAsync("W7-process", boundOfProcess, library, subscriber, saves: run.Amount(200, 100), Pause);
        }

        async Task MeasureAsync(string workload, double limit, Library library, ISubscriber subscriber, int saves, int pause)
        {
            var medians = new List<double>();
            var result = await Comparison.RunAsync(workload, engine, "ms p99", run.Rounds(7, 3), limit, async () =>
            {
                var delays = await TurnAsync(library.Bank, subscriber, saves, pause);
                medians.Add(delays[delays.Count / 2]);
                return delays[delays.Count * 99 / 100];
            });
            run.Report(result with { Note = string.Create(CultureInfo.InvariantCulture, $"p50 {Spread.Of(medians).Median:F2} ms") });
        }
    }

    /// <summary>Runs the other process, if this is it: for each request, it prints the times at which the next events arrived.</summary>
    public static async Task<bool> IsChildAsync(string[] args)
    {
        if (args is not [ChildArgument, var url, var after])
        {
            return false;
        }

        await using var bank = await Bank.OpenAsync(url);
        await using var subscriber = new Inside(bank, long.Parse(after, CultureInfo.InvariantCulture));
        await Console.Out.WriteLineAsync("ready");
        while (await Console.In.ReadLineAsync() is { } count)
        {
            var seen = await subscriber.GetAsync(int.Parse(count, CultureInfo.InvariantCulture));
            await Console.Out.WriteLineAsync(string.Join(' ', seen.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Key}:{s.Value}"))));
        }

        return true;
    }

    private static async Task<List<double>> TurnAsync(Bank bank, ISubscriber subscriber, int saves, int pause)
    {
        var saved = new Dictionary<long, long>();
        Account? account = null;
        for (var i = 0; i < saves; i++)
        {
            if (i % Sample.StreamLength == 0)
            {
                account = Library.Open(i);
            }
            else
            {
                Library.Change(account!, i);
            }

            var recordings = await bank.SaveAsync(account!);
            saved.Add(recordings[0].Position!.Value, Stopwatch.GetTimestamp());
            if (pause > 0)
            {
                await Task.Delay(pause);
            }
        }

        var seen = await subscriber.GetAsync(saves).WaitAsync(TimeSpan.FromMinutes(1));
        return [.. saved.Select(s => Math.Max(0, Stopwatch.GetElapsedTime(s.Value, seen[s.Key]).TotalMilliseconds)).Order()];
    }

    private interface ISubscriber : IAsyncDisposable
    {
        /// <summary>The times of the next events, by position.</summary>
        Task<IReadOnlyDictionary<long, long>> GetAsync(int count);
    }

    private sealed class Inside : ISubscriber
    {
        private readonly BlockingCollection<(long Position, long Time)> _seen = [];
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _subscribing;

        public Inside(Bank bank, long after = 0) => _subscribing = Task.Run(async () =>
        {
            await foreach (var recording in bank.NotificationLog.SubscribeAsync(after, cancellationToken: _stop.Token))
            {
                _seen.Add((recording.Position!.Value, Stopwatch.GetTimestamp()));
            }
        });

        public Task<IReadOnlyDictionary<long, long>> GetAsync(int count) => Task.Run(() =>
            (IReadOnlyDictionary<long, long>)Enumerable.Range(0, count).Select(_ => _seen.Take()).ToDictionary(s => s.Position, s => s.Time));

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _subscribing.ContinueWith(_ => { }, TaskScheduler.Default);
            _stop.Dispose();
            _seen.Dispose();
        }
    }

    private sealed class Outside(Process process) : ISubscriber
    {
        public static async Task<Outside> StartAsync(string url, long after)
        {
            var path = Environment.ProcessPath!;
            string[] program = Path.GetFileNameWithoutExtension(path) == "dotnet" ? [typeof(Latency).Assembly.Location] : [];
            var process = Process.Start(
                new ProcessStartInfo(path, [.. program, ChildArgument, url, after.ToString(CultureInfo.InvariantCulture)])
                {
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                })!;
            return await process.StandardOutput.ReadLineAsync() == "ready"
                ? new(process)
                : throw new InvalidOperationException("The other process failed.");
        }

        public async Task<IReadOnlyDictionary<long, long>> GetAsync(int count)
        {
            await process.StandardInput.WriteLineAsync(count.ToString(CultureInfo.InvariantCulture));
            var line = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The other process failed.");
            return line.Split(' ').Select(s => s.Split(':')).ToDictionary(
                s => long.Parse(s[0], CultureInfo.InvariantCulture), s => long.Parse(s[1], CultureInfo.InvariantCulture));
        }

        public async ValueTask DisposeAsync()
        {
            process.StandardInput.Close();
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }
}
