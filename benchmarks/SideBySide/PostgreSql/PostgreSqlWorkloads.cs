using Benchmarks.Measuring;

namespace Benchmarks.PostgreSql;

/// <summary>The workloads on PostgreSQL.</summary>
internal static class PostgreSqlWorkloads
{
    public const string Engine = "postgresql";

    /// <summary>Runs those that are wanted (<see cref="Run.Wants"/>), with <see cref="Run.PostgreSql"/> as the database.</summary>
    public static Task RunAsync(Run run) => Task.CompletedTask;
}
