using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AspNetCore.Tests;

/// <summary>A row for each dog. The trick "fail" stops the projection.</summary>
[Projection("dogs")]
public sealed partial record DogRow([property: Key] Guid DogId, string Name, int Tricks)
{
    private static DogRow When(Dog.Registered e, EventHeader header) => new(header.AggregateId, e.Name, 0);

    private DogRow When(Dog.TrickAdded e) => e.Trick == "fail" ? throw new InvalidOperationException("a bug") : this with { Tricks = Tricks + 1 };
}

/// <summary>A row for each trick.</summary>
[Projection("tricks")]
public sealed partial record TrickRow([property: Key] string Trick, int Dogs)
{
    private static string KeyOf(Dog.TrickAdded e) => e.Trick;

    private static TrickRow When(TrickRow? row, Dog.TrickAdded e) => new(e.Trick, (row?.Dogs ?? 0) + 1);
}

/// <summary>An application with projections.</summary>
[EventSourcedApplication(typeof(Dog), typeof(DogRow), typeof(TrickRow))]
public sealed partial class Agency;

/// <summary>The host runs the projections.</summary>
public sealed class ProjectionServiceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(TestStore.Memory)]
    [InlineData(TestStore.Sqlite)]
    [InlineData(TestStore.PostgreSql)]
    public async Task Projections_run_with_the_host_and_are_handed_over_at_its_end(string engine)
    {
        using var store = new TestStore(engine);
        await using (var server = await StartAsync(store.Url))
        {
            var agency = server.Services.GetRequiredService<Agency>();
            var dog = new Dog("Fido");
            dog.AddTrick("roll");
            var recorded = await agency.SaveAsync(dog, Token);

            Assert.Equal(new DogRow(dog.Id, "Fido", 1), await agency.Views.GetAsync<DogRow>(dog.Id, atLeast: recorded[^1].Position, cancellationToken: Token));
            Assert.Equal(2, (await agency.Projections.GetStatusAsync(Token)).Count(status => status.Owner is not null));
            await server.StopAsync(Token);
            Assert.All(await agency.Projections.GetStatusAsync(Token), status => Assert.Null(status.Owner));
        }
    }

    [Theory]
    [InlineData(TestStore.Sqlite)]
    [InlineData(TestStore.PostgreSql)]
    public async Task A_stopped_projection_is_logged_and_degrades_the_health_and_the_host_goes_on(string engine)
    {
        using var store = new TestStore(engine);
        var log = new CapturedLog();
        await using var server = await StartAsync(store.Url, log);
        var agency = server.Services.GetRequiredService<Agency>();
        using var client = new HttpClient { BaseAddress = new Uri(server.Urls.Single()) };
        Assert.Equal("Healthy: The event store answers.", await client.GetStringAsync("/health", Token));

        var dog = new Dog("Fido");
        dog.AddTrick("fail");
        var recorded = await agency.SaveAsync(dog, Token);

        // The other projection goes on.
        Assert.Equal(new TrickRow("fail", 1), await agency.Views.GetAsync<TrickRow>("fail", atLeast: recorded[^1].Position, cancellationToken: Token));
        var line = await FindStopAsync(log);
        Assert.StartsWith("Error EventSourcing: The projection dogs of Agency has stopped at position 2. It is tried again after a restart.", line, StringComparison.Ordinal);
        Assert.Contains("a bug", line, StringComparison.Ordinal);

        // The error is stored before it is logged.
        Assert.Equal(
            "Degraded: The event store answers, but these projections have stopped: dogs after position 1.", await client.GetStringAsync("/health", Token));
        await server.StopAsync(Token);
    }

    [Fact]
    public async Task All_stopped_projections_leave_the_host_running()
    {
        using var store = new TestStore(TestStore.Sqlite);
        var log = new CapturedLog();
        await using var server = await StartAsync<Lonely>(store.Url, log, (services, url) => services.AddLonely(url));
        var dog = new Dog("Fido");
        dog.AddTrick("fail");
        await server.Services.GetRequiredService<Lonely>().SaveAsync(dog, Token);
        Assert.Contains("The projection dogs of Lonely has stopped", await FindStopAsync(log), StringComparison.Ordinal);

        using var client = new HttpClient { BaseAddress = new Uri(server.Urls.Single()) };
        for (var i = 0; i < 10; i++)
        {
            Assert.StartsWith("Degraded", await client.GetStringAsync("/health", Token), StringComparison.Ordinal);
            await Task.Delay(20, Token);
        }

        Assert.False(server.Lifetime.ApplicationStopping.IsCancellationRequested);
        await server.StopAsync(Token);
    }

    /// <summary>Waits until a projection has stopped.</summary>
    /// <returns>The line of the log that says so, the only one.</returns>
    private static async Task<string> FindStopAsync(CapturedLog log)
    {
        string[] lines;
        for (var i = 0; (lines = [.. log.Lines.Where(line => line.Contains("has stopped", StringComparison.Ordinal))]).Length == 0; i++)
        {
            Assert.True(i < 1000, "The projection didn't stop.");
            await Task.Delay(20, Token);
        }

        return Assert.Single(lines);
    }

    private static Task<WebApplication> StartAsync(string url, CapturedLog? log = null) => StartAsync<Agency>(url, log, (services, address) => services.AddAgency(address));

    private static async Task<WebApplication> StartAsync<TApplication>(string url, CapturedLog? log, Action<IServiceCollection, string> add)
        where TApplication : class, EventSourcing.CompilerServices.IEventSourcedApplication
    {
        var builder = WebServer.CreateBuilder(log ?? new CapturedLog());
        add(builder.Services, url);
        builder.Services.AddHostedEventStore<TApplication>().AddHostedProjections<TApplication>();
        builder.Services.AddHealthChecks().AddEventStore<TApplication>();
        var app = builder.Build();

        // The health check runs inside the session of its request.
        app.UseRequestSession<TApplication>();
        app.MapHealthChecks("/health", new()
        {
            ResultStatusCodes = { [HealthStatus.Unhealthy] = 200 },
            ResponseWriter = (context, report) => context.Response.WriteAsync(string.Join(", ", report.Entries.Values.Select(entry => $"{entry.Status}: {entry.Description}"))),
        });
        await app.StartAsync(Token);
        return app;
    }
}

/// <summary>An application with one projection.</summary>
[EventSourcedApplication(typeof(Dog), typeof(DogRow))]
public sealed partial class Lonely;
