namespace Benchmarks.Measuring;

/// <summary>The workloads in their order, with descriptions.</summary>
internal static class Workloads
{
    private static readonly (string Name, string What)[] All =
    [
        ("W1", "one event a save, one caller"),
        ("W2-16", "one event a save, 16 callers"),
        ("W2-64", "one event a save, 64 callers"),
        ("W3", "100 events a save"),
        ("W4-10", "load an aggregate of 10 events"),
        ("W4-100", "load an aggregate of 100 events"),
        ("W4-1000", "load an aggregate of 1000 events"),
        ("W5", "read the whole log"),
        ("W6-start", "native start to the first save"),
        ("W6-size", "size of the native program"),
        ("W6-memory", "memory of the native program"),
        ("W7", "save to subscriber, to the bound"),
        ("W7-busy", "the same, saves without a pause"),
        ("W7-process", "to another process, to the bound"),
        ("W8-100", "a view, 100 rows in a batch of 500 events"),
        ("W8-500", "a view, 500 rows in a batch of 500 events"),
        ("W8-ten", "ten views, to one view"),
        ("W8-ten-read", "ten views without rows, to one"),
        ("W8-row", "save to row, to the bound"),
        ("W8-idle", "idle with a runner, to without"),
        ("W9-save", "bytes allocated a save, to the bound"),
        ("W9-load", "bytes a loaded event, to the bound"),
        ("W9-notification", "bytes an event of the log"),
        ("W10-encode", "encode an event"),
        ("W10-decode", "decode an event"),
    ];

    private static readonly string[] Engines = ["sqlite-full", "sqlite-normal", "postgresql", "none"];

    public static string What(string workload) => Array.Find(All, w => w.Name == workload).What ?? "";

    /// <summary>Results in the order of the workloads, those of one workload beside each other.</summary>
    public static List<Result> Sort(IEnumerable<Result> results) =>
        [.. results.OrderBy(r => Place(Array.FindIndex(All, w => w.Name == r.Workload))).ThenBy(r => r.Workload, StringComparer.Ordinal).ThenBy(r => Place(Array.IndexOf(Engines, r.Engine)))];

    // Unknown workloads come last.
    private static int Place(int index) => index < 0 ? int.MaxValue : index;
}
