using System.Text.RegularExpressions;
using EventSourcing.Testing;
using Xunit;

namespace EventSourcing.Samples.Tests;

/// <summary>docs/architecture.md names the files that there are, and its walks go downwards.</summary>
public sealed partial class ArchitecturePageTests
{
    private const string Core = "src/Runtime/EventSourcing.Generated/";

    private static readonly string[] Page = File.ReadAllLines(Tree.PathOf("docs/architecture.md"));

    [Fact]
    public void Every_link_shows_the_name_of_its_file()
    {
        var links = Page.SelectMany(line => Link().Matches(line)).ToList();
        Assert.True(links.Count > 50);
        Assert.All(links, link =>
        {
            Assert.Equal(link.Groups[1].Value + ".cs", Path.GetFileName(link.Groups[2].Value));
            Assert.True(File.Exists(Tree.PathOf(link.Groups[2].Value)), link.Value);
        });
    }

    [Theory]
    [InlineData("A save on SQLite", 8)]
    [InlineData("A save on PostgreSQL", 5)]
    [InlineData("A load", 6)]
    [InlineData("From an attribute to a file", 6)]
    public void A_walk_has_its_steps(string walk, int steps) => Assert.Equal(steps, StepsOf(walk).Count);

    // The rows come back to the sink in the last step of a load.
    [Theory]
    [InlineData("A save on SQLite", 0)]
    [InlineData("A load", 1)]
    public void A_walk_through_the_core_goes_downwards(string walk, int climbs)
    {
        string[] rooms = ["Applications", "Storing", "Loading", "Transactions", "Saving", "Serialization", "Domain", "Recording"];
        var steps = StepsOf(walk).Select(step => Link().Match(step).Groups[2].Value)
            .Select(file => file.StartsWith(Core, StringComparison.Ordinal) ? Array.IndexOf(rooms, file[Core.Length..].Split('/')[0]) : rooms.Length)
            .ToList();

        Assert.DoesNotContain(-1, steps);
        Assert.Equal(climbs, steps.Zip(steps.Skip(1)).Count(pair => pair.First > pair.Second));
    }

    [Fact]
    public void The_tables_of_rooms_are_complete()
    {
        var listed = Page.Select(line => Room().Match(line).Groups[1].Value).ToHashSet();
        foreach (var package in new[] { "EventSourcing.Generated", "EventSourcing.Generated.Sqlite", "EventSourcing.Generated.PostgreSql" })
        {
            var folders = Directory.EnumerateDirectories(Tree.PathOf($"src/Runtime/{package}")).Select(f => Path.GetFileName(f)!).Where(f => f is not ("bin" or "obj" or "build"));
            Assert.All(folders, folder => Assert.Contains(folder, listed));
        }
    }

    private static List<string> StepsOf(string walk) =>
        [.. Page.SkipWhile(line => line != $"## {walk}").Skip(1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal)).Where(line => Step().IsMatch(line))];

    [GeneratedRegex(@"\[(\w+)\]\(\.\./([^)]+\.cs)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^\d+\. ")]
    private static partial Regex Step();

    [GeneratedRegex(@"^\| `(\w+)`")]
    private static partial Regex Room();
}
