using EventSourcing;
using EventSourcing.Recording;

namespace Recorders.Contract;

/// <summary>A base with an event of its own.</summary>
[EventSourced]
public abstract partial class Shipment
{
    public string Place { get; private set; } = "";

    [Event("Moved")]
    public partial void Move(string place);

    private void Apply(Moved e) => Place = e.Place;
}

/// <summary>An aggregate that had another name, like one of its events.</summary>
[EventSourced(FormerTopics = ["Package"])]
public sealed partial class Crate : Shipment
{
    [Event("Packed")]
    public partial Crate(int weight);

    private void Apply(Packed e) => Weight = e.Weight;

    public int Weight { get; private set; }

    [Event("Sent", FormerTopics = ["Crate.Posted"])]
    public sealed partial record Sent(string To);

    private void Apply(Sent e)
    {
    }

    public void Send(string to) => Raise(new Sent(to));
}

[EventSourcedApplication(typeof(Crate), typeof(Dog), TablePrefix = "crates")]
public sealed partial class Crates;

internal static class FilterCases
{
    private static readonly string[] SentTopics = ["Crate.Sent", "Crate.Posted", "Package.Sent"];

    public static IEnumerable<ContractCase> All =>
    [
        new("filters find events that were stored under former topics", async fixture =>
        {
            await using var crates = await Crates.OpenForAsync(fixture);
            await StoreAsync(crates);
            foreach (var topics in (IReadOnlyCollection<string>[])[Topics.Of<Crate.Sent>(), ["Crate.Sent"], ["Crate.Posted"], ["Package.Sent", "Crate.Sent"]])
            {
                Check.Sequence([3, 4, 5], await ReadAsync(crates, topics));
                Check.Sequence([3, 4, 5], (await crates.NotificationLog.SelectAsync(topics: topics)).Select(r => r.Position!.Value));
                Check.Sequence([3, 4, 5], await Subscribing.TakeAsync(crates.NotificationLog.SubscribeAsync(topics: topics), 3));
                await foreach (var batch in crates.NotificationLog.SubscribeInBatchesAsync(topics: topics))
                {
                    Check.Sequence([3, 4, 5], batch.Events.Select(r => r.Position!.Value));
                    break;
                }
            }
        }),
        new("filters name events, aggregates with inherited events, and several of them", async fixture =>
        {
            await using var crates = await Crates.OpenForAsync(fixture);
            await StoreAsync(crates);
            Check.Sequence(SentTopics, Topics.Of<Crate.Sent>());
            Check.Sequence(["Crate.Packed", "Package.Packed", .. SentTopics, "Shipment.Moved"], Topics.Of<Crate>());
            Check.Sequence([1, 2, 3, 4, 5], await ReadAsync(crates, Topics.Of<Crate>()));
            Check.Sequence([2], await ReadAsync(crates, Topics.Of<Shipment.Moved>()));
            Check.Sequence([2, 6], await ReadAsync(crates, Topics.Of<Shipment.Moved, Dog>()));
            Check.Sequence([1, 2, 6], await ReadAsync(crates, Topics.Of<Crate.Packed, Shipment.Moved, Dog.Registered>()));
        }),
        new("filters find the events that a transaction holds", async fixture =>
        {
            await using var crates = await Crates.OpenForAsync(fixture);
            await StoreAsync(crates);
            await using var transaction = await crates.Recorder.BeginTransactionAsync();
            var crate = new Crate(7);
            crate.Send("here");
            await crates.SaveAsync(crate);
            Check.Equal(4, (await crates.NotificationLog.SelectAsync(topics: ["Crate.Posted"])).Count);
            await transaction.CommitAsync();
        }),
        new("a filter by a topic that no event has is refused at the call", async fixture =>
        {
            await using var crates = await Crates.OpenForAsync(fixture);
            foreach (var topic in (string[])["Crate.Snt", "Cat.Registered", "", "crate.sent", new string('x', 10_000) + "\r\n"])
            {
                var failure = await Check.ThrowsAsync<ArgumentException>(() => Task.FromResult(crates.NotificationLog.ReadAllAsync(topics: ["Crate.Sent", topic])));
                Check.True(failure.Message.Contains("'Crates' has no event with the topic", StringComparison.Ordinal) && failure.Message.Length < 600 && !failure.Message.Contains("\r\n\r", StringComparison.Ordinal), failure.Message);
                await Check.ThrowsAsync<ArgumentException>(() => Task.FromResult(crates.NotificationLog.SubscribeAsync(topics: [topic])));
                await Check.ThrowsAsync<ArgumentException>(() => Task.FromResult(crates.NotificationLog.SubscribeInBatchesAsync(topics: [topic])));
                await Check.ThrowsAsync<ArgumentException>(async () => await crates.NotificationLog.SelectAsync(topics: [topic]));
            }

            await Check.ThrowsAsync<ArgumentException>(() => Task.FromResult(crates.NotificationLog.ReadAllAsync(topics: [null!])));
        }),
    ];

    // 1 Packed, 2 Moved, 3 Sent, 4 and 5 as it was stored before, 6 a dog.
    private static async Task StoreAsync(Crates crates)
    {
        var crate = new Crate(3);
        crate.Move("Lima");
        crate.Send("Rome");
        await crates.SaveAsync(crate);
        var sent = (await crates.Recorder.Provider.SelectNotificationsAsync(1, start: 3))[0];
        await crates.Recorder.Provider.InsertEventsAsync([new StoredEvent<Guid>(crate.Id, 4, "Crate.Posted", sent.State, default)]);
        await crates.Recorder.Provider.InsertEventsAsync([new StoredEvent<Guid>(crate.Id, 5, "Package.Sent", sent.State, default)]);
        await crates.SaveAsync(new Dog("Rex"));
    }

    private static async Task<List<long>> ReadAsync(Crates crates, IReadOnlyCollection<string> topics)
    {
        var positions = new List<long>();
        await foreach (var recording in crates.NotificationLog.ReadAllAsync(topics: topics))
        {
            positions.Add(recording.Position!.Value);
        }

        return positions;
    }
}
