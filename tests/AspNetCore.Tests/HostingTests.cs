using EventSourcing.CompilerServices;
using EventSourcing.Recording;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AspNetCore.Tests;

/// <summary>The store is opened with the host, and its health is checked.</summary>
public sealed class HostingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(TestStore.Sqlite)]
    [InlineData(TestStore.PostgreSql)]
    public async Task The_store_is_open_before_the_first_request(string engine)
    {
        await using var server = await WebServer.StartAsync(engine, _ => { });

        Assert.Equal(["Information: The store of Kennel is open."], server.Log.Own);
    }

    [Theory]
    [InlineData("nonsense:")]
    [InlineData("sqlite:///no/such/folder/of/this/name/events.db")]
    public Task A_wrong_URL_stops_the_start(string url) => DoesNotStartAsync(url, new EventStoreOptions());

    [Fact]
    public async Task A_wrong_option_stops_the_start()
    {
        await DoesNotStartAsync("memory:", new EventStoreOptions { PollingInterval = TimeSpan.Zero });
        await DoesNotStartAsync("memory:", new EventStoreOptions { LockTimeout = TimeSpan.FromSeconds(-1) });
        await DoesNotStartAsync("memory:", new EventStoreOptions { SaveTimeout = TimeSpan.Zero });
        await DoesNotStartAsync("memory:", new EventStoreOptions { TransactionTimeout = TimeSpan.Zero });
        await DoesNotStartAsync("memory:", new EventStoreOptions { MaxStateSize = 0 });
        await DoesNotStartAsync("memory:", new EventStoreOptions { MaxSaveSize = 0 });
        await DoesNotStartAsync("memory:", new EventStoreOptions { TimeProvider = null! });
    }

    [Theory]
    [InlineData(TestStore.Sqlite)]
    [InlineData(TestStore.PostgreSql)]
    public async Task A_table_created_beside_another_one_is_logged_as_a_warning(string engine)
    {
        using var store = new TestStore(engine);
        await using (var shelter = await Shelter.OpenAsync(store.Url, cancellationToken: Token))
        {
            await shelter.SaveAsync(new Dog("Fido"), Token);
        }

        for (var i = 0; i < 2; i++)
        {
            var log = new CapturedLog();
            var builder = WebServer.CreateBuilder(log);
            builder.Services.AddKennel(store.Url).AddHostedEventStore<Kennel>();
            await using var app = builder.Build();
            await app.StartAsync(Token);

            // Only when the table is created.
            Assert.Equal(i == 0, log.Own.Any(l => l.StartsWith("Warning: The store of Kennel had no events table, so a new table was created, but the database has shelter_events.", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void Sessions_without_hosting_are_refused_at_once()
    {
        var builder = WebServer.CreateBuilder(new CapturedLog());
        builder.Services.AddKennel("memory:");
        var app = builder.Build();

        Assert.Contains("AddHostedEventStore<Kennel>", Assert.Throws<InvalidOperationException>(() => app.UseRequestSession<Kennel>()).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => app.UseCommitOnSuccess<Kennel>());
    }

    [Theory]
    [InlineData(TestStore.Memory)]
    [InlineData(TestStore.Sqlite)]
    [InlineData(TestStore.PostgreSql)]
    public async Task A_store_that_answers_is_healthy(string engine)
    {
        await using var server = await WebServer.StartAsync(
            engine, app => app.MapHealthChecks("/health"), services => services.AddHealthChecks().AddEventStore<Kennel>());

        Assert.Equal((200, "Healthy"), await server.SendAsync(HttpMethod.Get, "/health"));
    }

    [Theory]
    [InlineData(false, "The event store failed.")]
    [InlineData(true, "The event store doesn't answer in time.")]
    public async Task A_store_that_does_not_answer_is_unhealthy_and_the_text_reveals_no_secrets(bool hangs, string text)
    {
        using var goOn = new ManualResetEventSlim();
        await using var server = await WebServer.StartAsync(
            TestStore.Memory,
            app => app.MapHealthChecks("/health", new() { ResponseWriter = (context, report) => context.Response.WriteAsync(Describe(report)) }),
            services => services.AddSingleton(new DeadStore(hangs ? goOn : null)).AddHealthChecks()
                .AddEventStore<DeadStore>("store", timeout: TimeSpan.FromMilliseconds(hangs ? 200 : 60_000)));

        Assert.Equal((503, $"store: Unhealthy: {text}: "), await server.SendAsync(HttpMethod.Get, "/health"));
        Assert.Contains(server.Log.Own, l => l.StartsWith("Warning: The store of DeadStore failed the health check.", StringComparison.Ordinal));
        goOn.Set();
    }

    [Fact]
    public async Task A_subscription_that_reads_again_is_logged_and_degrades_the_health()
    {
        await using var store = new ShakyStore();
        await using var server = await WebServer.StartAsync(
            TestStore.Memory,
            app => app.MapHealthChecks("/health", new() { ResponseWriter = (context, report) => context.Response.WriteAsync(Describe(report)) }),
            services => services.AddSingleton(store).AddHostedEventStore<ShakyStore>().AddHealthChecks().AddEventStore<ShakyStore>("store"));
        Assert.Equal((200, "store: Healthy: The event store answers.: "), await server.SendAsync(HttpMethod.Get, "/health"));

        store.IsAway = true;
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var following = Task.Run(async () =>
        {
            await foreach (var _ in store.Log.SubscribeAsync(cancellationToken: stopping.Token))
            {
            }
        }, Token);
        await UntilAsync(async () => (await server.SendAsync(HttpMethod.Get, "/health")).Body.StartsWith(
            "store: Degraded: The event store answers, but a subscription of Contract at position 0 retries after TransientStoreException, ", StringComparison.Ordinal));
        Assert.Contains(server.Log.Own, l => l.StartsWith(
            "Warning: A subscription of Contract at position 0 retries after TransientStoreException: failure 1 in a row since ", StringComparison.Ordinal));
        Assert.DoesNotContain(server.Log.Lines, l => l.Contains("canary", StringComparison.Ordinal));

        store.IsAway = false;
        await UntilAsync(async () => (await server.SendAsync(HttpMethod.Get, "/health")).Body.StartsWith("store: Healthy", StringComparison.Ordinal));
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => following);
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        for (var i = 0; !await condition(); i++)
        {
            Assert.True(i < 1000, "The health didn't change as expected.");
            await Task.Delay(20, Token);
        }
    }

    private static string Describe(HealthReport report) =>
        string.Join(", ", report.Entries.Select(e => $"{e.Key}: {e.Value.Status}: {e.Value.Description}: {e.Value.Exception?.Message}"));

    private static async Task DoesNotStartAsync(string url, EventStoreOptions options)
    {
        var builder = WebServer.CreateBuilder(new CapturedLog());
        builder.Services.AddKennel(url, options).AddHostedEventStore<Kennel>();
        await using var app = builder.Build();

        await Assert.ThrowsAsync<StoreConfigurationException>(() => app.StartAsync(Token));
    }

    /// <summary>Answers the health check, while reads of its log fail when the test says so.</summary>
    private sealed class ShakyStore : IEventSourcedApplication
    {
        public ShakyStore() => Log = Subscribing.Log(new HookedRecorder(new InMemoryRecorder<Guid>())
        {
            AfterRead = () => IsAway ? throw new TransientStoreException("canary") : Task.CompletedTask,
        });

        public NotificationLog<Guid> Log { get; }

        public bool IsAway { get; set; }

        public SubscriptionMonitor? Subscriptions => Log.Subscriptions;

        public ValueTask OpenAsync(CancellationToken cancellationToken) => default;

        public ValueTask<long?> GetMaxPositionAsync(CancellationToken cancellationToken) => ValueTask.FromResult<long?>(null);

        public StoreSession CreateSession() => throw new NotSupportedException();

        public ValueTask DisposeAsync() => default;
    }

    private sealed class DeadStore(ManualResetEventSlim? hangsUntil) : IEventSourcedApplication
    {
        public ValueTask OpenAsync(CancellationToken cancellationToken) => default;

        public ValueTask<long?> GetMaxPositionAsync(CancellationToken cancellationToken)
        {
            // Like a driver that ignores cancellation.
            hangsUntil?.Wait(CancellationToken.None);
            throw new StoreException("canary");
        }

        public StoreSession CreateSession() => throw new NotSupportedException();

        public ValueTask DisposeAsync() => default;
    }
}
