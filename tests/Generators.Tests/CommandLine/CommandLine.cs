using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using EventSourcing.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Xunit;

namespace EventSourcing.Generators.Tests.CommandLine;

/// <summary>The compiler of the SDK as a build calls it: with the generator, the analyzers, and the settings of the package.</summary>
internal static partial class CommandLine
{
    // One compiler server for the run, because starting a compiler takes longer than compiling here. It ends itself soon afterwards.
    private static readonly string Server = $"esg-tests-{Environment.ProcessId}";

    private const string Usings = "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Threading; global using System.Threading.Tasks;";

    /// <summary>Returns the output of the compiler, line by line, as <c>Source0.cs(1,2): error ESG0001</c> with the message in <c>Text</c>.</summary>
    public static async Task<IReadOnlyList<(string File, string Severity, string Id, string Text)>> CompileAsync(string[] sources, string languageVersion = "14", IEnumerable<MetadataReference>? references = null, bool runAnalyzers = true)
    {
        var folder = Directory.CreateTempSubdirectory("esg-");
        try
        {
            var files = sources.Append(Usings).Select((source, i) => (Name: $"Source{i}.cs", Text: source)).ToList();
            foreach (var (name, text) in files)
            {
                await File.WriteAllTextAsync(Path.Combine(folder.FullName, name), text, TestContext.Current.CancellationToken);
            }
            // The compiler prints a suggestion only if it is raised to a warning.
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "global.editorconfig"), "is_global = true\nbuild_property.DesignTimeBuild =\ndotnet_diagnostic.ESG0021.severity = warning\n", TestContext.Current.CancellationToken);
            await File.WriteAllLinesAsync(Path.Combine(folder.FullName, "arguments.rsp"),
            [
                "-nostdlib", "-nologo", "-target:library", "-out:out.dll", "-nullable:enable", $"-langversion:{languageVersion}", "-preferreduilang:en", "-utf8output",
                "-nowarn:1701;1702", "-analyzerconfig:global.editorconfig", $"-analyzer:\"{typeof(EventSourcingGenerator).Assembly.Location}\"", runAnalyzers ? "" : "-skipanalyzers+",
                .. (references ?? GeneratorRun.AllReferences).Select(r => $"-r:\"{r.Display}\""),
                .. files.Select(f => f.Name),
            ], TestContext.Current.CancellationToken);

            using var compiler = Process.Start(new ProcessStartInfo(DotNet, [Compiler, "-noconfig", $"-shared:{Server}", "-keepalive:20", "@arguments.rsp"])
            {
                WorkingDirectory = folder.FullName,
                RedirectStandardOutput = true,
            })!;
            var output = await compiler.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await compiler.WaitForExitAsync(TestContext.Current.CancellationToken);
            return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Parse)];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static (string File, string Severity, string Id, string Text) Parse(string line)
    {
        var match = Line().Match(line);
        Assert.True(match.Success, $"Unexpected output of the compiler: {line}");
        return (match.Groups["file"].Value, match.Groups["severity"].Value, match.Groups["id"].Value, match.Groups["text"].Value);
    }

    private static string Root => Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    private static string DotNet => Path.Combine(Root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");

    /// <summary>The compiler of the newest SDK of the runtime's version.</summary>
    private static string Compiler { get; } = Directory.GetDirectories(Path.Combine(Root, "sdk"), $"{Environment.Version.Major}.*")
        .OrderBy(d => int.Parse(Path.GetFileName(d).Split('-')[0].Split('.')[2], CultureInfo.InvariantCulture))
        .Select(d => Path.Combine(d, "Roslyn", "bincore", "csc.dll"))
        .Last(File.Exists);

    [GeneratedRegex(@"^((?<file>[^(:]*?)(\([\d,]+\))?\s?: )?(?<severity>error|warning|info) (?<id>\w+): (?<text>.*)$")]
    private static partial Regex Line();
}
