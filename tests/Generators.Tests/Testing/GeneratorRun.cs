using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace EventSourcing.Generators.Tests.Testing;

/// <summary>One run of the generator over some source files: the generated files, whether the result compiles, and which steps were cached.</summary>
internal sealed class GeneratorRun
{
    private static readonly CSharpParseOptions Parse = new(LanguageVersion.CSharp14, DocumentationMode.Diagnose);

    private static readonly CSharpCompilationOptions Strict = new(
        OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, generalDiagnosticOption: ReportDiagnostic.Error, nullableContextOptions: NullableContextOptions.Enable,
        // The sources of the tests are not documented. Generated code must still be free of warnings.
        // The SDK also suppresses the warning about references to older versions of the framework.
        specificDiagnosticOptions: [new("CS1591", ReportDiagnostic.Suppress), new("CS1701", ReportDiagnostic.Suppress)]);

    private const string Usings = "global using System; global using System.Collections.Generic; global using System.Threading; global using System.Threading.Tasks; global using EventSourcing;";

    private readonly GeneratorDriver _driver;
    private readonly Compilation _input;

    private GeneratorRun(GeneratorDriver driver, Compilation input)
    {
        _driver = driver.RunGeneratorsAndUpdateCompilation(_input = input, out var output, out _, TestContext.Current.CancellationToken);
        Output = output;
        Result = _driver.GetRunResult().Results.Single(r => r.Generator.GetGeneratorType() == typeof(EventSourcingGenerator));
        Assert.Null(Result.Exception); // the compiler would only warn, CS8785
    }

