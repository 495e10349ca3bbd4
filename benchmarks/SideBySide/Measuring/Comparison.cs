using System.Diagnostics;

namespace Benchmarks.Measuring;

/// <summary>Runs systems by turns.</summary>
internal static class Comparison
{
    // The ratio for a value close to zero.
    private const double Best = 100;

    private static readonly TimeSpan WarmingTime = TimeSpan.FromMilliseconds(400);

    /// <summary>
    /// Floor and library by turns, each first in every other round. Each delegate runs one turn and returns its value: events/s, µs, bytes.
    /// </summary>
    public static async Task<Result> RunAsync(
        string workload, string engine, string unit, bool higherIsBetter, int rounds, double? aim, Func<Task<double>> floor, Func<Task<double>> library)
    {
        await WarmAsync(floor);
        await WarmAsync(library);
        var (ofFloor, ofLibrary, ratios) = (new List<double>(), new List<double>(), new List<double>());
        var noise = Noise.Start();
        for (var round = 0; round < rounds; round++)
        {
            // One system's garbage must not be collected in the other's turn.
            GC.Collect();
            var floorFirst = round % 2 == 0;
            var first = await (floorFirst ? floor : library)();
            GC.Collect();
            var second = await (floorFirst ? library : floor)();
            var (f, l) = floorFirst ? (first, second) : (second, first);
            ofFloor.Add(f);
            ofLibrary.Add(l);
            ratios.Add(higherIsBetter ? l / f : f / l);
        }

        return new(workload, engine, unit, rounds, Spread.Of(ofFloor), Spread.Of(ofLibrary), Spread.Of(ratios), aim, noise.Share());
    }

    /// <summary>The library against a bound that its value shouldn't exceed: the ratio is the bound divided by the value, the aim 1.</summary>
    public static async Task<Result> RunAsync(string workload, string engine, string unit, int rounds, double bound, Func<Task<double>> library)
    {
        await WarmAsync(library);
        var (values, ratios) = (new List<double>(), new List<double>());
        var noise = Noise.Start();
        for (var round = 0; round < rounds; round++)
        {
            GC.Collect();
            var value = await library();
            values.Add(value);
            ratios.Add(value > bound / Best ? bound / value : Best);
        }

        return new(workload, engine, unit, rounds, null, Spread.Of(values), Spread.Of(ratios), 1, noise.Share());
    }

    /// <summary>Runs turns that aren't counted, until the code is fully compiled and the caches are full.</summary>
    private static async Task WarmAsync(Func<Task<double>> turn)
    {
        var started = Stopwatch.GetTimestamp();
        do
        {
            await turn();
        }
        while (Stopwatch.GetElapsedTime(started) < WarmingTime);

        // The compiler works in the background, after a pause.
        await Task.Delay(150);
        await turn();
    }
}
