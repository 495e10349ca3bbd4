using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace EventSourcing.Testing;

/// <summary>Runs the commands of a page, written as <c>$ curl …</c> and a line with the answer, with a client instead of curl.</summary>
internal static partial class Curl
{
    /// <summary>Runs one command after the other, and compares the answers.</summary>
    /// <param name="client">A client of the server, whatever its address.</param>
    /// <param name="page">The page.</param>
    /// <param name="atLeast">The least number of commands on the page; with fewer, the test may not find them any more.</param>
    public static async Task FollowAsync(HttpClient client, string page, int atLeast)
    {
        var text = (await File.ReadAllTextAsync(Tree.PathOf(page))).ReplaceLineEndings("\n");
        var commands = Example().Matches(text).ToList();

        Assert.True(commands.Count >= atLeast, $"The page has only {commands.Count} commands; the test may not find them any more.");
        foreach (var command in commands)
        {
            Assert.Equal(Normalize(command.Groups[2].Value), Normalize(await RunAsync(client, command.Groups[1].Value)));
        }
    }

    private static async Task<string> RunAsync(HttpClient client, string command)
    {
        var words = new Queue<string>(Word().Matches(command).Select(m => m.Value.Trim('\'')));
        Assert.Equal("curl", words.Dequeue());
        var request = new HttpRequestMessage();
        while (words.TryDequeue(out var word))
        {
            if (word == "--json")
            {
                if (request.Method == HttpMethod.Get)
                {
                    request.Method = HttpMethod.Post;
                }

                request.Content = new StringContent(words.Dequeue(), Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
                request.Headers.Add("Accept", "application/json");
            }
            else if (word == "-X")
            {
                request.Method = new HttpMethod(words.Dequeue());
            }
            else if (word == "-H")
            {
                request.Headers.Add(words.Peek().Split(": ")[0], words.Dequeue().Split(": ")[1]);
            }
            else
            {
                request.RequestUri = new Uri(client.BaseAddress!, new Uri(word).PathAndQuery);
            }
        }

        return await (await client.SendAsync(request)).Content.ReadAsStringAsync();
    }

    /// <summary>Ids that the server creates, ids of traces, and times differ each time.</summary>
    private static string Normalize(string text) => Changing().Replace(text.Trim(), "*");

    [GeneratedRegex("^\\$ (curl .*)\n(.*)$", RegexOptions.Multiline)]
    private static partial Regex Example();

    [GeneratedRegex("'[^']*'|[^ ]+")]
    private static partial Regex Word();

    [GeneratedRegex("""(?<="(?:time|id|traceId)":")[^"]*""")]
    private static partial Regex Changing();
}
