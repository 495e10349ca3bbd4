using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace EventSourcing.Mutation.Tests;

/// <summary>Which mutants are found, and that all of them fit into one assembly.</summary>
public sealed class MutatorTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mutation-tests-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("bool F(int a) { return a < 1; }", "a < 1 -> a <= 1", "a < 1 -> a >= 1", "a < 1 -> a < (1 + 1)")]
    [InlineData("bool F(int a, int b) => a == b;", "a == b -> a != b")]
    [InlineData("bool F(bool a, bool b) => a && !b;", "a && !b -> !b", "a && !b -> a", "!b -> b")]
    [InlineData("bool F(bool a, bool b) => a || b;", "a || b -> b", "a || b -> a")]
    [InlineData("bool F(object a) => a is string;", "a is string -> !(a is string)")]
    [InlineData("int F(object a) { if (a is string b) return b.Length; return 0; }", "a is string b -> false", "b.Length -> default!", "0 -> (0 + 1)")]
    [InlineData("bool F(string a) => a is \"x\" or \"y\";", "a is \"x\" or \"y\" -> a is \"x\"", "a is \"x\" or \"y\" -> a is \"y\"", "a is \"x\" or \"y\" -> !(a is \"x\" or \"y\")")]
    [InlineData("int F(int a) => a switch { 1 or 2 => a, _ => -a };", "1 or 2 => … -> removed", "1 or 2 => … -> 1 => …", "1 or 2 => … -> 2 => …", "-a -> a", "a switch { 1 or 2 => a, _ => -a } -> default!")]
    [InlineData("void F(List<int> a) { a.Clear(); }", "a.Clear(); -> removed")]
    [InlineData("IEnumerable<int> F(List<int> a) => a.Where(i => i > 2);", "a.Where(i => i > 2) -> a", "a.Where(i => i > 2) -> default!", "i > 2 -> i >= 2", "i > 2 -> i <= 2", "i > 2 -> i > (2 + 1)")]
    [InlineData("bool F(string a) => a.StartsWith(\"b\");", "a.StartsWith(\"b\") -> a.EndsWith(\"b\")", "a.StartsWith(\"b\") -> !(a.StartsWith(\"b\"))", "\"b\" -> \"\\u0001\"")]
    [InlineData("string F(string? a) => a ?? \"\";", "a ?? \"\" -> \"\"", "a ?? \"\" -> default!")]
    [InlineData("async System.Threading.Tasks.Task F(System.Threading.Tasks.Task a) { await a.ConfigureAwait(false); }", "await a.ConfigureAwait(false); -> removed")]
    // Left out: constants, messages, attributes, hash codes.
    [InlineData("const int A = 1; [System.Obsolete(\"a\", true)] void F() => throw new System.InvalidOperationException(\"a\" + 1); public override int GetHashCode() => 1;")]
    public void The_mutants_of_a_member(string member, params string[] expected)
    {
        var (mutator, found) = Find(member);
        Assert.Equal(expected.Order(StringComparer.Ordinal), found.Where(m => mutator.Compiles(m.Tree, m.Mutant)).Select(m => m.Mutant.Change).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_mutant_that_does_not_compile_is_known()
    {
        var (mutator, found) = Find("int F(object a) => a is not string b ? 0 : b.Length;");
        var refused = found.Where(m => !mutator.Compiles(m.Tree, m.Mutant)).Select(m => m.Mutant.Change);
        Assert.Equal(["a is not string b -> false"], refused);
    }

    [Fact]
    public void All_mutants_are_in_one_assembly_and_one_is_on_at_a_time()
    {
        var (mutator, found) = Find("""
            public static int F(int a, bool b)
            {
                if (a < 5 && b)
                    a += 1;
                return a switch { 1 or 2 => a + 10, _ when b => a, _ => 0 };
            }
            """);
        var good = found.Where(m => mutator.Compiles(m.Tree, m.Mutant)).ToList();
        var path = Path.Combine(_folder.FullName, "Toy.dll");
        mutator.Emit(good, path);

        var assembly = new AssemblyLoadContext(null, isCollectible: true).LoadFromStream(new MemoryStream(File.ReadAllBytes(path)));
        var active = assembly.GetType(MutantSwitch.Class)!.GetField("Active")!;
        var method = assembly.GetType("Toy")!.GetMethod("F")!;
        string Results(int mutant)
        {
            active.SetValue(null, mutant);
            return string.Join(' ', from a in Enumerable.Range(0, 8) from b in new[] { true, false } select method.Invoke(null, [a, b]));
        }

        var right = Results(0);
        var results = good.Select((m, i) => (m.Mutant.Change, Result: Results(i + 1))).ToList();
        Assert.Equal(right, Results(0));
        Assert.True(results.Count > 10);
        Assert.All(results, r => Assert.False(right == r.Result, r.Change));
        Assert.Equal(results.Count, results.Select(r => r.Change).Distinct().Count());
    }

    [Theory]
    [InlineData("static readonly bool A = 1 > 2;", true)]
    [InlineData("static bool A { get; } = 1 > 2;", true)]
    [InlineData("static Toy() => A = 1 > 2; static bool A;", true)]
    [InlineData("static bool A => 1 > 2;", false)]
    [InlineData("static bool A() => 1 > 2;", false)]
    [InlineData("readonly bool A = 1 > 2;", false)]
    public void Mutants_that_are_computed_once_are_known(string member, bool isOnce) =>
        Assert.All(Find(member).Found, m => Assert.Equal(isOnce, m.Mutant.IsOnce));

    [Fact]
    public void Equivalents_are_named_without_their_line()
    {
        var (_, found) = Find("bool F(int a, int b) => a == b;");
        var mutant = Assert.Single(found).Mutant;
        Assert.Equal("Toy.cs | F | a == b -> a != b", mutant.Name);
        Assert.True(Equivalents.Parse(["# a remark", "", $"{mutant.Name} | the reason"]).Contains(mutant));
        Assert.False(Equivalents.Parse(["Toy.cs | G | a == b -> a != b | the reason"]).Contains(mutant));
        Assert.Throws<FormatException>(() => Equivalents.Parse([mutant.Name]));
    }

    private static (Mutator Mutator, IReadOnlyList<(SyntaxTree Tree, Mutant Mutant)> Found) Find(string member)
    {
        var parse = new CSharpParseOptions(LanguageVersion.CSharp14);
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(p => MetadataReference.CreateFromFile(p));
        var source = CSharpSyntaxTree.ParseText($"#nullable enable\nusing System.Collections.Generic;\nusing System.Linq;\npublic class Toy {{ {member} }}", parse, "/src/Toy.cs", System.Text.Encoding.UTF8);
        var mutator = new Mutator(CSharpCompilation.Create(
            "Toy", [source], references,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, generalDiagnosticOption: ReportDiagnostic.Suppress)));
        return (mutator, mutator.Find(p => p == "/src/Toy.cs", p => p[1..]));
    }
}
