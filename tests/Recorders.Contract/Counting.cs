using EventSourcing;
using Microsoft.Extensions.DependencyInjection;

namespace Recorders.Contract;

/// <summary>How often an event of a topic was seen.</summary>
[EventSourced]
public sealed partial class TopicCounter
{
    public string Topic { get; private set; }

    public int Count { get; private set; }

    public static Guid CreateId(string topic) => UuidV5.Create(UuidV5.Url, $"/counters/{topic}");

    [Event("Started")]
    public partial TopicCounter(string topic);

    private void Apply(Started e) => Topic = e.Topic;

    [Event("Counted")]
    public partial void Increment();

    private void Apply(Counted e) => Count++;
}

/// <summary>Counts events by their topic, in aggregates: what Python calls an event-sourced projection.</summary>
[Projection("topic_counters")]
public sealed partial class TopicCounters(Counting counting)
{
    private async Task When(Dog.Registered e, CancellationToken cancellationToken) => await CountAsync("Registered", cancellationToken);

    private async Task When(Dog.TrickAdded e, CancellationToken cancellationToken) => await CountAsync("TrickAdded", cancellationToken);

    private async Task CountAsync(string topic, CancellationToken cancellationToken)
    {
        var counter = await counting.Repository.TryGetAsync<TopicCounter>(TopicCounter.CreateId(topic), cancellationToken: cancellationToken) ?? new TopicCounter(topic);
        counter.Increment();
        await counting.SaveAsync(counter, cancellationToken);
    }

    private static void Reset()
    {
        // The counters stay: events aren't deleted.
    }
}

/// <summary>Counts events by their topic, in rows.</summary>
[Projection("event_counts")]
public sealed partial record EventCount([property: Key] string Topic, long Count)
{
    private static string KeyOf(Dog.Registered e) => "Registered";

    private static EventCount When(EventCount? row, Dog.Registered e) => new("Registered", (row?.Count ?? 0) + 1);

    private static string KeyOf(Dog.TrickAdded e) => "TrickAdded";

    private static EventCount When(EventCount? row, Dog.TrickAdded e)
    {
        Faults.ThrowFor(e.Trick);
        return new("TrickAdded", (row?.Count ?? 0) + 1);
    }
}

/// <summary>The application whose events are counted.</summary>
[EventSourcedApplication(typeof(Dog), typeof(TopicCounter), typeof(TopicCounters), typeof(EventCount), TablePrefix = "counting")]
public sealed partial class Counting
{
    /// <summary>Opens it on the engine of a fixture. Its handlers get the application itself.</summary>
    public static async ValueTask<Counting> OpenForAsync(RecorderFixture fixture)
    {
        var services = new Services();
        return services.Counting = await OpenAsync(fixture.Create<Counting, Guid>("counting_events", new() { Services = services }, Create, Create), default);
    }

    /// <summary>How often the handlers have counted events of a topic.</summary>
    public async Task<int> CountOfAsync(string topic) => (await Repository.TryGetAsync<TopicCounter>(TopicCounter.CreateId(topic)))?.Count ?? 0;

    private sealed class Services : IServiceProvider, IServiceScopeFactory, IServiceScope
    {
        public Counting? Counting { get; set; }

        public IServiceProvider ServiceProvider => this;

        public object? GetService(Type serviceType) => serviceType == typeof(IServiceScopeFactory) ? this : serviceType == typeof(Counting) ? Counting : null;

        public IServiceScope CreateScope() => this;

        public void Dispose()
        {
        }
    }
}
