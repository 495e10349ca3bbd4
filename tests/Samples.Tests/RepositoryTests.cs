using System.Text.RegularExpressions;
using EventSourcing.Testing;
using Xunit;

namespace EventSourcing.Samples.Tests;

/// <summary>The repository's statements about itself are true.</summary>
public sealed partial class RepositoryTests
{
    [Fact]
    public void The_solution_has_every_project()
    {
        var solution = File.ReadAllText(Tree.PathOf("EventSourcing.Generated.sln")).Replace('\\', '/');

        Assert.All(Tree.Files("*.csproj"), p => Assert.Contains($"\"{p}\"", solution, StringComparison.Ordinal));
    }

    [Fact]
    public void Links_between_pages_have_a_target()
    {
        var dead = new List<string>();
        foreach (var page in Tree.Files("*.md"))
        {
            var folder = Path.GetDirectoryName(Tree.PathOf(page))!;
            var text = Code().Replace(File.ReadAllText(Tree.PathOf(page)), "");
            dead.AddRange(
                from Match link in Link().Matches(text)
                let target = link.Groups[1].Value
                where !target.Contains("://", StringComparison.Ordinal) && !Exists(folder, page, target)
                select $"{page}: {target}");
        }

        Assert.Empty(dead);
    }

    [Fact]
    public void Every_sample_with_a_program_has_a_page() => Assert.All(
        Tree.Files("*.csproj").Where(p => p.StartsWith("samples/", StringComparison.Ordinal)).Select(p => p.Split('/')[1]).Distinct(),
        sample => Assert.True(File.Exists(Tree.PathOf($"samples/{sample}/README.md")), sample));

    private static bool Exists(string folder, string page, string target)
    {
        var (path, anchor) = target.Split('#', 2) is [var p, var a] ? (p, a) : (target, null);
        var file = path.Length == 0 ? Tree.PathOf(page) : Path.GetFullPath(Path.Combine(folder, path));
        if (anchor is null || !file.EndsWith(".md", StringComparison.Ordinal))
        {
            return File.Exists(file) || Directory.Exists(file);
        }

        return File.Exists(file) && Heading().Matches(File.ReadAllText(file)).Any(h => Anchor(h.Groups[1].Value) == anchor);
    }

    // The anchors of headings, as GitHub names them.
    private static string Anchor(string heading) =>
        string.Concat(heading.Trim().ToLowerInvariant().Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_').Select(c => c == ' ' ? '-' : c));

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("```.*?```|`[^`\n]*`", RegexOptions.Singleline)]
    private static partial Regex Code();

    [GeneratedRegex("^#+ (.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
