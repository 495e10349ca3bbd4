using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
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

/// <summary>A row for each dog, whose events wait behind the trick "fail".</summary>
[Projection("patient", OnError = ProjectionErrorPolicy.Park)]
public sealed partial record PatientRow([property: Key] Guid DogId, int Tricks)
{
    private static PatientRow When(PatientRow? row, Dog.TrickAdded e, EventHeader header) =>
        e.Trick == "fail" ? throw new InvalidOperationException("a bug") : new(header.AggregateId, (row?.Tricks ?? 0) + 1);
}

/// <summary>An application whose projection goes on after an error.</summary>
[EventSourcedApplication(typeof(Dog), typeof(PatientRow))]
public sealed partial class Clinic;

/// <summary>An application with projections.</summary>
[EventSourcedApplication(typeof(Dog), typeof(DogRow), typeof(TrickRow))]
public sealed partial class Agency;

/// <summary>The number of dogs with a name, written with their events.</summary>
[Projection("names", Inline = true)]
public sealed partial record NameRow([property: Key] string Name, int Dogs)
{
    private static string KeyOf(Dog.Registered e) => e.Name;

    private static NameRow When(NameRow? row, Dog.Registered e) => new(e.Name, (row?.Dogs ?? 0) + 1);
}

/// <summary>An application with an inline view.</summary>
[EventSourcedApplication(typeof(Dog), typeof(NameRow))]
public sealed partial class Register;

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
        var line = await FindLineAsync(log, "has stopped");
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
        Assert.Contains("The projection dogs of Lonely has stopped", await FindLineAsync(log, "has stopped"), StringComparison.Ordinal);

        using var client = new HttpClient { BaseAddress = new Uri(server.Urls.Single()) };
        for (var i = 0; i < 10; i++)
        {
            Assert.StartsWith("Degraded", await client.GetStringAsync("/health", Token), StringComparison.Ordinal);
            await Task.Delay(20, Token);
        }

        Assert.False(server.Lifetime.ApplicationStopping.IsCancellationRequested);
        await server.StopAsync(Token);
    }

    [Theory]
    [InlineData(TestStore.Memory)]
    [InlineData(TestStore.Sqlite)]
    [InlineData(TestStore.PostgreSql)]
    public async Task A_parked_event_is_logged_and_counted_and_degrades_the_health(string engine)
    {
        using var store = new TestStore(engine);
        var log = new CapturedLog();
        using var measured = new Measured("Clinic");
        await using var server = await StartAsync<Clinic>(store.Url, log, (services, url) => services.AddClinic(url));
        var clinic = server.Services.GetRequiredService<Clinic>();
        using var client = new HttpClient { BaseAddress = new Uri(server.Urls.Single()) };
        var dog = new Dog("Fido");
        dog.AddTrick("sit");
        dog.AddTrick("fail");
        dog.AddTrick("roll");
        var recorded = await clinic.SaveAsync(dog, Token);
        Assert.Equal(1, (await clinic.Views.PatientRow.GetAsync(dog.Id, atLeast: recorded[^1].Position, cancellationToken: Token))!.Tricks);
        Assert.Equal("Degraded: The event store answers, but these projections have parked events: patient has 2.", await client.GetStringAsync("/health", Token));
        var line = await FindLineAsync(log, "has parked");
        Assert.StartsWith(
            "Error EventSourcing: The projection patient of Clinic has parked the event at position 3: the code for TrickAdded threw InvalidOperationException (Dog.TrickAdded, aggregate",
            line, StringComparison.Ordinal);
        Assert.Contains("a bug", line, StringComparison.Ordinal);
        await server.StopAsync(Token);
        Assert.Equal(3, measured.Sum("eventsourcing.projections.events patient"));
        Assert.Equal(1, measured.Sum("eventsourcing.projections.failures patient parked"));
        Assert.InRange(measured.Sum("eventsourcing.projections.delay patient"), 0, 60);
    }

    [Fact]
    public async Task An_inline_view_that_saves_write_needs_no_owner_to_be_healthy()
    {
        var lease = TimeSpan.FromSeconds(1);
        using var store = new TestStore(TestStore.Memory);
        await using var server = await StartAsync<Register>(
            store.Url, null, (services, url) => services.AddRegister(url, new EventStoreOptions { ProjectionLease = lease }));
        var registry = server.Services.GetRequiredService<Register>();
        using var client = new HttpClient { BaseAddress = new Uri(server.Urls.Single()) };
        await registry.SaveAsync(new Dog("Fido"), Token);
        Assert.Equal(1, (await registry.Views.NameRow.GetAsync("Fido", cancellationToken: Token))!.Dogs);
        for (var time = System.Diagnostics.Stopwatch.StartNew(); time.Elapsed < lease * 5;)
        {
            Assert.Equal("Healthy: The event store answers.", await client.GetStringAsync("/health", Token));
            await Task.Delay(100, Token);
        }

        Assert.Equal((true, 0L, null), (await registry.Projections.GetStatusAsync(Token)).Select(static s => (s.IsInline, s.Lag, s.Owner)).Single());
        await server.StopAsync(Token);
    }

    [Fact]
    public async Task A_projection_that_does_not_advance_fails_the_health_check_until_it_does()
    {
        using var store = new TestStore(TestStore.PostgreSql);
        await using var server = await StartAsync<Agency>(
            store.Url, null, (services, url) => services.AddAgency(url, new EventStoreOptions { ProjectionLease = TimeSpan.FromSeconds(1) }));
        var agency = server.Services.GetRequiredService<Agency>();
        using var client = new HttpClient { BaseAddress = new Uri(server.Urls.Single()) };
        await using var connection = store.Database!.Connect();
        var dog = new Dog("Fido");
        dog.AddTrick("roll");


        // The lock comes when both projections have an owner: taking one over needs the table, too.
        for (var i = 0; (await agency.Projections.GetStatusAsync(Token)).Any(status => status.Owner is null); i++)
        {
            Assert.True(i < 1000, "A projection has no owner.");
            await Task.Delay(20, Token);
        }

        await using (var transaction = await connection.BeginTransactionAsync(Token))
        {
            await using var command = new Npgsql.NpgsqlCommand("LOCK TABLE agency_dogs IN EXCLUSIVE MODE", connection, transaction);
            await command.ExecuteNonQueryAsync(Token);
            await agency.SaveAsync(dog, Token);
            await UntilAsync("Unhealthy: The event store answers, but these projections don't advance: dogs after position 0.");
            var status = (await agency.Projections.GetStatusAsync(Token)).Single(status => status.Projection == "dogs");
            Assert.Equal(2, status.Lag);
            Assert.InRange(status.Age, TimeSpan.FromSeconds(3), TimeSpan.FromMinutes(5));
            await transaction.RollbackAsync(Token);
        }

        await UntilAsync("Healthy: The event store answers.");
        Assert.All(await agency.Projections.GetStatusAsync(Token), status => Assert.Equal((0, TimeSpan.Zero), (status.Lag, status.Age)));
        await server.StopAsync(Token);

        async Task UntilAsync(string expected)
        {
            for (var i = 0; await client.GetStringAsync("/health", Token) is var health && health != expected; i++)
            {
                Assert.True(i < 1000, health);
                await Task.Delay(50, Token);
            }
        }
    }

    /// <summary>Waits for a line of the log.</summary>
    /// <returns>The line with the text, the only one.</returns>
    private static async Task<string> FindLineAsync(CapturedLog log, string text)
    {
        string[] lines;
        for (var i = 0; (lines = [.. log.Lines.Where(line => line.Contains(text, StringComparison.Ordinal))]).Length == 0; i++)
        {
            Assert.True(i < 1000, $"No line of the log contains '{text}'.");
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

/// <summary>The measurements of the projections of an application.</summary>
internal sealed class Measured : IDisposable
{
    private readonly ConcurrentDictionary<string, double> _sums = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();

    public Measured(string application)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name.StartsWith("eventsourcing.projections", StringComparison.Ordinal))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags.ToArray()));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags.ToArray()));
        _listener.Start();

        void Add(Instrument instrument, double value, KeyValuePair<string, object?>[] tags)
        {
            if (tags[0] is { Key: "eventsourcing.application", Value: string name } && name == application)
            {
                _sums.AddOrUpdate($"{instrument.Name} {string.Join(' ', tags.Skip(1).Select(tag => tag.Value))}", value, (_, sum) => sum + value);
            }
        }
    }

    public double Sum(string name) => _sums[name];

    public void Dispose() => _listener.Dispose();
}
