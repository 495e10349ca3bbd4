namespace AspNetCore.Tests;

/// <summary>Many clients at once, half of whose requests fail half-way: entities and events agree with the answers.</summary>
public sealed class ParallelRequestsTests(ITestOutputHelper output)
{
    private static readonly string[] Ends = ["succeed", "succeed", "succeed", "succeed", "early", "middle", "late", "status"];

    [Theory]
    [InlineData(TestStore.Sqlite, false)]
    [InlineData(TestStore.Sqlite, true)]
    [InlineData(TestStore.PostgreSql, false)]
    [InlineData(TestStore.PostgreSql, true)]
    public async Task Stored_rows_and_events_agree_exactly_with_the_answers(string engine, bool asFilter)
    {
        var (clients, requests) = (TestRounds.Of(16, 64), TestRounds.Of(20, 50));
        await using var server = await WebServer.StartAsync(engine, app =>
        {
            if (!asFilter)
            {
                app.UseCommitOnSuccess<Kennel>();
            }

            var endpoint = app.MapPost("/{name}", VisitAsync);
            if (asFilter)
            {
                endpoint.WithCommitOnSuccess<Kennel>();
            }
        }, options: new EventStoreOptions { LockTimeout = TimeSpan.FromSeconds(60), SaveTimeout = TimeSpan.FromSeconds(120) });
        await Owners.CreateAsync(server.Kennel);
        for (var i = 0; i < 4; i++)
        {
            await server.Kennel.RegisterAsync($"shared{i}");
        }

        var answers = (await Task.WhenAll(Enumerable.Range(0, clients).Select(c => RunClientAsync(server, c, requests)))).SelectMany(a => a).ToList();

        var counts = string.Join(", ", answers.GroupBy(a => a.Status).OrderBy(g => g.Key).Select(g => $"{g.Key}: {g.Count()}"));
        output.WriteLine($"{engine}, {(asFilter ? "filter" : "middleware")}, {answers.Count} requests ({counts}), seed {TestRounds.Seed}");
        var successes = answers.Where(a => a.Status == 200).Select(a => a.Name).Order(StringComparer.Ordinal).ToList();
        Assert.NotEmpty(successes);
        Assert.All(answers, a => Assert.True(a.Status == 200 ? a.End == "succeed" : a.Status is 500 or 409 || a.End == "succeed" && a.Status == 503, $"{a}"));
        Assert.Equal(successes, await Owners.ReadAsync(server.Kennel));
        Assert.Equal(successes, await StoredAsync(server.Kennel));
        Assert.Equal(successes, await TaughtAsync(server.Kennel));
    }

    private static async Task<IResult> VisitAsync(string name, string end, int shared, Kennel kennel, StoreSession<Guid> session)
    {
        await kennel.TeachAsync($"shared{shared}", name);
        if (end == "early")
        {
            throw new InvalidOperationException();
        }

        await Owners.AddAsync(session, name);
        if (end == "middle")
        {
            throw new InvalidOperationException();
        }

        await kennel.RegisterAsync(name);
        if (end == "late")
        {
            throw new InvalidOperationException();
        }

        return end == "status" ? Results.StatusCode(500) : Results.Ok();
    }

    private static async Task<List<(string Name, string End, int Status)>> RunClientAsync(WebServer server, int client, int requests)
    {
        var random = TestRounds.Random(client);
        var answers = new List<(string, string, int)>();
        for (var i = 0; i < requests; i++)
        {
            var (name, end) = ($"dog{client}-{i}", Ends[random.Next(Ends.Length)]);
            answers.Add((name, end, await server.PostAsync($"/{name}?end={end}&shared={random.Next(4)}")));
        }

        return answers;
    }

    private static async Task<List<string>> StoredAsync(Kennel kennel)
    {
        var names = new List<string>();
        await foreach (var recording in kennel.NotificationLog.ReadAllAsync(cancellationToken: TestContext.Current.CancellationToken))
        {
            if (recording.Event is Dog.Registered { Name: var name } && name.StartsWith("dog", StringComparison.Ordinal))
            {
                names.Add(name);
            }
        }

        return [.. names.Order(StringComparer.Ordinal)];
    }

    private static async Task<List<string>> TaughtAsync(Kennel kennel)
    {
        var names = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            names.AddRange((await kennel.Repository.GetAsync<Dog>(Dog.CreateId($"shared{i}"), TestContext.Current.CancellationToken)).Tricks);
        }

        return [.. names.Order(StringComparer.Ordinal)];
    }
}
