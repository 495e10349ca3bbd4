using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Benchmarks.Micro;

/// <summary>The generator alone, in memory, over a project of 500 aggregates with 10 events each.</summary>
[MemoryDiagnoser]
[Config(typeof(OneAtATime))]
public class GeneratorBenchmarks
{
    private sealed class OneAtATime : ManualConfig
    {
        public OneAtATime() => AddJob(Job.Default.WithStrategy(RunStrategy.Monitoring).WithWarmupCount(5).WithIterationCount(10).WithInvocationCount(1).WithUnrollFactor(1)
            .WithToolchain(InProcessEmitToolchain.Instance));
    }

    private CSharpCompilation _compilation = null!;
    private CSharpCompilation _fresh = null!;
    private GeneratorDriver _driver = null!;
    private int _edits;

    [GlobalSetup]
    public void Setup()
    {
        _compilation = LargeCompilation.Create();
        _driver = LargeCompilation.Driver().RunGeneratorsAndUpdateCompilation(_compilation, out var output, out _);
        // Checking all files would take a minute, so one is checked.
        var errors = output.GetSemanticModel(_compilation.SyntaxTrees[7]).GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error).ToList();
        if (errors.Count > 0)
        {
            throw new InvalidOperationException(string.Join('\n', errors.Take(5)));
        }
    }

    /// <summary>As in a clean build: the sources are bound, and the generator hasn't asked for any symbol.</summary>
    [IterationSetup(Target = nameof(Clean))]
    public void Bind()
    {
        _fresh = LargeCompilation.Create();
        _fresh.GetDeclarationDiagnostics();
    }

    [Benchmark]
    public int Clean() => LargeCompilation.Driver().RunGenerators(_fresh).GetRunResult().GeneratedTrees.Length;

    /// <summary>The driver runs on the project again, with one aggregate changed.</summary>
    [Benchmark]
    public int Edit()
    {
        var changed = LargeProject.Aggregate(7, ++_edits % 2 == 0 ? "int" : "long");
        _compilation = _compilation.ReplaceSyntaxTree(_compilation.SyntaxTrees[7], LargeCompilation.Tree(changed, "Aggregate7.cs"));
        _driver = _driver.RunGenerators(_compilation);
        return _driver.GetRunResult().GeneratedTrees.Length;
    }
}
