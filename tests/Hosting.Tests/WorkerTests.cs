using System.Diagnostics;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hosting.Tests;

/// <summary>A row for each dog. The trick "fail" stops the projection.</summary>
[Projection("dogs")]
public sealed partial record DogRow([property: Key] Guid DogId, string Name, int Tricks)
{
    private static DogRow When(Dog.Registered e, EventHeader header) => new(header.AggregateId, e.Name, 0);

    private DogRow When(Dog.TrickAdded e) => e.Trick == "fail" ? throw new InvalidOperationException("a bug") : this with { Tricks = Tricks + 1 };
}

/// <summary>The application of these tests.</summary>
[EventSourcedApplication(typeof(Dog), typeof(DogRow))]
public sealed partial class Agency;

/// <summary>A generic host without ASP.NET Core opens stores, runs projections and checks their health.</summary>
public sealed class WorkerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(TestStore.Memory)]
    [InlineData(TestStore.Sqlite)]
    [InlineData(TestStore.PostgreSql)]
    public async Task Projections_advance_and_the_health_is_checked(string engine)
    {
        using var store = new TestStore(engine);
        var log = new CapturedLog();
        using var host = await StartAsync(store.Url, log);
        Assert.Equal(["Information: The store of Agency is open."], log.Own);
        var agency = host.Services.GetRequiredService<Agency>();
        var dog = new Dog("Fido");
        dog.AddTrick("roll");
        var recorded = await agency.SaveAsync(dog, Token);

        Assert.Equal(new DogRow(dog.Id, "Fido", 1), await agency.Views.GetAsync<DogRow>(dog.Id, atLeast: recorded[^1].Position, cancellationToken: Token));
        Assert.Equal((HealthStatus.Healthy, "The event store answers."), await CheckAsync(host));

        dog.AddTrick("fail");
        await agency.SaveAsync(dog, Token);
        for (var i = 0; !log.Own.Any(line => line.StartsWith("Error: The projection dogs of Agency has stopped at position 3.", StringComparison.Ordinal)); i++)
        {
            Assert.True(i < 1000, string.Join('\n', log.Own));
            await Task.Delay(20, Token);
        }

        // The error is stored before it is logged.
        Assert.Equal((HealthStatus.Degraded, "The event store answers, but these projections have stopped: dogs after position 2."), await CheckAsync(host));
        await host.StopAsync(Token);
    }

    /// <summary>The lease is long: the second host can't have waited for it.</summary>
    [Theory]
    [InlineData(TestStore.Sqlite)]
    [InlineData(TestStore.PostgreSql)]
    public async Task A_host_that_stops_hands_its_projections_over(string engine)
    {
        using var store = new TestStore(engine);
        using var first = await StartAsync(store.Url, new CapturedLog());
        var owner = await OwnerAsync(first, null);
        using var second = await StartAsync(store.Url, new CapturedLog());
        var began = Stopwatch.GetTimestamp();
        await first.StopAsync(Token);
        var stopped = Stopwatch.GetElapsedTime(began);
        await OwnerAsync(second, owner);
        var handedOver = Stopwatch.GetElapsedTime(began);

        TestContext.Current.TestOutputHelper!.WriteLine(FormattableString.Invariant($"stopped after {stopped.TotalMilliseconds:0} ms, handed over after {handedOver.TotalMilliseconds:0} ms"));
        Assert.InRange(stopped, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.InRange(handedOver, TimeSpan.Zero, TimeSpan.FromSeconds(10));

        var agency = second.Services.GetRequiredService<Agency>();
        var recorded = await agency.SaveAsync(new Dog("Fido"), Token);
        Assert.NotNull(await agency.Views.GetAsync<DogRow>(Dog.CreateId("Fido"), atLeast: recorded[^1].Position, cancellationToken: Token));
        await second.StopAsync(Token);
        Assert.Null(Assert.Single(await agency.Projections.GetStatusAsync(Token)).Owner);

        static async Task<string> OwnerAsync(IHost host, string? previous)
        {
            var agency = host.Services.GetRequiredService<Agency>();
            for (var i = 0; ; i++)
            {
                if (Assert.Single(await agency.Projections.GetStatusAsync(Token)).Owner is { } owner && owner != previous)
                {
                    return owner;
                }

                Assert.True(i < 2000, "No host took the projection.");
                await Task.Delay(10, Token);
            }
        }
    }

    [Fact]
    public async Task A_wrong_URL_stops_the_start()
    {
        var builder = Builder(new CapturedLog());
        builder.Services.AddAgency("nonsense:").AddHostedEventStore<Agency>();
        using var host = builder.Build();

        await Assert.ThrowsAsync<StoreConfigurationException>(() => host.StartAsync(Token));
    }

    [Fact]
    public async Task A_scope_has_a_session()
    {
        using var host = await StartAsync("memory:", new CapturedLog());
        var agency = host.Services.GetRequiredService<Agency>();
        foreach (var commits in new[] { false, true })
        {
            await using var scope = host.Services.CreateAsyncScope();
            var session = scope.ServiceProvider.GetRequiredService<StoreSession<Guid>>();
            Assert.Same(session, scope.ServiceProvider.GetRequiredService<StoreSession<Guid>>());
            using (session.Use())
            {
                await agency.SaveAsync(new Dog("Fido"), Token);
                if (commits)
                {
                    await session.CommitAsync(Token);
                }
            }

            await scope.DisposeAsync();
            Assert.True(session.IsDisposed);
            Assert.Equal(commits, await agency.Repository.ExistsAsync<Dog>(Dog.CreateId("Fido"), Token));
        }

        await host.StopAsync(Token);
    }

    /// <summary>Otherwise, these tests would show nothing.</summary>
    [Fact]
    public void This_program_has_no_ASP_NET_Core() =>
        Assert.DoesNotContain("AspNetCore", File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Hosting.Tests.runtimeconfig.json")), StringComparison.Ordinal);

    private static async Task<(HealthStatus Status, string? Text)> CheckAsync(IHost host)
    {
        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Token);
        return (report.Status, Assert.Single(report.Entries).Value.Description);
    }

    private static async Task<IHost> StartAsync(string url, CapturedLog log)
    {
        var builder = Builder(log);
        builder.Services.AddAgency(url, new EventStoreOptions { ProjectionLease = TimeSpan.FromSeconds(60) });
        builder.Services.AddHostedEventStore<Agency>().AddHostedProjections<Agency>().AddHealthChecks().AddEventStore<Agency>();
        var host = builder.Build();
        await host.StartAsync(Token);
        return host;
    }

    private static HostApplicationBuilder Builder(CapturedLog log)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders().AddProvider(log);
        return builder;
    }
}
