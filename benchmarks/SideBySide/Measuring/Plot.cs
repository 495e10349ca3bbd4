namespace Benchmarks.Measuring;

internal static class Plot
{
    public static void Write(string file, IReadOnlyList<Result> results) => File.WriteAllText(file, "");
}
