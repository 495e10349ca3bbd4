using System.Text.Json;

namespace AspNetCore.Tests;

/// <summary>The library's exceptions as problem details for a client.</summary>
public sealed class ProblemDetailsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<int, int, string, bool> Cases => new()
    {
        { 0, 409, "conflict", false },
        { 1, 404, "not-found", false },
        { 2, 503, "busy", true },
        { 3, 507, "storage-full", false },
        { 4, 503, "in-doubt", false },
        { 5, 500, "failure", false },
        { 6, 500, "failure", false },
        { 7, 413, "too-large", false },
        { 8, 503, "not-ready", true },
        { 9, 409, "already-processed", false },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Each_exception_of_the_store_has_a_problem_type(int which, int status, string type, bool hasRetryAfter)
    {
        await using var server = await StartAsync();

        using var response = await server.Client.GetAsync(new Uri($"/{which}", UriKind.Relative), Token);
        var body = await response.Content.ReadAsStringAsync(Token);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = JsonDocument.Parse(body).RootElement;
        Assert.Equal("urn:problem-type:eventsourcing:" + type, problem.GetProperty("type").GetString());
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.Equal(hasRetryAfter ? "7" : null, response.Headers.RetryAfter?.ToString());
        Assert.DoesNotContain("canary", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_exceptions_are_left_to_other_handlers()
    {
        await using var server = await StartAsync();

        Assert.Equal(500, await server.GetAsync("/99"));
        Assert.DoesNotContain(server.Log.Own, l => l.Contains("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_client_that_accepts_no_JSON_gets_the_status_code_alone()
    {
        await using var server = await StartAsync();
        server.Client.DefaultRequestHeaders.Add("Accept", "text/csv");

        Assert.Equal((409, ""), await server.SendAsync(HttpMethod.Get, "/0"));
    }

    private static Task<WebServer> StartAsync() => WebServer.StartAsync(
        TestStore.Memory,
        app => app.MapGet("/{which:int}", async (int which, Kennel kennel) =>
        {
            Exception? exception = which switch
            {
                0 => new ConcurrencyException("canary", 1, 2),
                1 => new AggregateNotFoundException("Dog", "canary"),
                2 => new TransientStoreException("canary", new InvalidOperationException("canary")),
                3 => new StorageFullException("canary"),
                4 => new InDoubtException(Guid.NewGuid(), new InvalidOperationException("canary")),
                5 => new TransactionException("canary"),
                6 => new StoreConfigurationException("canary"),
                7 => null,
                8 => new TrackingTimeoutException("canary", 2, 1, TimeSpan.FromSeconds(1)),
                9 => new AlreadyTrackedException("canary", 1, 2),
                _ => new InvalidOperationException("canary"),
            };
            if (exception is not null)
            {
                throw exception;
            }

            await kennel.RegisterAsync("canary" + new string('x', 1000));
        }),
        options: new EventStoreOptions { MaxStateSize = 200 }, retryAfter: TimeSpan.FromSeconds(7));
}
