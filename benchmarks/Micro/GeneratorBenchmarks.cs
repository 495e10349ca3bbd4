using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using EventSourcing.Generators;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Benchmarks.Micro;

/// <summary>The generator alone, in memory, over a project of 500 aggregates with 10 events each.</summary>
[MemoryDiagnoser]
[SimpleJob(RunStrategy.Monitoring, warmupCount: 3, iterationCount: 10, invocationCount: 1)]
public class GeneratorBenchmarks
{
    private static readonly CSharpParseOptions Options = new(LanguageVersion.CSharp14);

    private static readonly IReadOnlyList<MetadataReference> References =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(p => p.Contains("Microsoft.NETCore.App", StringComparison.Ordinal)
                || (Path.GetFileName(p) is var name && (name.StartsWith("EventSourcing.Generated", StringComparison.Ordinal) || name.StartsWith("Microsoft.Data.Sqlite", StringComparison.Ordinal) || name.StartsWith("SQLitePCLRaw", StringComparison.Ordinal))
                    && !name.Contains("Generators", StringComparison.Ordinal)))
            .Select(p => MetadataReference.CreateFromFile(p))];

    private CSharpCompilation _compilation = null!;
    private CSharpCompilation _fresh = null!;
    private GeneratorDriver _driver = null!;
    private int _edits;

    [GlobalSetup]
    public void Setup()
    {
        _compilation = Create();
        _driver = Driver().RunGeneratorsAndUpdateCompilation(_compilation, out var output, out _);
        var errors = output.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error).ToList();
        if (errors.Count > 0)
            throw new InvalidOperationException(string.Join('\n', errors.Take(5)));
    }

    /// <summary>As after a build from nothing: the sources are bound, no symbol has been asked for by the generator.</summary>
    [IterationSetup(Target = nameof(Clean))]
    public void Bind()
    {
        _fresh = Create();
        _fresh.GetDeclarationDiagnostics();
    }

    [Benchmark]
    public int Clean() => Driver().RunGenerators(_fresh).GetRunResult().GeneratedTrees.Length;

    /// <summary>The driver that has seen the project sees it again, with one aggregate changed.</summary>
    [Benchmark]
    public int Edit()
    {
        var changed = LargeProject.Aggregate(7, ++_edits % 2 == 0 ? "int" : "long");
        _compilation = _compilation.ReplaceSyntaxTree(_compilation.SyntaxTrees[7], Tree(changed, "Aggregate7.cs"));
        _driver = _driver.RunGenerators(_compilation);
        return _driver.GetRunResult().GeneratedTrees.Length;
    }

    private static GeneratorDriver Driver() => CSharpGeneratorDriver.Create([new EventSourcingGenerator().AsSourceGenerator()], parseOptions: Options);

    private static CSharpCompilation Create() => CSharpCompilation.Create(
        "Large",
        [
            .. Enumerable.Range(0, LargeProject.Aggregates).Select(i => Tree(LargeProject.Aggregate(i), $"Aggregate{i}.cs")),
            Tree(LargeProject.Shared, "Shared.cs"), Tree(LargeProject.Application, "Application.cs"), Tree(LargeProject.Usings, "Usings.cs"),
        ],
        References,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));

    private static SyntaxTree Tree(string source, string name) => CSharpSyntaxTree.ParseText(source, Options, name);
}
