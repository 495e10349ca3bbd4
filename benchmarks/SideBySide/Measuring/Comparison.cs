namespace Benchmarks.Measuring;

/// <summary>Runs systems by turns.</summary>
internal static class Comparison
{
    /// <summary>
    /// Floor and library by turns, the beginner changing. Each delegate runs one turn and returns its value: events a second, µs, bytes.
    /// </summary>
    /// <remarks>One turn of each comes before, and isn't counted: it warms the code and fills the caches.</remarks>
    public static async Task<Result> RunAsync(
        string workload, string engine, string unit, bool higherIsBetter, int rounds, double? aim, Func<Task<double>> floor, Func<Task<double>> library)
    {
        await floor();
        await library();
        var (ofFloor, ofLibrary, ratios) = (new List<double>(), new List<double>(), new List<double>());
        var noise = Noise.Start();
        for (var round = 0; round < rounds; round++)
        {
            // What the one left behind isn't the other's to clean up.
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
        await library();
        var (values, ratios) = (new List<double>(), new List<double>());
        var noise = Noise.Start();
        for (var round = 0; round < rounds; round++)
        {
            GC.Collect();
            var value = await library();
            values.Add(value);
            ratios.Add(bound / value);
        }

        return new(workload, engine, unit, rounds, null, Spread.Of(values), Spread.Of(ratios), 1, noise.Share());
    }
}
