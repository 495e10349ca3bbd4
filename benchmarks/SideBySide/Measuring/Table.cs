using System.Globalization;

namespace Benchmarks.Measuring;

/// <summary>The results for people.</summary>
internal static class Table
{
    public static string Line(Result r) => string.Create(
        CultureInfo.InvariantCulture,
        $"{r.Workload,-16} {r.Engine,-14} {Show(r.Floor),-30} {Show(r.Library),-30} {r.Unit,-8} {r.Ratio.Median,6:F2} ({r.Ratio.Min:F2}–{r.Ratio.Max:F2}) {(r.Aim is { } aim ? $"aim {aim:F2} {(r.IsMet ? "met" : "MISSED")}" : "")}{(r.IsDisturbed ? $" others {r.Busy:P0}" : "")}");

    public static void Print(IEnumerable<Result> results)
    {
        foreach (var result in results)
            Console.WriteLine(Line(result));
    }

    private static string Show(Spread? spread) =>
        spread is { } s ? string.Create(CultureInfo.InvariantCulture, $"{Number(s.Median)} ({Number(s.Min)}–{Number(s.Max)})") : "";

    private static string Number(double value) =>
        value.ToString(value >= 1000 ? "N0" : value >= 100 ? "F0" : value >= 10 ? "F1" : "F2", CultureInfo.InvariantCulture);
}
