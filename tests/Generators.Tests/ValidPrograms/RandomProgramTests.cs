using System.Globalization;
using EventSourcing.Generators.Tests.Analyzers;
using EventSourcing.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Xunit;

namespace EventSourcing.Generators.Tests.ValidPrograms;

/// <summary>
/// Random programs compile without a warning, or an ESG error refuses them. Generated code has no compiler errors.
/// EVENTSOURCING_SEED replays one program.
/// </summary>
public sealed class RandomProgramTests(ITestOutputHelper output)
{
    private const int Batch = 20;

    [Fact]
    public async Task No_program_has_an_error_in_generated_code()
    {
        var seed = Environment.GetEnvironmentVariable("EVENTSOURCING_SEED");
        var isLong = Environment.GetEnvironmentVariable("EVENTSOURCING_LONG") is "1";
        var count = seed is not null ? 1 : isLong ? 2_000 : 3 * Batch;
        // The short run compiles the same programs each time; the long run looks for new faults.
        var first = seed is not null ? int.Parse(seed, CultureInfo.InvariantCulture) : isLong ? Random.Shared.Next(1_000_000) : 1;
        var refusals = new List<string>();
        var faults = new List<string>();
        for (var start = first; start < first + count && faults.Count < 5; start += Batch)
        {
            await Try([.. Enumerable.Range(start, Math.Min(Batch, first + count - start))], refusals, faults);
        }

        output.WriteLine($"{count} programs from the seed {first} on, {refusals.Count} refused: {string.Join(", ", refusals.SelectMany(r => r.Split(' ')).CountBy(r => r).OrderByDescending(r => r.Value).Select(r => $"{r.Key} {r.Value} times"))}");
        Assert.True(faults.Count == 0, string.Join("\n\n", faults));
        // Otherwise, little generated code was compiled.
        Assert.True(seed is not null || refusals.Count < count * 2 / 3, $"{refusals.Count} of {count} programs were refused");
    }

    // Compiles several programs together, each in its own file and namespace.
    private static async Task Try(int[] seeds, List<string> refusals, List<string> faults)
    {
        var sources = seeds.Select(RandomProgram.Write).ToArray();
        var run = GeneratorRun.Of(sources);
        foreach (var (program, all) in await ByProgram(seeds, run.Input))
        {
            // Without the generated code, the only errors are the missing parts.
            var invalid = all.Where(d => d.Severity >= DiagnosticSeverity.Warning && d.Id is not ("CS8795" or "CS9275") && !Verdict.Show(d).Contains("private void Apply(", StringComparison.Ordinal)).ToList();
            if (invalid.Count > 0)
            {
                faults.Add($"The program of the seed {program} isn't valid itself:\n{string.Join('\n', invalid)}\n{sources[program - seeds[0]]}");
            }
        }

        foreach (var (program, all) in await ByProgram(seeds, run.Output, withAnalyzers: true))
        {
            var refusal = string.Join(' ', all.Where(d => d.DefaultSeverity == DiagnosticSeverity.Error && Verdict.IsOurs(d)).Select(d => d.Id).Distinct());
            if (refusal.Length > 0)
            {
                refusals.Add(refusal);
            }

            var wrong = all.Where(d => d.Severity >= DiagnosticSeverity.Warning && !Verdict.IsOurs(d) && (refusal.Length == 0 || Verdict.IsGenerated(d))).Select(Verdict.Show).ToList();
            if (wrong.Count > 0)
            {
                faults.Add($"EVENTSOURCING_SEED={program}\n{string.Join('\n', wrong)}\n{string.Join('\n', all.Where(Verdict.IsOurs))}\n{sources[program - seeds[0]]}");
            }
        }
    }

    private static async Task<Dictionary<int, List<Diagnostic>>> ByProgram(int[] seeds, Compilation compilation, bool withAnalyzers = false)
    {
        var diagnostics = withAnalyzers ? await Analysis.Run(compilation, Analysis.Analyzers) : compilation.GetDiagnostics(TestContext.Current.CancellationToken);
        return diagnostics.GroupBy(d => ProgramOf(d, seeds)).ToDictionary(g => g.Key, g => g.ToList());
    }

    private static int ProgramOf(Diagnostic diagnostic, int[] seeds)
    {
        var file = Path.GetFileNameWithoutExtension(diagnostic.Location.SourceTree?.FilePath ?? "");
        if (file.StartsWith("Source", StringComparison.Ordinal) && int.TryParse(file.AsSpan("Source".Length), out var index) && index < seeds.Length)
        {
            return seeds[index];
        }

        return seeds.FirstOrDefault(s => file.StartsWith(RandomProgram.Root(s) + ".", StringComparison.Ordinal), seeds[0]);
    }
}
