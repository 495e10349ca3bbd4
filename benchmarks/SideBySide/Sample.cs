namespace Benchmarks;

/// <summary>The values of the events that both systems save: the same for the same number.</summary>
internal static class Sample
{
    /// <summary>How many events the aggregates of W1, W2 and W5 have.</summary>
    public const int StreamLength = 10;

    private static readonly string[] Names = ["abcdefg", "bcdefgh", "cdefghi", "defghij", "efghijk", "fghijkl", "ghijklm", "hijklmn"];

    public static Guid Owner { get; } = new("0198c0de-5eed-7abc-8def-0123456789ab");

    public static string Name(long number) => Names[number & 7];

    public static int Number(long number) => (int)(number % 90_000) + 10_000;

    public static long Amount(long number) => number % 9_000_000_000 + 1_000_000_000;
}
