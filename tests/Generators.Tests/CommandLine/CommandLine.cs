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

    private static readonly string[] StyleAnalyzers =
    [
        "analyzers/Microsoft.CodeAnalysis.NetAnalyzers.dll", "analyzers/Microsoft.CodeAnalysis.CSharp.NetAnalyzers.dll",
        "codestyle/cs/Microsoft.CodeAnalysis.CodeStyle.dll", "codestyle/cs/Microsoft.CodeAnalysis.CSharp.CodeStyle.dll",
    ];

    private const string Usings = "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Threading; global using System.Threading.Tasks;";

    /// <summary>Returns the output of the compiler, line by line, as <c>Source0.cs(1,2): error ESG0001</c> with the message in <c>Text</c>.</summary>
    /// <param name="sources">The files.</param>
    /// <param name="languageVersion">The version of C#.</param>
    /// <param name="references">The references; by default all that a user has.</param>
    /// <param name="runAnalyzers">Whether analyzers run.</param>
    /// <param name="styleRules">Rules of the SDK that are warnings here; by default its analyzers don't run.</param>
    public static async Task<IReadOnlyList<(string File, string Severity, string Id, string Text)>> CompileAsync(string[] sources, string languageVersion = "14", IEnumerable<MetadataReference>? references = null, bool runAnalyzers = true, string[]? styleRules = null)
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
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "global.editorconfig"), $"is_global = true\nbuild_property.DesignTimeBuild =\n{string.Concat((styleRules ?? []).Append("ESG0021").Select(r => $"dotnet_diagnostic.{r}.severity = warning\n"))}", TestContext.Current.CancellationToken);
            await File.WriteAllLinesAsync(Path.Combine(folder.FullName, "arguments.rsp"),
            [
                "-nostdlib", "-nologo", "-target:library", "-out:out.dll", "-nullable:enable", $"-langversion:{languageVersion}", "-preferreduilang:en", "-utf8output",
                "-nowarn:1701;1702", "-analyzerconfig:global.editorconfig", $"-analyzer:\"{typeof(EventSourcingGenerator).Assembly.Location}\"", runAnalyzers ? "" : "-skipanalyzers+",
                .. styleRules is null ? [] : StyleAnalyzers.Select(a => $"-analyzer:\"{Path.Combine(Sdk, "Sdks", "Microsoft.NET.Sdk", a)}\""),
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

    /// <summary>The newest SDK of the runtime's version.</summary>
    private static string Sdk { get; } = Directory.GetDirectories(Path.Combine(Root, "sdk"), $"{Environment.Version.Major}.*")
        .OrderBy(d => int.Parse(Path.GetFileName(d).Split('-')[0].Split('.')[2], CultureInfo.InvariantCulture))
        .Last(d => File.Exists(CompilerIn(d)));

    private static string Compiler => CompilerIn(Sdk);

    private static string CompilerIn(string sdk) => Path.Combine(sdk, "Roslyn", "bincore", "csc.dll");

    [GeneratedRegex(@"^((?<file>[^(:]*?)(\([\d,]+\))?\s?: )?(?<severity>error|warning|info) (?<id>\w+): (?<text>.*)$")]
    private static partial Regex Line();
}
