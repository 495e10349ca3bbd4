using EventSourcing.Generators.Tests.Analyzers;
using EventSourcing.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Xunit;

namespace EventSourcing.Generators.Tests.Typing;

/// <summary>
/// The diagnostics in an editor while a program is typed, deleted and pasted. After each step neither the generator nor an analyzer
/// throws, and no error is in a generated file only, where the user could not correct it. A mistake in a declaration itself, such as
/// an incomplete type name, may be repeated in the generated part of the declaration.
/// </summary>
public sealed class TypingTests(ITestOutputHelper output)
{
    public static TheoryData<string> Programs => [.. TypedPrograms.All.Keys];

    [Theory, MemberData(nameof(Programs))]
    public async Task The_whole_program_has_no_error_or_warning(string program) =>
        Assert.DoesNotContain(await Analysis.Of(TypedPrograms.All[program]), d => d.Severity >= DiagnosticSeverity.Warning);

    [Theory, MemberData(nameof(Programs))]
    public async Task Typed_from_the_first_character_to_the_last(string program)
    {
        var text = TypedPrograms.All[program];
        await Verify(Chosen(text.Length + 1).Select(length => text[..length]));
    }

    [Theory, MemberData(nameof(Programs))]
    public async Task Deleted_from_the_last_character_to_the_first(string program)
    {
        var text = TypedPrograms.All[program];
        await Verify(Chosen(text.Length + 1).Select(length => text[..^length]));
    }

    /// <summary>As a program is usually written: the rest of it exists already.</summary>
    [Theory, MemberData(nameof(Programs))]
    public async Task Each_line_typed_into_the_rest_of_the_program(string program)
    {
        var text = TypedPrograms.All[program];
        var steps = new List<string>();
        for (var start = 0; start < text.Length;)
        {
            var end = text.IndexOf('\n', start);
            end = end < 0 ? text.Length : end;
            for (var at = start; at <= end; at++)
            {
                steps.Add(text[..at] + text[end..]);
            }

            start = end + 1;
        }

        await Verify(Chosen(steps.Count).Select(i => steps[i]));
    }

    [Theory, MemberData(nameof(Programs))]
    public async Task Lines_cut_and_pasted_anywhere(string program)
    {
        var lines = TypedPrograms.All[program].Split('\n');
        var steps = new List<string>();
        for (var line = 0; line < lines.Length; line++)
        {
            string[] without = [.. lines[..line], .. lines[(line + 1)..]];
            steps.Add(string.Join('\n', without));
            steps.Add(string.Join('\n', without.Prepend(lines[line])));
            steps.Add(string.Join('\n', without.Append(lines[line])));
            steps.Add(string.Join('\n', [.. lines[..line], lines[line], .. lines[line..]]));
        }

        await Verify(Chosen(steps.Count).Select(i => steps[i]));
    }

    [Theory]
    [InlineData("public static Guid CreateId(string name) => UuidV5.Create(UuidV5.Url, name);")]
    [InlineData("public static Guid CreateId(string? name) => default;")]
    [InlineData("[Event(\"Fed\")] public sealed partial record Fed(List<int> Grams) { public int Hour { get; init; } public int Hour { get; init; } } private void Apply(Fed e) { }")]
    [InlineData("[Event(\"Fed\")] public sealed partial record Fed(List<int> Grams, List<int> Grams); private void Apply(Fed e) { }")]
    [InlineData("[Event(\"Fed\")] public partial void Feed(Meal meal); private void Apply(Fed e) { } public sealed record Meal(int Grams) { public int Grams { get; init; } public string Grams() => \"\"; }")]
    [InlineData("[Event(\"Fed\")] public partial void Feed(Meal meal); private void Apply(Fed e) { } public struct Meal { public int Grams; public int Grams; }")]
    public async Task A_declaration_that_is_repeated(string members) =>
        await Verify([School.Replace("[Event(\"Registered\")]", members + "\n[Event(\"Registered\")]", StringComparison.Ordinal)]);

    [Theory]
    [InlineData("TrainingSchool(")]
    [InlineData("TrainingSchool(ApplicationContext")]
    [InlineData("TrainingSchool(ApplicationContext)")]
    [InlineData("TrainingSchool(ApplicationContext,")]
    [InlineData("TrainingSchool(ApplicationContext context, TimeProvider)")]
    [InlineData("TrainingSchool(ApplicationContext context) { } public TrainingSchool(ApplicationContext) { }")]
    public async Task An_incomplete_constructor(string constructor) =>
        await Verify([School.Replace("public async Task RegisterAsync", $"public {constructor}\npublic async Task RegisterAsync", StringComparison.Ordinal)]);

    [Theory]
    [InlineData("namespace ;")]
    [InlineData("namespace Pets.;")]
    [InlineData("namespace { public sealed record Tag(int Number); }")]
    public async Task A_namespace_that_has_no_name_yet(string space)
    {
        await Verify([School.Replace("[EventSourced]", space + "\n[EventSourced]", StringComparison.Ordinal)]);
        await Verify([School.Replace("public partial void AddTrick(string trick)", "public partial void AddTrick(string trick, Tag tag)", StringComparison.Ordinal) + space]);
    }

    // All steps take an hour, so some are chosen. The intervals are primes, so that the chosen steps are at all places in a line.
    private static IEnumerable<int> Chosen(int count)
    {
        var every = Environment.GetEnvironmentVariable("EVENTSOURCING_LONG") == "1" ? 1 : Environment.GetEnvironmentVariable("EVENTSOURCING_ALL") == "1" ? 11 : 151;
        return Enumerable.Range(0, count).Where(i => i % every == 0);
    }

    private async Task Verify(IEnumerable<string> steps)
    {
        var run = GeneratorRun.InEditor("");
        var number = 0;
        var problems = new List<string>();
        foreach (var source in steps)
        {
            run = run.Edit(0, source);
            number++;
            var all = await run.Output.WithAnalyzers(Analysis.Analyzers).GetAllDiagnosticsAsync(TestContext.Current.CancellationToken);
            var ofUser = all.Where(d => !IsGenerated(run, d)).Select(Said).ToHashSet();
            foreach (var diagnostic in all.Concat(run.Result.Diagnostics).Where(d => d.Id is "AD0001" or "ESG0041" || (d.DefaultSeverity == DiagnosticSeverity.Error && IsGenerated(run, d) && !ofUser.Contains(Said(d)))))
            {
                problems.Add($"{diagnostic}\n    {diagnostic.Location.SourceTree?.GetText(TestContext.Current.CancellationToken).Lines[diagnostic.Location.GetLineSpan().StartLinePosition.Line]}\n    at step {number}: {Near(source)}");
            }
        }

        output.WriteLine($"{number} steps");
        Assert.True(problems.Count == 0, $"{problems.Count} problems\n{string.Join('\n', problems)}");
    }

    private static string School => TypedPrograms.All["School"];

    private static (string, string) Said(Diagnostic diagnostic) => (diagnostic.Id, diagnostic.GetMessage());

    private static bool IsGenerated(GeneratorRun run, Diagnostic diagnostic) => run.Result.GeneratedSources.Any(s => s.SyntaxTree == diagnostic.Location.SourceTree);

    private static string Near(string source) => source.Length < 100 ? source : source[^100..];
}
