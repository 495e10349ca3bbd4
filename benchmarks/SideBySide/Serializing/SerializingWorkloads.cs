using System.Diagnostics;
using Benchmarks.Measuring;

namespace Benchmarks.Serializing;

/// <summary>W10: encoding and decoding of one event, in ns. The other side is not hand-written: it is System.Text.Json's generator.</summary>
internal static class SerializingWorkloads
{
    public const string Engine = "none";

    // Turns of some milliseconds.
    private const int Calls = 50_000;

    /// <summary>Runs the workloads that are wanted (<see cref="Run.Wants"/>).</summary>
    public static async Task RunAsync(Run run)
    {
        var library = new GeneratedCode();
        var systemTextJson = new SystemTextJson();
        if (!library.Encode().SequenceEqual(systemTextJson.Encode()) || !systemTextJson.Equals(systemTextJson.Decode()) || !library.Equals(library.Decode()))
        {
            throw new InvalidOperationException("The systems don't do the same.");
        }

        if (run.Wants("W10-encode", Engine))
        {
            await Task.Delay(Repeat(() => library.Encode().Length + systemTextJson.Encode().Length) > 0 ? 200 : 0); // until the runtime has compiled both well
            run.Report(await CompareAsync("W10-encode", 1.0, () => systemTextJson.Encode().Length, () => library.Encode().Length));
        }

        if (run.Wants("W10-decode", Engine))
        {
            await Task.Delay(Repeat(() => library.Decode().Number + systemTextJson.Decode().Number) > 0 ? 200 : 0);
            run.Report(await CompareAsync("W10-decode", 2.0, () => systemTextJson.Decode().Number, () => library.Decode().Number));
        }

        Task<Result> CompareAsync(string workload, double aim, Func<int> floor, Func<int> ours) => Comparison.RunAsync(
            workload, Engine, "ns", higherIsBetter: false, run.Rounds(80, 40), aim, () => Task.FromResult(Repeat(floor)), () => Task.FromResult(Repeat(ours)));
    }

    private static double Repeat(Func<int> call)
    {
        var (started, sum) = (Stopwatch.GetTimestamp(), 0L);
        for (var i = 0; i < Calls; i++)
        {
            sum += call();
        }

        var time = Stopwatch.GetElapsedTime(started);
        return sum > 0 ? time.TotalNanoseconds / Calls : throw new InvalidOperationException("Nothing was done.");
    }
}
