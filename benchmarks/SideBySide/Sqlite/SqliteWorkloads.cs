using Benchmarks.Measuring;

namespace Benchmarks.Sqlite;

/// <summary>The workloads on SQLite.</summary>
internal static class SqliteWorkloads
{
    public const string Full = "sqlite-full";
    public const string Normal = "sqlite-normal";

    /// <summary>Runs those that are wanted.</summary>
    public static Task RunAsync(Run run) => Task.CompletedTask;
}
