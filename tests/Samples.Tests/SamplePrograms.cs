using EventSourcing.Testing;

namespace EventSourcing.Samples.Tests;

/// <summary>The samples as they lie beside the tests.</summary>
internal static class SamplePrograms
{
    /// <summary>Runs a sample in the current directory of its user.</summary>
    /// <remarks>With the frameworks of the tests: what a framework of theirs brings isn't copied for the samples.</remarks>
    public static Task<Command> RunAsync(string folder, string name, params IEnumerable<string> arguments) => Command.RunAsync(
        folder, "dotnet",
        ["exec", "--runtimeconfig", Path.Combine(AppContext.BaseDirectory, "Samples.Tests.runtimeconfig.json"), Path.Combine(AppContext.BaseDirectory, name + ".dll"), .. arguments]);
}
