using EventSourcing.Testing;
using Microsoft.CodeAnalysis;
using Xunit;

namespace EventSourcing.Samples.Tests;

/// <summary>The generated files of the sample lie in its folder, to be read. They must be those that the generator writes now.</summary>
public sealed class GeneratedFilesTests
{
    private static readonly string Folder = Tree.PathOf("samples/TrainingSchool/Generated");

    [Fact]
    public void Committed_files_are_what_the_generator_writes()
    {
        var sources = Directory.GetFiles(Tree.PathOf("samples/TrainingSchool"), "*.cs").Order(StringComparer.Ordinal).Select(File.ReadAllText);
        // What the sample references: the driver of PostgreSQL brings the abstractions of dependency injection along.
        var generated = new SampleCompilation("TrainingSchool", OutputKind.ConsoleApplication, sources).Generated
            .ToDictionary(g => g.Key, g => g.Value.ReplaceLineEndings("\n"));
        if (Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1" && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")))
            Accept(generated);

        var committed = Directory.GetFiles(Folder, "*.cs")
            .ToDictionary(f => Path.GetFileName(f), f => File.ReadAllText(f).ReplaceLineEndings("\n"));

        Assert.NotEmpty(generated);
        Assert.Equal(generated.Keys.Order(StringComparer.Ordinal), committed.Keys.Order(StringComparer.Ordinal));
        Assert.All(generated, g => Assert.True(
            g.Value == committed[g.Key],
            $"{g.Key} is no longer what is generated. Accept it and look at the difference: UPDATE_SNAPSHOTS=1 dotnet test tests/Samples.Tests"));
    }

    private static void Accept(Dictionary<string, string> generated)
    {
        Directory.CreateDirectory(Folder);
        foreach (var old in Directory.GetFiles(Folder, "*.cs"))
            File.Delete(old);
        foreach (var (name, text) in generated)
            File.WriteAllText(Path.Combine(Folder, name), text);
    }
}
