using System.Reflection;
using System.Runtime.Loader;
using EventSourcing.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace EventSourcing.Samples.Tests;

/// <summary>Every C# block of README and guide compiles, without warnings, or with the errors that it promises.</summary>
public sealed class MarkdownTests
{
    [Theory]
    [InlineData("README.md", 4)]
    [InlineData("docs/guide.md", 10)]
    [InlineData("docs/transactions.md", 10, "README.md")]
    [InlineData("docs/projections.md", 3, "README.md")]
    public async Task Blocks_compile(string page, int atLeast, string? before = null)
    {
        var text = File.ReadAllText(Tree.PathOf(page)).ReplaceLineEndings("\n");
        var programs = MarkdownPage.Read(page).Programs(before is null ? null : MarkdownPage.Read(before)).ToList();

        Assert.True(programs.Count >= atLeast, $"{page} has only {programs.Count} blocks of C#; the test may not find them any more.");
        foreach (var (block, source) in programs)
        {
            var problems = await new SampleCompilation("Example", KindOf(source), source).GetProblemsAsync();
            // Beside the generator's error, the compiler reports the missing code of a wrong declaration.
            if (block.Promised.Count > 0)
            {
                problems = [.. problems.Where(p => !p.StartsWith("CS", StringComparison.Ordinal))];
            }

            var ids = problems.Select(p => p.Split(':')[0]);
            Assert.True(ids.Order().SequenceEqual(block.Promised.Order()), $"{block}\n{string.Join('\n', problems)}\n\n{source}");
            // Each message is quoted below the block.
            Assert.All(problems, p => Assert.Contains($"\n> {p}\n", text, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task The_first_example_of_the_readme_prints_what_it_says()
    {
        var page = MarkdownPage.Read("README.md");
        var (block, source) = page.Programs().First();
        var promised = page.Blocks.First(b => b.Language == "text" && b.Line > block.Line).Text;

        Assert.Equal(promised, await RunAsync(source));
    }

    private static OutputKind KindOf(string source) =>
        CSharpSyntaxTree.ParseText(source).GetRoot(TestContext.Current.CancellationToken)
            .ChildNodes().OfType<GlobalStatementSyntax>().Any()
            ? OutputKind.ConsoleApplication
            : OutputKind.DynamicallyLinkedLibrary;

    private static async Task<string> RunAsync(string source)
    {
        using var folder = new TemporaryFolder();
        var program = AssemblyLoadContext.Default.LoadFromStream(
            new MemoryStream(new SampleCompilation("Readme", OutputKind.ConsoleApplication, source).Emit()));
        var (console, directory) = (Console.Out, Environment.CurrentDirectory);
        using var output = new StringWriter();
        try
        {
            Console.SetOut(output);
            Environment.CurrentDirectory = folder.Path;
            // Runs outside the test's synchronization context, which a blocking Main would block.
            await Task.Run(() => program.EntryPoint!.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [Array.Empty<string>()], null));
        }
        finally
        {
            Environment.CurrentDirectory = directory;
            Console.SetOut(console);
        }

        return output.ToString().ReplaceLineEndings("\n");
    }
}
