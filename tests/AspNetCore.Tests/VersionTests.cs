namespace AspNetCore.Tests;

/// <summary>Versions of aggregates as ETags, and conditional requests.</summary>
public sealed class VersionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, 200)]
    [InlineData("\"2\"", 304)]
    [InlineData("W/\"2\"", 304)] // weak comparison
    [InlineData("\"1\", \"2\"", 304)]
    [InlineData("*", 304)]
    [InlineData("\"1\"", 200)]
    [InlineData("\"02\"", 200)]
    [InlineData("nonsense", 200)]
    public async Task A_read_returns_the_version_and_omits_a_body_that_the_client_has(string? ifNoneMatch, int status)
    {
        await using var server = await StartAsync();
        using var response = await SendAsync(server, HttpMethod.Get, "/dogs/Fido", ("If-None-Match", ifNoneMatch));

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("\"2\"", response.Headers.ETag?.ToString());
        Assert.Equal(status == 200 ? "\"Fido\"" : "", await response.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task An_answer_without_success_has_no_ETag()
    {
        await using var server = await StartAsync();
        using var response = await SendAsync(server, HttpMethod.Get, "/missing", ("If-None-Match", "*"));

        Assert.Equal(404, (int)response.StatusCode);
        Assert.Null(response.Headers.ETag);
    }

    [Theory]
    [InlineData("Fido", null, null, 428)]
    [InlineData("Fido", "\"2\"", null, 200)]
    [InlineData("Fido", "\"1\", \"2\"", null, 200)]
    [InlineData("Fido", "*", null, 200)]
    [InlineData("Fido", "W/\"2\"", null, 412)] // strong comparison
    [InlineData("Fido", "\"1\"", null, 412)]
    [InlineData("Fido", "nonsense", null, 412)]
    [InlineData("Fido", null, "*", 412)]
    [InlineData("Fido", "\"2\"", "W/\"2\"", 412)]
    [InlineData("Rex", "*", null, 412)]
    [InlineData("Rex", "\"0\"", null, 412)]
    [InlineData("Rex", null, "*", 200)] // creates
    public async Task A_change_requires_the_current_version(string name, string? ifMatch, string? ifNoneMatch, int status)
    {
        await using var server = await StartAsync();
        using var response = await SendAsync(server, HttpMethod.Post, "/dogs/" + name, ("If-Match", ifMatch), ("If-None-Match", ifNoneMatch));

        Assert.Equal(status, (int)response.StatusCode);
        var expected = status switch { 412 => "urn:problem-type:eventsourcing:precondition-failed", 428 => "urn:problem-type:eventsourcing:precondition-required", _ => "" };
        Assert.Contains(expected, await response.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, 200, "none")]
    [InlineData("*", 200, "none")]
    [InlineData("\"17\"", 200, "17")]
    [InlineData("W/\"17\"", 412, null)]
    [InlineData("\"x\"", 412, null)]
    [InlineData("\"1\", \"2\"", 412, null)]
    public async Task The_version_of_If_Match_can_be_read(string? ifMatch, int status, string? expected)
    {
        await using var server = await StartAsync();
        using var response = await SendAsync(server, HttpMethod.Get, "/named", ("If-Match", ifMatch));

        Assert.Equal(status, (int)response.StatusCode);
        if (expected is not null)
        {
            Assert.Equal(expected, await response.Content.ReadAsStringAsync(Token));
        }
    }

    private static async Task<HttpResponseMessage> SendAsync(WebServer server, HttpMethod method, string path, params (string Name, string? Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in headers)
        {
            if (value is not null)
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return await server.Client.SendAsync(request, Token);
    }

    private static async Task<WebServer> StartAsync()
    {
        var server = await WebServer.StartAsync(TestStore.Memory, app =>
        {
            app.MapGet("/dogs/{name}", async (string name, Kennel kennel) =>
            {
                var dog = await kennel.Repository.GetAsync<Dog>(Dog.CreateId(name), Token);
                return Results.Ok(dog.Name).WithETag(dog.Version);
            });
            app.MapPost("/dogs/{name}", async (string name, Kennel kennel, HttpRequest request) =>
            {
                var dog = await kennel.Repository.TryGetAsync<Dog>(Dog.CreateId(name), Token);
                request.ThrowIfVersionMismatch(dog?.Version ?? 0, required: true);
            });
            app.MapGet("/missing", () => TypedResults.NotFound().WithETag(3));
            app.MapGet("/named", (HttpRequest request) => request.TryGetIfMatch(out var version) ? $"{version}" : "none");
        });
        await server.Kennel.RegisterAsync("Fido");
        await server.Kennel.TeachAsync("Fido", "sit");
        return server;
    }
}
