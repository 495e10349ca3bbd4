using System.Globalization;

namespace Benchmarks.Measuring;

/// <summary>The results for people: medians, with the least and the greatest in brackets.</summary>
internal static class Table
{
    private static readonly string Format = "{0,-16} {1,-14} {2,-25} {3,-25} {4,-9} {5,-18} {6,-12} {7}";

    public static string Head => string.Format(CultureInfo.InvariantCulture, Format, "workload", "engine", "floor", "library", "unit", "ratio", "aim", "").TrimEnd();

    public static string Line(Result r) => string.Format(
        CultureInfo.InvariantCulture, Format, r.Workload, r.Engine, Show(r.Floor), Show(r.Library), r.Unit,
        string.Create(CultureInfo.InvariantCulture, $"{r.Ratio.Median:F2} ({r.Ratio.Min:F2}–{r.Ratio.Max:F2})"),
        r.Aim is { } aim ? string.Create(CultureInfo.InvariantCulture, $"{aim:F2} {(r.IsMet ? "met" : "MISSED")}") : "",
        string.Join("; ", new[] { r.Note, r.IsDisturbed ? $"busy: others took {r.Busy * 100:F0} % of a processor" : null }.Where(t => t is not null))).TrimEnd();

    public static void Print(IReadOnlyList<Result> results)
    {
        Console.WriteLine(Head);
        foreach (var result in results)
        {
            Console.WriteLine(Line(result));
        }

        var aims = results.Where(r => r.Aim is not null).ToList();
        Console.WriteLine($"{aims.Count(r => r.IsMet)} of {aims.Count} aims met, {results.Count(r => r.IsDisturbed)} of {results.Count} measured while others were busy. Ratios: the greater, the better.");
    }

    private static string Show(Spread? spread) =>
        spread is { } s ? $"{Number(s.Median)} ({Number(s.Min)}–{Number(s.Max)})" : "";

    private static string Number(double value) =>
        value >= 1_000_000 ? (value / 1_000_000).ToString("F2", CultureInfo.InvariantCulture) + "M" :
        value.ToString(value >= 1000 ? "N0" : value >= 100 ? "F0" : value >= 10 ? "F1" : "F2", CultureInfo.InvariantCulture);
}
