using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using Npgsql;

namespace AspNetCore.Tests;

/// <summary>State, metadata and passwords appear in no log line, activity or answer, whatever goes wrong.</summary>
public sealed class SecretTests
{
    private const string Canary = "canary-5f8b2d";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(TestStore.Sqlite)]
    [InlineData(TestStore.PostgreSql)]
    public async Task No_log_line_activity_or_answer_reveals_a_secret(string engine)
    {
        var told = new ConcurrentQueue<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity => told.Enqueue(Describe(activity)),
        };
        ActivitySource.AddActivityListener(listener);
        await using var server = await WebServer.StartAsync(engine, Map, options: new EventStoreOptions { MaxStateSize = 10_000, LockTimeout = TimeSpan.FromMilliseconds(200) });

        foreach (var (path, status) in new[]
        {
            ("/saved", 200), ("/conflict", 409), ("/thrown", 500), ("/dropped", 200), ("/large", 413), ("/missing", 404), ("/sql", 500), ("/damaged", 500),
        })
        {
            using var response = await server.Client.PostAsJsonAsync(path, Canary, Token);
            var body = await response.Content.ReadAsStringAsync(Token);
            Assert.True(status == (int)response.StatusCode, $"{path}: {(int)response.StatusCode} {body}");
            told.Enqueue(body);
        }

        Assert.NotEmpty(server.Log.Own);
        string[] secrets = server.Store.Database is { } database && new NpgsqlConnectionStringBuilder(database.ConnectionString).Password is { Length: > 0 } password
            ? [Canary, password]
            : [Canary];
        foreach (var text in told.Concat(server.Log.Lines))
        {
            Assert.All(secrets, s => Assert.DoesNotContain(s, text, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_start_that_fails_does_not_reveal_the_password()
    {
        using var store = new TestStore(TestStore.PostgreSql);
        var given = new NpgsqlConnectionStringBuilder(store.Database!.ConnectionString) { Password = Canary };
        foreach (var url in new[]
        {
            $"postgresql://nobody_of_this_name:{Canary}@{given.Host}:{given.Port}/{given.Database}", $"{given.ConnectionString};Nonsense={Canary}",
            $"postgresql://user:{Canary}@{given.Host}:{given.Port}/no_database_of_this_name", $"Data Source=/no/such/folder;Password={Canary}",
        })
        {
            var log = new CapturedLog();
            var builder = WebServer.CreateBuilder(log);
            builder.Services.AddKennel(url).AddHostedEventStore<Kennel>();
            await using var app = builder.Build();

            var failure = await Assert.ThrowsAnyAsync<StoreException>(() => app.StartAsync(Token));

            Assert.NotEmpty(log.Lines);
            Assert.All([failure.ToString(), .. log.Lines], l => Assert.DoesNotContain(Canary, l, StringComparison.Ordinal));
        }
    }

    private static void Map(WebApplication app)
    {
        app.UseRequestSession<Kennel>();
        app.Use(next => async context =>
        {
            using (EventMetadata.Use(new EventMetadata { CorrelationId = Canary, Values = new Dictionary<string, string> { ["user"] = Canary } }))
            {
                await next(context);
            }
        });
        var committed = app.MapGroup("").WithCommitOnSuccess<Kennel>();
        committed.MapPost("/saved", async (Kennel kennel, HttpRequest request) =>
        {
            var dog = new Dog("Fido");
            dog.AddTrick((await request.ReadFromJsonAsync<string>(Token))!);
            await kennel.SaveAsync(dog, Token);
        });
        committed.MapPost("/conflict", async (Kennel kennel) =>
        {
            await kennel.TeachAsync("Fido", Canary);
            await kennel.ByAnotherCallerAsync(k => k.TeachAsync("Fido", Canary));
        });
        committed.MapPost("/thrown", async (Kennel kennel) =>
        {
            await kennel.TeachAsync("Fido", Canary);
            throw new InvalidOperationException();
        });
        app.MapPost("/dropped", async (Kennel kennel) => await kennel.TeachAsync("Fido", Canary));
        committed.MapPost("/large", async (Kennel kennel) => await kennel.TeachAsync("Fido", Canary + new string('x', 20_000)));
        committed.MapPost("/missing", async (Kennel kennel) => await kennel.TeachAsync("Nobody", Canary));
        committed.MapPost("/sql", async (StoreSession<Guid> session, Kennel kennel) =>
        {
            await kennel.TeachAsync("Fido", Canary);
            await Owners.AddAsync(session, Canary); // there is no such table
        });
        committed.MapPost("/damaged", async (StoreSession<Guid> session, Kennel kennel) =>
        {
            await Owners.DamageAsync(session, Canary);
            await kennel.TricksAsync("Fido");
        });
    }

    private static string Describe(Activity activity) =>
        $"{activity.Source.Name} {activity.DisplayName} {activity.StatusDescription} {string.Join(" ", activity.TagObjects.Select(t => $"{t.Key}={t.Value}"))} " +
        string.Join(" ", activity.Events.SelectMany(e => e.Tags).Select(t => $"{t.Key}={t.Value}")) + string.Join(" ", activity.Baggage);
}
