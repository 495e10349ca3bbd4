using System.Collections.Immutable;
using System.Diagnostics;
using EventSourcing.Generators;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Benchmarks.Micro;

/// <summary>The parts of a build of the large project, in memory: the phases of the compiler, the generator, each analyzer.</summary>
internal static class Phases
{
    public static int Run(int rounds, string last)
    {
        for (var round = 0; round < rounds; round++)
        {
            Console.WriteLine($"round {round + 1}");
            CSharpCompilation compilation = null!;
            Time("parse", () => compilation = LargeCompilation.Create());
            Time("declare", () => compilation.GetDeclarationDiagnostics());
            Compilation output = null!;
            var driver = LargeCompilation.Driver();
            Time("generate", () => driver = driver.RunGeneratorsAndUpdateCompilation(compilation, out output, out _));
            Console.WriteLine($"    {driver.GetTimingInfo().GeneratorTimes[0].ElapsedTime.TotalSeconds:0.00} s of it the generator's, {driver.GetRunResult().GeneratedTrees.Length} files, {driver.GetRunResult().GeneratedTrees.Sum(t => (long)t.Length) / 1024} KB");
            if (last == "generate")
            {
                continue;
            }

            Time("emit", () => output.Emit(Stream.Null));
            if (last == "compile")
            {
                continue;
            }

            var analyzers = typeof(EventSourcingGenerator).Assembly.GetTypes()
                .Where(t => !t.IsAbstract && t.IsSubclassOf(typeof(DiagnosticAnalyzer)) && !t.IsSubclassOf(typeof(DiagnosticSuppressor)))
                .Select(t => (DiagnosticAnalyzer)Activator.CreateInstance(t)!).ToImmutableArray();
            foreach (var analyzer in analyzers)
            {
                var with = output.Clone().WithAnalyzers([analyzer], new CompilationWithAnalyzersOptions(new AnalyzerOptions([]), null, concurrentAnalysis: true, logAnalyzerExecutionTime: true));
                with.GetAnalyzerDiagnosticsAsync().Wait();
                Console.WriteLine($"    {analyzer.GetType().Name,-40} {with.GetAnalyzerTelemetryInfoAsync(analyzer, default).Result.ExecutionTime.TotalMilliseconds,8:0} ms");
            }
        }

        return 0;
    }

    private static void Time(string what, Action action)
    {
        var (started, bytes) = (Stopwatch.GetTimestamp(), GC.GetTotalAllocatedBytes(true));
        action();
        Console.WriteLine($"{what,-10} {Stopwatch.GetElapsedTime(started).TotalMilliseconds,8:0} ms {(GC.GetTotalAllocatedBytes(true) - bytes) / 1024 / 1024,6} MB");
    }
}
