using Benchmarks.Measuring;

namespace Benchmarks.Serializing;

/// <summary>W10: encoding and decoding of one event.</summary>
internal static class SerializingWorkloads
{
    public const string Engine = "none";

    /// <summary>Runs those that are wanted (<see cref="Run.Wants"/>).</summary>
    public static Task RunAsync(Run run) => Task.CompletedTask;
}
