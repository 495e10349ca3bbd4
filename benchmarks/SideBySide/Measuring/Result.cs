namespace Benchmarks.Measuring;

/// <summary>The values of a system's turns.</summary>
internal readonly record struct Spread(double Median, double Min, double Max)
{
    public static Spread Of(IReadOnlyCollection<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return new(sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2, sorted[0], sorted[^1]);
    }
}

/// <summary>The result of one workload on one engine.</summary>
/// <param name="Workload">The workload, such as <c>W4-100</c>.</param>
/// <param name="Engine">The engine: <c>sqlite-full</c>, <c>sqlite-normal</c>, <c>postgresql</c> or <c>none</c>.</param>
/// <param name="Unit">The unit of the values.</param>
/// <param name="Rounds">How many turns each system had.</param>
/// <param name="Floor">The values of the hand-written code; null for a bound instead of a comparison.</param>
/// <param name="Library">The values of the library.</param>
/// <param name="Ratio">
/// The ratio of the library to the floor, or of the bound to the library: the greater, the better. The median of the rounds'
/// ratios, because both turns of a round meet the same noise.
/// </param>
/// <param name="Aim">The ratio to reach; null for a value without an aim.</param>
/// <param name="Busy">The share of one processor that other processes took meanwhile.</param>
internal sealed record Result(
    string Workload, string Engine, string Unit, int Rounds, Spread? Floor, Spread Library, Spread Ratio, double? Aim, double Busy)
{
    /// <summary>Above this share of one processor, a measurement counts as disturbed.</summary>
    public const double Disturbing = 0.08;

    /// <summary>A note beside the values.</summary>
    public string? Note { get; init; }

    public bool IsDisturbed => Busy > Disturbing;

    public bool IsMet => Aim is not { } aim || Ratio.Median >= aim;
}
