using EventSourcing.Testing;

namespace EventSourcing.Samples.Tests;

/// <summary>The samples as built beside the tests.</summary>
internal static class SamplePrograms
{
    /// <summary>Runs a sample in the current directory of its user.</summary>
    /// <remarks>Uses the frameworks of the tests, because assemblies of a framework aren't copied for the samples.</remarks>
    public static Task<Command> RunAsync(string folder, string name, params IEnumerable<string> arguments) => Command.RunAsync(
        folder, "dotnet",
        ["exec", "--runtimeconfig", Path.Combine(AppContext.BaseDirectory, "Samples.Tests.runtimeconfig.json"), Path.Combine(AppContext.BaseDirectory, name + ".dll"), .. arguments]);
}
