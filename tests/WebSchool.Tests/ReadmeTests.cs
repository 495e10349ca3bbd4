using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using EventSourcing.Testing;
using Xunit;

namespace EventSourcing.WebSchool.Tests;

/// <summary>The commands of the sample's page, one after the other, answer what it says.</summary>
public sealed partial class ReadmeTests(JittedSqliteSchool host) : IClassFixture<JittedSqliteSchool>
{
    [Fact]
    public async Task Commands_answer_what_the_readme_says()
    {
        var text = (await File.ReadAllTextAsync(Tree.PathOf("samples/WebSchool/README.md"), TestContext.Current.CancellationToken)).ReplaceLineEndings("\n");
        var commands = Example().Matches(text).ToList();

        Assert.True(commands.Count >= 8, $"The page has only {commands.Count} commands; the test may not find them any more.");
        foreach (var command in commands)
            Assert.Equal(Normalize(command.Groups[2].Value), Normalize(await RunAsync(command.Groups[1].Value)));
    }

    /// <summary>What curl would do.</summary>
    private async Task<string> RunAsync(string command)
    {
        var words = new Queue<string>(Word().Matches(command).Select(m => m.Value.Trim('\'')));
        Assert.Equal("curl", words.Dequeue());
        var request = new HttpRequestMessage();
        while (words.TryDequeue(out var word))
        {
            if (word == "--json")
            {
                request.Method = HttpMethod.Post;
                request.Content = new StringContent(words.Dequeue(), Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
                request.Headers.Add("Accept", "application/json");
            }
            else if (word == "-H")
                request.Headers.Add(words.Peek().Split(": ")[0], words.Dequeue().Split(": ")[1]);
            else
                request.RequestUri = new Uri(host.Client.BaseAddress!, new Uri(word).PathAndQuery);
        }

        return await (await host.Client.SendAsync(request)).Content.ReadAsStringAsync();
    }

    /// <summary>Ids of owners and of traces, and times, are new each time.</summary>
    private static string Normalize(string text) => Changing().Replace(text.Trim(), "*");

    [GeneratedRegex("^\\$ (curl .*)\n(.*)$", RegexOptions.Multiline)]
    private static partial Regex Example();

    [GeneratedRegex("'[^']*'|[^ ]+")]
    private static partial Regex Word();

    [GeneratedRegex("""(?<="(?:time|id|traceId)":")[^"]*""")]
    private static partial Regex Changing();
}