    /// <summary>The framework that the tests run on, the library's assemblies and their dependencies. A test can't download reference packs.</summary>
    public static IReadOnlyList<MetadataReference> AllReferences { get; } =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(p => Path.GetFileName(p) is var name
                && (p.Contains("Microsoft.NETCore.App", StringComparison.Ordinal)
                    || name.StartsWith("EventSourcing.Generated", StringComparison.Ordinal) && !name.Contains("Generators", StringComparison.Ordinal) && !name.Contains("CodeFixes", StringComparison.Ordinal)
                    || name.StartsWith("SQLitePCLRaw", StringComparison.Ordinal)
                    || name.StartsWith("Microsoft.Data.Sqlite", StringComparison.Ordinal)
                    || name.StartsWith("Npgsql", StringComparison.Ordinal)
                    || name.StartsWith("Microsoft.Extensions.DependencyInjection", StringComparison.Ordinal)))
            .Select(p => MetadataReference.CreateFromFile(p))];

    /// <summary>Without the provider for PostgreSQL.</summary>
    public static IReadOnlyList<MetadataReference> SqliteReferences { get; } = Without("PostgreSql", "Npgsql");

    /// <summary>Without the provider for SQLite.</summary>
    public static IReadOnlyList<MetadataReference> PostgreSqlReferences { get; } = Without("Sqlite");

    /// <summary>Without providers and dependency injection.</summary>
    public static IReadOnlyList<MetadataReference> CoreReferences { get; } = Without("Sqlite", "PostgreSql", "Npgsql", "DependencyInjection");

    public GeneratorRunResult Result { get; }

    /// <summary>The sources without the generated files.</summary>
    public Compilation Input => _input;

    public Compilation Output { get; }

    public IReadOnlyDictionary<string, string> Files => Result.GeneratedSources.ToDictionary(s => s.HintName, s => s.SourceText.ToString());

    public IEnumerable<IncrementalStepRunReason> OutputReasons =>
        Result.TrackedOutputSteps.SelectMany(s => s.Value).SelectMany(s => s.Outputs).Select(o => o.Reason);

    /// <summary>The reasons why the outputs of a step were written again or not.</summary>
    public IEnumerable<IncrementalStepRunReason> Reasons(string step) =>
        Result.TrackedSteps.TryGetValue(step, out var steps) ? steps.SelectMany(s => s.Outputs).Select(o => o.Reason) : [];

    public static GeneratorRun Of(params string[] sources) => With(AllReferences, sources);

    public static GeneratorRun With(IEnumerable<MetadataReference> references, params string[] sources) => Of(references, [new EventSourcingGenerator()], null, sources);

    /// <summary>Runs it as a build does: the generator itself reports refusals.</summary>
    public static GeneratorRun InBuild(params string[] sources) => Of(AllReferences, [new EventSourcingGenerator()], ProjectOptions.Build, sources);

    /// <summary>Runs it as an editor does, without tracking of steps. With tracking, the driver itself fails for some edits ("(Cached, Added)").</summary>
    public static GeneratorRun InEditor(params string[] sources) => Of(AllReferences, [new EventSourcingGenerator()], null, isTracked: false, sources);

    /// <summary>Runs it with a lock file, or without one.</summary>
    public static GeneratorRun WithLock(LockText? file, ProjectOptions options, params string[] sources) =>
        Of(AllReferences, [new EventSourcingGenerator()], options, isTracked: true, sources, file);

    /// <summary>Runs it with other generators or other options.</summary>
    public static GeneratorRun Of(IEnumerable<MetadataReference> references, IIncrementalGenerator[] generators, ProjectOptions? options, params string[] sources) =>
        Of(references, generators, options, isTracked: true, sources);

    private static GeneratorRun Of(IEnumerable<MetadataReference> references, IIncrementalGenerator[] generators, ProjectOptions? options, bool isTracked, string[] sources, LockText? file = null) => new(
        CSharpGeneratorDriver.Create(
            generators.Select(g => g.AsSourceGenerator()), file is null ? [] : [file], parseOptions: Parse, optionsProvider: options,
            driverOptions: new(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: isTracked)),
        CSharpCompilation.Create("Sample", [.. sources.Select(Tree), Tree(Usings, sources.Length)], references, Strict));

    /// <summary>Runs the same driver again after a change of one source file.</summary>
    public GeneratorRun Edit(int file, string source) =>
        new(_driver, _input.ReplaceSyntaxTree(_input.SyntaxTrees.ElementAt(file), Tree(source, file)));

    /// <summary>Errors and warnings in the sources and the generated files.</summary>
    public IReadOnlyList<Diagnostic> Errors => [.. Output.GetDiagnostics().Where(d => d.Severity >= DiagnosticSeverity.Warning)];

    /// <summary>Compiles sources and generated files, warnings as errors.</summary>
    public byte[] Image()
    {
        using var image = new MemoryStream();
        var emitted = Output.Emit(image);
        Assert.True(emitted.Success, string.Join('\n', emitted.Diagnostics));
        return image.ToArray();
    }

    /// <summary>Compiles and loads the result.</summary>
    public Assembly Compile() => new AssemblyLoadContext(null, isCollectible: true).LoadFromStream(new MemoryStream(Image()));

    /// <summary>Compiles and loads the result together with the output of another generator that ran at the same time.</summary>
    public Assembly CompileWith(string other, byte[]? reference = null)
    {
        using var image = new MemoryStream();
        var emitted = Output.AddSyntaxTrees(Tree(other, 99)).Emit(image);
        Assert.True(emitted.Success, string.Join('\n', emitted.Diagnostics.Where(d => d.Severity >= DiagnosticSeverity.Warning)));
        image.Position = 0;
        var context = new AssemblyLoadContext(null, isCollectible: true);
        if (reference is not null)
        {
            context.LoadFromStream(new MemoryStream(reference));
        }

        return context.LoadFromStream(image);
    }

    /// <summary>Expects that the result compiles, that an equal compilation writes no file again, and that the files match the accepted ones.</summary>
    public GeneratorRun MatchesSnapshot(string? only = null, [CallerFilePath] string file = "", [CallerMemberName] string test = "")
    {
        Assert.Multiple(
            () => Image(),
            () => Assert.All(new GeneratorRun(_driver, _input.Clone()).OutputReasons, r => Assert.Equal(IncrementalStepRunReason.Cached, r)),
            () => Snapshot.Match(Files.Where(f => only is null || f.Key.Contains(only, StringComparison.Ordinal)).ToDictionary(), file, test));
        return this;
    }

    private static IReadOnlyList<MetadataReference> Without(params string[] names) =>
        [.. AllReferences.Where(r => !names.Any(n => Path.GetFileName(r.Display!).Contains(n, StringComparison.OrdinalIgnoreCase)))];

    private static SyntaxTree Tree(string source, int file) => CSharpSyntaxTree.ParseText(source, Parse, $"Source{file}.cs");
}
