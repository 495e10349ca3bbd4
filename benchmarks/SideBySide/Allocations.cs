using Benchmarks.Measuring;

namespace Benchmarks;

/// <summary>W9: bytes allocated on the managed heap by all threads, on any engine. The numbers are nearly exact.</summary>
internal static class Allocations
{
    private const int Length = 100;

    /// <summary>Runs the workloads that are wanted.</summary>
    public static async Task RunAsync(Run run, string engine, string url, double boundOfSave, double boundOfEvent)
    {
        if (!run.Wants("W9-save", engine) && !run.Wants("W9-load", engine) && !run.Wants("W9-notification", engine))
        {
            return;
        }

        await using var library = await Library.OpenAsync(url);

        // Includes the event itself, and everything made from it.
        if (run.Wants("W9-save", engine))
        {
            var account = Library.Open(0);
            await library.Bank.SaveAsync(account);
            await ReportAsync("W9-save", boundOfSave, saves: 300, own: 0, async count =>
            {
                for (var i = 0; i < count; i++)
                {
                    Library.Change(account, i);
                    await library.Bank.SaveAsync(account);
                }
            });
        }

        // Excludes the event and its string, which belong to the reader.
        var ids = await library.FillAsync(50, Length);
        await ReportAsync("W9-load", boundOfEvent, saves: 50 * Length, OwnOfEvent(), async count =>
        {
            for (var i = 0; i < count / Length; i++)
            {
                await library.Bank.Repository.GetAsync<Account>(ids[i]);
            }
        });

        var first = (await library.Bank.Repository.GetAsync<Account>(ids[0])).Version;
        var after = await library.Bank.Recorder.GetMaxPositionAsync() - ids.Length * first;
        await ReportAsync("W9-notification", boundOfEvent, saves: 50 * Length, OwnOfEvent(), async count =>
        {
            var read = 0;
            await foreach (var _ in library.Bank.NotificationLog.ReadAllAsync(after, pageSize: 1000))
            {
                read++;
            }

            if (read != count)
            {
                throw new InvalidOperationException($"{read} events.");
            }
        });

        async Task ReportAsync(string workload, double bound, int saves, long own, Func<int, Task> work)
        {
            if (!run.Wants(workload, engine))
            {
                return;
            }

            // More is allocated until the code is fully optimized.
            for (var i = 0; i < 3; i++)
            {
                await work(saves);
            }

            await Task.Delay(300);
            run.Report(await Comparison.RunAsync(workload, engine, "bytes", run.Rounds(7, 3), bound, async () =>
            {
                var before = GC.GetTotalAllocatedBytes(true);
                await work(saves);
                return (GC.GetTotalAllocatedBytes(true) - before) / (double)saves - own;
            }));
        }
    }

    /// <summary>The bytes of an event and what it owns.</summary>
    private static long OwnOfEvent()
    {
        const int Count = 1000;
        var events = new Account.Changed[Count];
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Count; i++)
        {
            events[i] = new(Sample.Owner, new string('a', Sample.Name(i).Length), Sample.Number(i), Sample.Amount(i));
        }

        var bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / Count;
        GC.KeepAlive(events);
        return bytes;
    }
}
