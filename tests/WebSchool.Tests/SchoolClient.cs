using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using EventSourcing.Testing;
using Xunit;

namespace EventSourcing.WebSchool.Tests;

/// <summary>The requests that the tests send to the sample. They know its JSON, not its types.</summary>
internal static class SchoolClient
{
    public static Task<HttpResponseMessage> RegisterAsync(this HttpClient client, string name, string? owner = null, CancellationToken cancellationToken = default) =>
        client.PostAsJsonAsync("/dogs", owner is null ? (object)new { name } : new { name, owner }, cancellationToken);

    public static Task<HttpResponseMessage> AddTrickAsync(this HttpClient client, string name, string trick, string? ifMatch = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/dogs/{Uri.EscapeDataString(name)}/tricks") { Content = JsonContent.Create(new { trick }) };
        if (ifMatch is not null)
        {
            request.Headers.Add("If-Match", ifMatch);
        }

        return client.SendAsync(request);
    }

    public static Task<HttpResponseMessage> GetDogAsync(this HttpClient client, string name, string? ifNoneMatch = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/dogs/" + Uri.EscapeDataString(name));
        if (ifNoneMatch is not null)
        {
            request.Headers.Add("If-None-Match", ifNoneMatch);
        }

        return client.SendAsync(request);
    }

    /// <summary>All owners, from all pages.</summary>
    public static async Task<List<(string Id, string Name, string Dog)>> GetOwnersAsync(this HttpClient client)
    {
        var all = new List<(string Id, string Name, string Dog)>();
        while (true)
        {
            var page = await client.GetFromJsonAsync<JsonElement>(all.Count == 0 ? "/owners" : $"/owners?after={all[^1].Id}");
            if (page.GetArrayLength() == 0)
            {
                return all;
            }

            all.AddRange(page.EnumerateArray().Select(o =>
                (o.GetProperty("id").GetString()!, o.GetProperty("name").GetString()!, o.GetProperty("dog").GetString()!)));
        }
    }

    /// <summary>The owner of a dog, if it has one.</summary>
    public static async Task<string?> GetOwnerOfAsync(this HttpClient client, string dog) =>
        (await client.GetFromJsonAsync<JsonElement>("/owners?dog=" + Uri.EscapeDataString(dog))).EnumerateArray()
            .Select(o => o.GetProperty("name").GetString()).SingleOrDefault();

    /// <summary>All events, following the pages.</summary>
    public static async Task<List<JsonElement>> GetLogAsync(this HttpClient client, string first = "/log?limit=1000")
    {
        var all = new List<JsonElement>();
        for (var next = first; next is not null;)
        {
            var page = await client.GetFromJsonAsync<JsonElement>(next);
            all.AddRange(page.GetProperty("events").EnumerateArray());
            next = page.TryGetProperty("next", out var link) ? link.GetString() : null;
        }

        return all;
    }

    /// <summary>The leaderboard with an event.</summary>
    public static Task<JsonElement> GetLeaderboardAsync(this HttpClient client, long atLeast) => client.GetReadyAsync($"/leaderboard?atLeast={atLeast}&limit=1000");

    /// <summary>The results of a search that knows an event.</summary>
    public static Task<JsonElement> SearchAsync(this HttpClient client, string text, long atLeast) =>
        client.GetReadyAsync($"/search?q={Uri.EscapeDataString(text)}&atLeast={atLeast}&limit=1000");

    /// <summary>What a projection has written. After a crash, the lease of the program that has ended delays it.</summary>
    private static async Task<JsonElement> GetReadyAsync(this HttpClient client, string path)
    {
        var time = Stopwatch.StartNew();
        while (true)
        {
            var response = await client.GetAsync(path);
            if (response.StatusCode != HttpStatusCode.ServiceUnavailable || time.Elapsed > TimeSpan.FromMinutes(1))
            {
                return await response.ReadAsync(HttpStatusCode.OK);
            }

            Assert.Contains("not-ready", await response.ReadProblemAsync(HttpStatusCode.ServiceUnavailable), StringComparison.Ordinal);
        }
    }

    /// <summary>The names of all registered dogs, by the log.</summary>
    public static async Task<List<string>> GetDogsAsync(this HttpClient client) =>
        [.. from e in await client.GetLogAsync() where e.TryGetProperty("name", out _) select e.GetProperty("name").GetString()];

    public static async Task<long> GetEndAsync(this HttpClient client) =>
        (await client.GetLogAsync()) is [.., var last] ? last.GetProperty("position").GetInt64() : 0;
}
