using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace EventSourcing.Mutation;

/// <summary>A project of the repository, and its test project.</summary>
internal sealed class ProjectUnderTest(string root, string project, string tests)
{
    private const string Configuration = "-p:Configuration=Release";

    public string TestsFolder => Path.GetDirectoryName(tests)!;

    /// <summary>Builds both.</summary>
    public void Build() => Dotnet("build", tests, "-c", "Release", "-v", "quiet", "-nologo");

    /// <summary>The project as MSBuild would pass it to the compiler.</summary>
    public CSharpCompilation Compilation()
    {
        // Nothing is compiled; the missing file makes the step run even when all is up to date.
        using var answer = JsonDocument.Parse(Dotnet(
            "msbuild", project, "-nologo", "-t:Compile", Configuration, "-p:ProvideCommandLineArgs=true", "-p:SkipCompilerExecution=true", "-p:BuildProjectReferences=false",
            "-p:NonExistentFile=__none__", "-getItem:CscCommandLineArgs"));
        var arguments = answer.RootElement.GetProperty("Items").GetProperty("CscCommandLineArgs").EnumerateArray().Select(a => a.GetProperty("Identity").GetString()!);
        var folder = Path.GetDirectoryName(project)!;
        var parsed = CSharpCommandLineParser.Default.Parse(arguments, folder, sdkDirectory: null);
        var parse = parsed.ParseOptions.WithDocumentationMode(DocumentationMode.None);
        var compilation = CSharpCompilation.Create(
            parsed.CompilationName, parsed.SourceFiles.Select(f => CSharpSyntaxTree.ParseText(File.ReadAllText(f.Path), parse, f.Path, System.Text.Encoding.UTF8)),
            parsed.MetadataReferences.Select(r => MetadataReference.CreateFromFile(r.Reference)),
            parsed.CompilationOptions.WithGeneralDiagnosticOption(ReportDiagnostic.Suppress).WithSpecificDiagnosticOptions([]));

        // Generators of packages; of those of the SDK these projects use only that of LibraryImport.
        var generators = parsed.AnalyzerReferences.Where(a => a.FilePath.EndsWith("/Microsoft.Interop.LibraryImportGenerator.dll", StringComparison.Ordinal)
                || (!a.FilePath.Contains("/Sdks/", StringComparison.Ordinal) && !a.FilePath.Contains("/packs/", StringComparison.Ordinal)))
            .SelectMany(a => new AnalyzerFileReference(a.FilePath, new Loader()).GetGenerators(LanguageNames.CSharp)).ToList();
        if (generators.Count == 0)
        {
            return compilation;
        }

        CSharpGeneratorDriver.Create(generators, parseOptions: parse).RunGeneratorsAndUpdateCompilation(compilation, out var whole, out _);
        return (CSharpCompilation)whole;
    }

    /// <summary>The built tests, to be copied and changed.</summary>
    public string BuiltTests() => Dotnet("msbuild", tests, "-nologo", Configuration, "-getProperty:TargetPath").Trim();

    private string Dotnet(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = root, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"dotnet {string.Join(' ', arguments)} failed:\n{output}");
    }

    private sealed class Loader : IAnalyzerAssemblyLoader
    {
        public void AddDependencyLocation(string fullPath)
        {
        }

        public Assembly LoadFromPath(string fullPath) => Assembly.LoadFrom(fullPath);
    }
}
