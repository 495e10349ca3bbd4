using EventSourcing.Testing;
using Microsoft.CodeAnalysis;
using Xunit;

namespace EventSourcing.Samples.Tests;

/// <summary>The generated files of samples are committed, so that they can be read. They must be those that the generator writes now.</summary>
public sealed class GeneratedFilesTests
{
    [Theory]
    [InlineData("samples/TrainingSchool", OutputKind.ConsoleApplication)]
    [InlineData("samples/Ordering/Domain", OutputKind.DynamicallyLinkedLibrary)]
    [InlineData("samples/Ordering/Application", OutputKind.DynamicallyLinkedLibrary, "Ordering.Domain")]
    public void Committed_files_are_what_the_generator_writes(string project, OutputKind kind, params string[] references)
    {
        var sources = Directory.GetFiles(Tree.PathOf(project), "*.cs").Order(StringComparer.Ordinal).Select(File.ReadAllText);
        // The samples' references: the PostgreSQL driver also brings the abstractions of dependency injection.
        var generated = new SampleCompilation(Path.GetFileName(project), kind, references, sources).Generated
            .ToDictionary(g => g.Key, g => g.Value.ReplaceLineEndings("\n"));
        var folder = Path.Combine(Tree.PathOf(project), "Generated");
        if (Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1" && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")))
        {
            Accept(folder, generated);
        }

        var committed = Directory.GetFiles(folder, "*.cs")
            .ToDictionary(f => Path.GetFileName(f), f => File.ReadAllText(f).ReplaceLineEndings("\n"));

        Assert.NotEmpty(generated);
        Assert.Equal(generated.Keys.Order(StringComparer.Ordinal), committed.Keys.Order(StringComparer.Ordinal));
        Assert.All(generated, g => Assert.True(
            g.Value == committed[g.Key],
            $"{g.Key} is no longer what is generated. Accept it and look at the difference: UPDATE_SNAPSHOTS=1 dotnet test tests/Samples.Tests"));
    }

    private static void Accept(string folder, Dictionary<string, string> generated)
    {
        Directory.CreateDirectory(folder);
        foreach (var old in Directory.GetFiles(folder, "*.cs"))
        {
            File.Delete(old);
        }

        foreach (var (name, text) in generated)
        {
            File.WriteAllText(Path.Combine(folder, name), text);
        }
    }
}
