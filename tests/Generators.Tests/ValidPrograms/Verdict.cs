using EventSourcing.Generators.Shared;
using EventSourcing.Generators.Tests.Analyzers;
using EventSourcing.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Xunit;

namespace EventSourcing.Generators.Tests.ValidPrograms;

/// <summary>
/// The result for a program that the compiler accepts, apart from the parts that the generator adds: it compiles without a warning, or
/// an ESG error says why it can't. Generated code never has a compiler error.
/// </summary>
internal static class Verdict
{
    /// <summary>The faults, one entry each; none if the program is accepted, or refused as it should be.</summary>
    public static async Task<IReadOnlyList<string>> Faults(GeneratorRun run, bool mayBeRefused)
    {
        var diagnostics = await Analysis.Run(run.Output, Analysis.Analyzers);
        var refusals = diagnostics.Where(d => d.DefaultSeverity == DiagnosticSeverity.Error && IsOurs(d)).ToList();
        if (refusals.Count > 0 && !mayBeRefused)
        {
            return [.. refusals.Select(d => d.ToString())];
        }

        return [.. diagnostics
            .Where(d => d.Severity >= DiagnosticSeverity.Warning && !IsOurs(d) && (refusals.Count == 0 || IsGenerated(d)))
            .Select(Show)];
    }

    /// <summary>Expects that the program compiles without a warning.</summary>
    public static async Task Accepted(GeneratorRun run)
    {
        var faults = await Faults(run, mayBeRefused: false);
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    /// <summary>Expects that an ESG error refuses the program, and that generated code has no compiler error.</summary>
    public static async Task Refused(GeneratorRun run, string id)
    {
        var diagnostics = await Analysis.Run(run.Output, Analysis.Analyzers);
        Assert.True(diagnostics.Any(d => d.Id == id && d.Severity == DiagnosticSeverity.Error), string.Join('\n', diagnostics));
        var faults = await Faults(run, mayBeRefused: true);
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    public static bool IsOurs(Diagnostic diagnostic) => diagnostic.Id.StartsWith("ESG", StringComparison.Ordinal);

    public static bool IsGenerated(Diagnostic diagnostic) => diagnostic.Location.SourceTree is { } tree && SymbolExtensions.IsGenerated(tree);

    /// <summary>The diagnostic with its line.</summary>
    public static string Show(Diagnostic diagnostic) => $"{diagnostic}\n    {LineOf(diagnostic)}";

    private static string LineOf(Diagnostic diagnostic) => diagnostic.Location.SourceTree?.GetText() is { } text
        ? text.Lines[diagnostic.Location.GetLineSpan().StartLinePosition.Line].ToString().Trim()
        : "";
}
