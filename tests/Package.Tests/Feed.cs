using System.Xml.Linq;
using EventSourcing.Testing;
using Xunit;

[assembly: AssemblyFixture(typeof(EventSourcing.Package.Tests.Feed))]

namespace EventSourcing.Package.Tests;

/// <summary>
/// The packages of this tree in a folder of their own, under a version that exists nowhere else: no cache can hold an earlier one.
/// They are built apart from the tree's own output.
/// </summary>
public sealed class Feed : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    public string Version { get; } = $"0.0.1-test{DateTime.UtcNow:yyyyMMddHHmmss}";

    /// <summary>Where the packages are built.</summary>
    public string Folder => _folder.Path;

    public string PathOf(string package) => _folder.PathOf($"feed/{package}.{Version}.nupkg");

    public async ValueTask InitializeAsync()
    {
        // In one build, and without the analyzers, which the build of the tree has run. The generator is listed too, because a project outside
        // the solution would be built for debugging.
        string[] projects =
        [
            "Runtime/EventSourcing.Generated", "Runtime/EventSourcing.Generated.Sqlite", "Runtime/EventSourcing.Generated.PostgreSql",
            "Runtime/EventSourcing.Generated.EntityFrameworkCore", "Runtime/EventSourcing.Generated.Hosting", "Runtime/EventSourcing.Generated.AspNetCore",
            "Generators/EventSourcing.Generated.Generators", "Generators/EventSourcing.Generated.CodeFixes",
        ];
        var solution = new XElement("Solution", projects.Select(project => new XElement("Project", new XAttribute(
            "Path", Path.Combine(Tree.Root, $"src/{project}/{Path.GetFileName(project)}.csproj")))));
        _folder.Write("packages.slnx", solution.ToString());
        await Command.DotnetAsync(Tree.Root, "pack", _folder.PathOf("packages.slnx"), "-c", "Release", $"-p:Version={Version}", "-p:RunAnalyzers=false",
            "--artifacts-path", _folder.PathOf("build"), "-o", _folder.PathOf("feed"));
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// The NuGet configuration: this feed beside those of the machine. Packages go to a folder of their own; packages that the
    /// machine already has are read from its folder, and not downloaded again.
    /// </summary>
    internal async Task ConfigureAsync(TemporaryFolder projects)
    {
        var locals = await Command.DotnetAsync(projects.Path, "nuget", "locals", "global-packages", "--list");
        var configuration = new XElement("configuration",
            new XElement("config", Add("globalPackagesFolder", projects.PathOf("packages"))),
            new XElement("packageSources", Add("local", _folder.PathOf("feed"))),
            new XElement("fallbackPackageFolders", Add("machine", locals.Output.Split(": ", 2)[1].Trim())));
        projects.Write("nuget.config", configuration.ToString());

        static XElement Add(string key, string value) => new("add", new XAttribute("key", key), new XAttribute("value", value));
    }
}
