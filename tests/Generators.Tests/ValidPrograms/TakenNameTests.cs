using EventSourcing.Generators.Tests.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace EventSourcing.Generators.Tests.ValidPrograms;

/// <summary>
/// The user gives each name in generated code to a member, a type, an event or a parameter. Either the program compiles, or an ESG
/// error says that it can't. Generated code has no compiler errors. EVENTSOURCING_NAME replays one name.
/// </summary>
public sealed class TakenNameTests(ITestOutputHelper output)
{
    private const int Batch = 60;

    // The places of the name: in the aggregate, in a record that is an event, in a record that is a field, in the application, and beside them.
    private static readonly (string Place, string Text)[] Uses =
    [
        .. Members("Dog"), .. Members("Sold"), .. Members("Trick"), .. Members("School"),
        ("Dog", "[Event(\"{0}\")] public partial void Walk(int steps); private void Apply(@{0} e) {{ }}"),
        ("Dog", "[Event(\"{0}\")] public sealed partial record @{0}(int Steps); private void Apply(@{0} e) {{ }}"),
        ("Dog", "[Event(\"Walked\")] public partial void @{0}(int steps); private void Apply(Walked e) {{ }}"),
        ("Dog", "[Event(\"Walked\")] public partial void Walk(int @{0}, string? other = null); private void Apply(Walked e) {{ }}"),
        ("Dog", "[Event(\"Born\")] public static partial Dog @{0}(string place); private void Apply(Born e) {{ }}"),
        ("Dog", "[Event(\"Born\")] public static partial Dog Bear(string @{0}); private void Apply(Born e) {{ }}"),
        ("Dog", "[Event(\"Walked\")] public sealed partial record Walked(int @{0}); private void Apply(Walked e) {{ }}"),
        ("Dog", "[Event(\"Walked\")] public partial void Walk(@{0} way); private void Apply(Walked e) {{ }} public sealed record @{0}(int Steps);"),
        ("", "public sealed class @{0};"), ("", "public enum @{0} {{ A }}"),
    ];

    private static IEnumerable<(string, string)> Members(string place) =>
    [
        (place, "public void @{0}() {{ }}"), (place, "public void @{0}(int value) {{ }}"), (place, "public static string @{0}(string a, int b) => a + b;"),
        (place, "private bool @{0}() => true;"), (place, "public int @{0} => 1;"), (place, "public static int @{0} {{ get; set; }}"), (place, "private const int @{0} = 1;"),
        (place, "public event EventHandler? @{0} {{ add {{ }} remove {{ }} }}"), (place, "private static class @{0};"), (place, "public enum @{0} {{ A }}"), (place, "public delegate void @{0}(int a);"),
    ];

    [Fact]
    public void A_name_of_generated_code_compiles_or_is_refused()
    {
        var replayed = Environment.GetEnvironmentVariable("EVENTSOURCING_NAME");
        var isLong = replayed is not null || Environment.GetEnvironmentVariable("EVENTSOURCING_LONG") is "1";
        var names = NamesOf(GeneratorRun.Of(Program("P", "", "")));
        var all = (replayed is null ? names : [replayed]).SelectMany(name => Uses.Select(use => (Name: name, use.Place, use.Text))).ToList();
        // The short run takes every 97th program.
        var tried = isLong ? all : [.. all.Where((_, i) => i % 97 == 7)];
        var faults = new List<string>();
        foreach (var batch in tried.Chunk(Batch))
        {
            var sources = batch.Select((u, i) => Program($"P{i}", u.Place, string.Format(null, u.Text, u.Name))).ToArray();
            var run = GeneratorRun.InBuild(sources);
            faults.AddRange(run.Output.GetDiagnostics(TestContext.Current.CancellationToken)
                .Where(d => d.Severity >= DiagnosticSeverity.Warning && Verdict.IsGenerated(d))
                .Select(d => (Name: Path.GetFileName(d.Location.SourceTree!.FilePath).Split('.')[0], Text: Verdict.Show(d)))
                .GroupBy(d => d.Name)
                .Select(g => $"{batch[int.Parse(g.Key[1..], System.Globalization.CultureInfo.InvariantCulture)]}: {g.First().Text}"));
            if (faults.Count > 100)
            {
                break;
            }
        }

        output.WriteLine($"{names.Count} names, {tried.Count} programs of {all.Count}");
        Assert.True(faults.Count == 0, string.Join("\n\n", faults));
        Assert.True(names.Count > 100, $"only {names.Count} names were found in generated code");
    }

    // All names that generated code declares or uses unqualified, and the methods that the compiler generates for properties.
    private static List<string> NamesOf(GeneratorRun run)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var tree in run.Result.GeneratedSources.Select(s => s.SyntaxTree))
        {
            var root = tree.GetRoot(TestContext.Current.CancellationToken);
            found.UnionWith(root.DescendantTokens().Where(t => t.IsKind(SyntaxKind.IdentifierToken) && !IsQualified(t.Parent!)).Select(t => t.ValueText));
            foreach (var property in root.DescendantNodes().OfType<PropertyDeclarationSyntax>())
            {
                found.UnionWith([$"get_{property.Identifier.ValueText}", $"set_{property.Identifier.ValueText}"]);
            }
        }

        // Each program has these names already.
        found.ExceptWith(["P", "Dog", "School", "Sold", "Found", "Trick", "Kind", "Registered", "TrickAdded", "AddTrick", "Name", "Tricks"]);
        return [.. found];
    }

    private static bool IsQualified(SyntaxNode name) => name.Parent switch
    {
        MemberAccessExpressionSyntax access => access.Name == name,
        QualifiedNameSyntax qualified => qualified.Right == name,
        AliasQualifiedNameSyntax => true,
        _ => false,
    };

    private static string Program(string space, string place, string text)
    {
        return $$"""
            #pragma warning disable
            namespace {{space}};

            [EventSourced]
            public sealed partial class Dog
            {
                public static Guid CreateId(string name) => Guid.NewGuid();
                [Event("Registered")] public partial Dog(string name, List<string> tricks);
                private void Apply(Registered e) => Name = e.Name;
                public string Name { get; private set; } = "";
                [Event("TrickAdded")] public partial void AddTrick(Trick trick, Dictionary<Kind, int[]>? counts, (int A, string? B) pair, DateTimeOffset? timestamp = null);
                private void Apply(TrickAdded e, EventHeader header) { }
                [Event("Sold")] public sealed partial record Sold(string Owner, List<Trick> Known) { {{In("Sold")}} }
                private void Apply(Sold e) { }
                [Event("Found", Creates = true)] public sealed partial record Found(string Place);
                private void Apply(Found e) { }
                {{In("Dog")}}
            }

            public sealed record Trick(string Name, decimal Price) { public int Level { get; init; } {{In("Trick")}} }
            public enum Kind { Hard, Easy }

            {{(place is "School" or "" ? "[EventSourcedApplication(typeof(Dog))] public sealed partial class School { " + In("School") + " }" : "")}}

            {{In("")}}
            """;

        string In(string where) => where == place ? text : "";
    }
}
