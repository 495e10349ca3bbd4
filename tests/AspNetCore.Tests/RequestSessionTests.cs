namespace AspNetCore.Tests;

/// <summary>One session for each request: the user commits it, and the end of the request removes it, as in Flask-SQLAlchemy.</summary>
public sealed class RequestSessionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(TestStore.Sqlite)]
    [InlineData(TestStore.PostgreSql)]
    public async Task Flask_what_one_request_commits_the_next_one_reads(string engine)
    {
        await using var server = await StartAsync(engine);

        Assert.Equal(200, await server.PostAsync("/dogs/Fido?commit=true"));
        Assert.Equal(200, await server.GetAsync("/dogs/Fido"));
    }

    [Theory]
    [InlineData(TestStore.Sqlite)]
    [InlineData(TestStore.PostgreSql)]
    public async Task Flask_a_forgotten_commit_leaves_nothing_behind(string engine)
    {
        await using var server = await StartAsync(engine);

        var (status, body) = await server.SendAsync(HttpMethod.Post, "/dogs/Fido?commit=false");

        Assert.Equal((200, "True"), (status, body)); // seen inside
        Assert.Equal(404, await server.GetAsync("/dogs/Fido"));
        var warning = Assert.Single(server.Log.Own, l => l.StartsWith("Warning", StringComparison.Ordinal));
        Assert.Equal("Warning: The request HTTP: POST /dogs/{name} succeeded, but its saves in Kennel were discarded, because they were not committed.", warning);
    }

    [Theory]
    [InlineData(TestStore.Sqlite)]
    [InlineData(TestStore.PostgreSql)]
    public async Task Two_commits_in_one_request_are_separate_and_later_saves_are_lost(string engine)
    {
        await using var server = await WebServer.StartAsync(engine, app =>
        {
            app.UseRequestSession<Kennel>();
            app.MapPost("/", async (Kennel kennel, HttpContext context) =>
            {
                var session = context.GetStoreSession<Kennel, Guid>();
                await kennel.RegisterAsync("Fido");
                Assert.Equal(1, await session.CommitAsync(Token));
                await kennel.TeachAsync("Fido", "sit");
                await kennel.TeachAsync("Fido", "roll over");
                Assert.Equal(2, await session.CommitAsync(Token));
                await kennel.TeachAsync("Fido", "play dead");
                throw new InvalidOperationException();
            });
        });

        Assert.Equal(500, await server.PostAsync("/"));
        Assert.Equal("sit, roll over", await server.Kennel.TricksAsync("Fido"));
        Assert.Contains("Information: The saves of a request in Kennel were rolled back because of InvalidOperationException.", server.Log.Own);
    }

    [Theory]
    [InlineData(TestStore.Sqlite)]
    [InlineData(TestStore.PostgreSql)]
    public async Task A_table_of_the_user_is_committed_with_the_events_or_not_at_all(string engine)
    {
        await using var server = await WebServer.StartAsync(engine, app =>
        {
            app.UseRequestSession<Kennel>();
            app.MapPost("/{name}", async (string name, bool commit, Kennel kennel, StoreSession<Guid> session) =>
            {
                await Owners.AddAsync(session, name);
                await kennel.RegisterAsync(name);
                if (commit)
                {
                    await session.CommitAsync(Token);
                }
            });
        });
        await Owners.CreateAsync(server.Kennel);

        Assert.Equal(200, await server.PostAsync("/Fido?commit=true"));
        Assert.Equal(200, await server.PostAsync("/Rex?commit=false"));

        Assert.Equal(["Fido"], await Owners.ReadAsync(server.Kennel));
        Assert.False(await server.Kennel.HasAsync("Rex"));
    }

    /// <summary>A task that a request started and didn't await can't use the session after the request.</summary>
    [Theory]
    [InlineData(TestStore.Sqlite, false)]
    [InlineData(TestStore.PostgreSql, false)]
    [InlineData(TestStore.Sqlite, true)]
    [InlineData(TestStore.PostgreSql, true)]
    public async Task A_task_left_running_after_its_request_gets_a_typed_error_and_saves_nothing(string engine, bool commitsOnSuccess)
    {
        var (over, left) = (new TaskCompletionSource(), Task.CompletedTask);
        await using var server = await WebServer.StartAsync(engine, app =>
        {
            if (commitsOnSuccess)
            {
                app.UseCommitOnSuccess<Kennel>();
            }
            else
            {
                app.UseRequestSession<Kennel>();
            }

            app.MapPost("/", async (Kennel kennel) =>
            {
                await kennel.RegisterAsync("Fido");
                left = Task.Run(async () =>
                {
                    await over.Task;
                    await kennel.RegisterAsync("Rex");
                });
            });
        });

        Assert.Equal(200, await server.PostAsync("/"));
        over.SetResult();

        await Assert.ThrowsAsync<TransactionException>(() => left);
        Assert.Equal(commitsOnSuccess, await server.Kennel.HasAsync("Fido"));
        Assert.False(await server.Kennel.HasAsync("Rex"));
    }

    [Fact]
    public async Task Sessions_of_two_applications_are_separate()
    {
        await using var server = await WebServer.StartAsync(TestStore.Memory, app =>
        {
            app.UseRequestSession<Kennel>();
            app.UseRequestSession<Shelter>();
            app.MapPost("/", async (Kennel kennel, Shelter shelter, HttpContext context) =>
            {
                await kennel.RegisterAsync("Fido");
                await shelter.SaveAsync(new Dog("Rex"));
                await context.GetStoreSession<Shelter>().CommitAsync(Token);
            });
            app.MapPost("/ambiguous", (StoreSession<Guid> session) => session.HasSaves);
        }, services => services.AddShelter("memory:").AddHostedEventStore<Shelter>());

        Assert.Equal(200, await server.PostAsync("/"));
        Assert.Null(await server.Kennel.NotificationLog.GetMaxPositionAsync(Token));
        Assert.Equal(500, await server.PostAsync("/ambiguous"));
        Assert.Contains(server.Log.Lines, l => l.Contains("Several applications have keys of the type Guid: Kennel, Shelter.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_endpoint_can_opt_out_of_the_request_session()
    {
        await using var server = await WebServer.StartAsync(TestStore.Memory, app =>
        {
            app.UseRequestSession<Kennel>();
            app.MapPost("/", async (Kennel kennel) => await kennel.RegisterAsync("Fido")).WithoutRequestSession();
        });

        Assert.Equal(200, await server.PostAsync("/"));
        Assert.True(await server.Kennel.HasAsync("Fido"));
    }

    private static Task<WebServer> StartAsync(string engine) => WebServer.StartAsync(engine, app =>
    {
        app.UseRequestSession<Kennel>();
        app.MapPost("/dogs/{name}", async (string name, bool commit, Kennel kennel, StoreSession<Guid> session) =>
        {
            await kennel.RegisterAsync(name);
            if (commit)
            {
                await session.CommitAsync(Token);
            }

            return (await kennel.HasAsync(name)).ToString();
        });
        app.MapGet("/dogs/{name}", async (string name, Kennel kennel) => (await kennel.Repository.GetAsync<Dog>(Dog.CreateId(name), Token)).Name);
    });
}
