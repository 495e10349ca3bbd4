namespace AspNetCore.Tests;

/// <summary>A request that succeeds is committed before its answer is sent, as in FastAPI-SQLAlchemy.</summary>
public sealed class CommitOnSuccessTests
{
    /// <summary>As middleware around everything, or as a filter of the endpoint.</summary>
    public static TheoryData<string, bool> Cases => new()
    {
        { TestStore.Sqlite, false },
        { TestStore.Sqlite, true },
        { TestStore.PostgreSql, false },
        { TestStore.PostgreSql, true },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task FastAPI_a_request_that_succeeds_is_committed(string engine, bool asFilter)
    {
        await using var server = await StartAsync(engine, asFilter, async kennel =>
        {
            await kennel.RegisterAsync("Fido");
            Assert.True(await kennel.HasAsync("Fido"));
            return Results.Text("done");
        });

        Assert.Equal((200, "done"), await server.SendAsync(HttpMethod.Post, "/"));
        Assert.True(await server.Kennel.HasAsync("Fido"));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task FastAPI_a_request_that_throws_is_rolled_back(string engine, bool asFilter)
    {
        await using var server = await StartAsync(engine, asFilter, async kennel =>
        {
            await kennel.RegisterAsync("Fido");
            throw new InvalidOperationException("An error occurred!!!");
        });

        Assert.Equal(500, await server.PostAsync("/"));
        Assert.False(await server.Kennel.HasAsync("Fido"));
        Assert.Contains("Information: The saves of a request in Kennel were rolled back because of InvalidOperationException.", server.Log.Own);
    }

    [Theory]
    [InlineData(false, 500, 400, true)]
    [InlineData(false, 500, 503, false)]
    [InlineData(false, 400, 399, true)]
    [InlineData(false, 400, 422, false)]
    [InlineData(false, 600, 500, true)]
    [InlineData(true, 500, 400, true)]
    [InlineData(true, 500, 503, false)]
    [InlineData(true, 400, 399, true)]
    [InlineData(true, 400, 422, false)]
    [InlineData(true, 600, 500, true)]
    public async Task The_status_codes_that_roll_back_can_be_chosen(bool asFilter, int from, int status, bool isCommitted)
    {
        await using var server = await StartAsync(TestStore.Memory, asFilter, async kennel =>
        {
            await kennel.RegisterAsync("Fido");
            return Results.StatusCode(status);
        }, options => options.RollBackFromStatus = from);

        Assert.Equal(status, await server.PostAsync("/"));
        Assert.Equal(isCommitted, await server.Kennel.HasAsync("Fido"));
    }

    /// <param name="inMiddleware">Whether the first application is committed by middleware.</param>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_request_commits_one_application(bool inMiddleware)
    {
        var runs = 0;
        await using var server = await WebServer.StartAsync(TestStore.Memory, app =>
        {
            if (inMiddleware)
            {
                app.UseCommitOnSuccess<Kennel>();
            }

            var endpoint = app.MapPost("/", async (Kennel kennel, Shelter shelter) =>
            {
                runs++;
                await kennel.RegisterAsync("Fido");
                await shelter.SaveAsync(new Dog("Fido"));
            });
            if (!inMiddleware)
            {
                endpoint.WithCommitOnSuccess<Kennel>(o => o.MaxAttempts = 3);
            }

            endpoint.WithCommitOnSuccess<Shelter>();
            app.MapPost("/one", (Kennel kennel) => kennel.RegisterAsync("Rex")).WithCommitOnSuccess<Kennel>().WithCommitOnSuccess<Kennel>();
        }, services => services.AddShelter("memory:").AddHostedEventStore<Shelter>());

        Assert.Equal(500, await server.PostAsync("/"));
        Assert.Equal(0, runs);
        Assert.Contains(server.Log.Lines, l => l.Contains("two stores can't be committed together", StringComparison.Ordinal));
        Assert.Equal(200, await server.PostAsync("/one"));
        Assert.True(await server.Kennel.HasAsync("Rex"));
    }

    [Fact]
    public async Task A_typed_union_of_results_counts_as_the_result_it_holds()
    {
        await using var server = await WebServer.StartAsync(TestStore.Memory, app => app.MapPost("/", async Task<Microsoft.AspNetCore.Http.HttpResults.Results<
            Microsoft.AspNetCore.Http.HttpResults.Ok, Microsoft.AspNetCore.Http.HttpResults.NotFound>> (Kennel kennel) =>
        {
            await kennel.RegisterAsync("Fido");
            return TypedResults.NotFound();
        }).WithCommitOnSuccess<Kennel>(o => o.RollBackFromStatus = 400));

        Assert.Equal(404, await server.PostAsync("/"));
        Assert.False(await server.Kennel.HasAsync("Fido"));
    }

    [Theory]
    [InlineData(422, false)]
    [InlineData(404, false)]
    [InlineData(399, true)]
    [InlineData(200, true)]
    public async Task Only_2xx_and_3xx_are_success_by_default(int status, bool isCommitted)
    {
        foreach (var asFilter in new[] { false, true })
        {
            await using var server = await StartAsync(TestStore.Memory, asFilter, async kennel =>
            {
                await kennel.RegisterAsync("Fido");
                return Results.StatusCode(status);
            });

            Assert.Equal(status, await server.PostAsync("/"));
            Assert.Equal(isCommitted, await server.Kennel.HasAsync("Fido"));
        }
    }

    [Theory]
    [InlineData(TestStore.Memory), InlineData(TestStore.Sqlite), InlineData(TestStore.PostgreSql)]
    public async Task A_handler_is_retried_after_a_conflict_up_to_its_limit(string engine)
    {
        foreach (var conflicts in new[] { 0, 2, 3 })
        {
            var runs = 0;
            await using var server = await WebServer.StartAsync(engine, app => app.MapPost("/", async (Kennel kennel, HttpContext context) =>
            {
                context.Response.Headers["X-Run"] = $"{runs}";
                context.Response.Headers[$"X-Run-{runs}"] = "1";
                await kennel.RegisterAsync("Rex");
                await kennel.TeachAsync("Fido", "sit");
                await context.Response.WriteAsync($"run {runs}", TestContext.Current.CancellationToken);
                if (runs++ < conflicts)
                {
                    await kennel.ByAnotherCallerAsync(k => k.TeachAsync("Fido", $"other {runs}"));
                }
            }).WithCommitOnSuccess<Kennel>(o => o.MaxAttempts = 3));
            await server.Kennel.RegisterAsync("Fido");

            using var response = await server.Client.PostAsync("/", null, TestContext.Current.CancellationToken);

            var isSuccess = conflicts < 3;
            Assert.Equal(isSuccess ? 200 : 409, (int)response.StatusCode);
            Assert.Equal(Math.Min(conflicts + 1, 3), runs);
            Assert.Equal(isSuccess, await server.Kennel.HasAsync("Rex"));
            Assert.Equal(string.Join(", ", [.. Enumerable.Range(1, conflicts).Select(i => $"other {i}"), .. isSuccess ? ["sit"] : Array.Empty<string>()]), await server.Kennel.TricksAsync("Fido"));
            if (isSuccess)
            {
                // Nothing remains of the earlier answers.
                Assert.Equal($"run {conflicts}", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
                Assert.Equal($"{conflicts}", response.Headers.GetValues("X-Run").Single());
                Assert.Single(response.Headers, h => h.Key.StartsWith("X-Run-", StringComparison.Ordinal));
            }
        }
    }

    [Theory]
    [InlineData("40001", 200), InlineData("40P01", 200), InlineData("23505", 500)]
    public async Task A_handler_is_retried_after_a_serialization_failure_or_a_deadlock(string state, int expected)
    {
        var runs = 0;
        await using var server = await WebServer.StartAsync(TestStore.PostgreSql, app => app.MapPost("/", async (Kennel kennel, StoreSession<Guid> session) =>
        {
            await kennel.RegisterAsync($"Rex {++runs}");
            if (runs == 1)
            {
                await Owners.FailAsync(session, state);
            }
        }).WithCommitOnSuccess<Kennel>(o => o.MaxAttempts = 3));

        Assert.Equal(expected, await server.PostAsync("/"));

        Assert.Equal((expected == 200 ? 2 : 1, false, expected == 200), (runs, await server.Kennel.HasAsync("Rex 1"), await server.Kennel.HasAsync("Rex 2")));
    }

    [Theory]
    [InlineData(TestStore.Memory), InlineData(TestStore.Sqlite), InlineData(TestStore.PostgreSql)]
    public async Task Parallel_requests_on_one_aggregate_all_succeed_with_retries(string engine)
    {
        await using var server = await WebServer.StartAsync(engine, app =>
            app.MapPost("/{trick}", (string trick, Kennel kennel) => kennel.TeachAsync("Fido", trick)).WithCommitOnSuccess<Kennel>(o => o.MaxAttempts = 5));
        await server.Kennel.RegisterAsync("Fido");

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => server.PostAsync($"/trick{i}")));

        Assert.All(answers, status => Assert.Equal(200, status));
        Assert.Equal(200, (await server.Kennel.TricksAsync("Fido")).Split(", ").Distinct().Count());
    }

    [Fact]
    public async Task Attempts_are_set_on_endpoints_only_and_are_at_least_one()
    {
        foreach (var (asFilter, attempts) in new[] { (false, 2), (false, 0), (true, 0) })
        {
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => StartAsync(TestStore.Memory, asFilter, _ => Task.FromResult(Results.Ok()), o => o.MaxAttempts = attempts));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_failed_commit_is_an_error_answer_and_nothing_is_stored(string engine, bool asFilter)
    {
        await using var server = await StartAsync(engine, asFilter, async kennel =>
        {
            await kennel.RegisterAsync("Rex");
            await kennel.TeachAsync("Fido", "sit");
            await kennel.ByAnotherCallerAsync(k => k.TeachAsync("Fido", "roll over"));
            return Results.Ok("all is well");
        });
        await server.Kennel.RegisterAsync("Fido");

        var (status, body) = await server.SendAsync(HttpMethod.Post, "/");

        Assert.Equal(409, status);
        Assert.Contains("urn:problem-type:eventsourcing:conflict", body, StringComparison.Ordinal);
        Assert.DoesNotContain("all is well", body, StringComparison.Ordinal);
        Assert.Equal("roll over", await server.Kennel.TricksAsync("Fido"));
        Assert.False(await server.Kennel.HasAsync("Rex"));
        Assert.Contains("Information: A request had a conflict in Kennel: another save came first.", server.Log.Own);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Of_two_parallel_requests_for_the_same_version_one_gets_a_409(string engine, bool asFilter)
    {
        using var both = new Barrier(2);
        await using var server = await StartAsync(engine, asFilter, async kennel =>
        {
            await kennel.TeachAsync("Fido", "sit");
            await Task.Run(() => both.SignalAndWait(TimeSpan.FromSeconds(30)));
            return Results.Ok();
        });
        await server.Kennel.RegisterAsync("Fido");

        var answers = await Task.WhenAll(server.PostAsync("/"), server.PostAsync("/"));

        Assert.Equal([200, 409], answers.Order());
        Assert.Equal("sit", await server.Kennel.TricksAsync("Fido"));
    }

    [Fact]
    public async Task A_filter_inside_a_request_session_commits_that_session()
    {
        await using var server = await WebServer.StartAsync(TestStore.Memory, app =>
        {
            app.UseRequestSession<Kennel>();
            var group = app.MapGroup("/dogs").WithCommitOnSuccess<Kennel>();
            group.MapPost("/{name}", async (string name, Kennel kennel, StoreSession<Guid> session) =>
            {
                await kennel.RegisterAsync(name);
                Assert.True(session.HasSaves);
            });
            app.MapPost("/other/{name}", async (string name, Kennel kennel) => await kennel.RegisterAsync(name));
        });

        Assert.Equal(200, await server.PostAsync("/dogs/Fido"));
        Assert.Equal(200, await server.PostAsync("/other/Rex"));
        Assert.True(await server.Kennel.HasAsync("Fido"));
        Assert.False(await server.Kennel.HasAsync("Rex"));
    }

    /// <summary>The arguments of a handler are made before the filters run.</summary>
    [Fact]
    public async Task A_handler_gets_the_session_of_its_filter_as_a_parameter()
    {
        await using var server = await WebServer.StartAsync(TestStore.Memory, app =>
            app.MapPost("/", async (StoreSession<Guid> session) => await session.SaveAsync(new Dog("Fido"), CancellationToken.None)).WithCommitOnSuccess<Kennel>());

        Assert.Equal(200, await server.PostAsync("/"));
        Assert.True(await server.Kennel.HasAsync("Fido"));
    }

    /// <summary>Otherwise the exception would count as a success, because the middleware sees only a status code.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_exception_that_an_inner_handler_answers_is_still_rolled_back(bool hasWritten)
    {
        await using var server = await WebServer.StartAsync(TestStore.Memory, app =>
        {
            app.UseCommitOnSuccess<Kennel>(o => o.RollBackFromStatus = 600);
            app.UseExceptionHandler();
            app.MapPost("/", async (Kennel kennel, HttpContext context) =>
            {
                await kennel.RegisterAsync("Fido");
                if (hasWritten)
                {
                    await context.Response.WriteAsync("all is well");
                }

                await kennel.TeachAsync("Nobody", "sit");
            });
        });

        var (status, body) = await server.SendAsync(HttpMethod.Post, "/");

        Assert.Equal(404, status);
        Assert.StartsWith("{", body, StringComparison.Ordinal);
        Assert.False(await server.Kennel.HasAsync("Fido"));
    }

    private static Task<WebServer> StartAsync(
        string engine, bool asFilter, Func<Kennel, Task<IResult>> handler, Action<EventSourcing.AspNetCore.CommitOnSuccessOptions>? options = null) =>
        WebServer.StartAsync(engine, app =>
        {
            if (!asFilter)
            {
                app.UseCommitOnSuccess<Kennel>(options);
            }

            var endpoint = app.MapPost("/", (Kennel kennel) => handler(kennel));
            if (asFilter)
            {
                endpoint.WithCommitOnSuccess<Kennel>(options);
            }
        });
}
