using EventSourcing;
using EventSourcing.Recording;
using static Recorders.Contract.Make;

namespace Recorders.Contract;

/// <summary>An exception of the program's own code names the event during a load; when an event is raised, it stays as it is.</summary>
internal static class LoadCases
{
    public static IEnumerable<ContractCase> All =>
    [
        With("Load: an exception of Apply names the event and the aggregate", async bills =>
        {
            var id = Guid.NewGuid();
            await InsertAsync(bills, Event(id, 1, "Bill.Written", $$"""{{{Time}},"total":12,"text":"{{SecretWatch.Secret}}"}"""), Event(id, 2, "Bill.Split", $$"""{{{Time}},"people":0}"""));

            var exception = await Check.ThrowsAsync<ApplyException>(async () => await bills.Repository.GetAsync<Bill>(id));

            Check.Equal(("Bill", "Bill.Split", (object?)id, 2L), (exception.AggregateType, exception.Topic, exception.AggregateId, exception.Version));
            Check.True(exception.Position is not null);
            Check.True(exception.InnerException is DivideByZeroException);
            Check.True(exception.Message.StartsWith($"The Bill can't be loaded, because Apply(Split) threw DivideByZeroException (topic Bill.Split, aggregate {id}, version 2", StringComparison.Ordinal));
            // The events before it can be loaded.
            Check.Equal(12, (await bills.Repository.GetAsync<Bill>(id, version: 1)).Total);
        }),
        With("Load: an exception of the creation event's Apply names them too", async bills =>
        {
            var id = Guid.NewGuid();
            await InsertAsync(bills, Event(id, 1, "Bill.Written", $$"""{{{Time}},"total":1,"text":""}"""));

            var exception = await Check.ThrowsAsync<ApplyException>(async () => await bills.Repository.TryGetAsync<Bill>(id));

            Check.Equal(("Bill.Written", 1L, true), (exception.Topic, exception.Version, exception.InnerException is ArgumentOutOfRangeException));
        }),
        With("Load: an exception of the initial state names them too", async bills =>
        {
            var id = Guid.NewGuid();
            await InsertAsync(bills, Event(id, 1, "Broken.Made", $$"""{{{Time}}}"""));

            var exception = await Check.ThrowsAsync<ApplyException>(async () => await bills.Repository.TryGetAsync<Broken>(id));

            Check.Equal(("Broken", "Broken.Made", true), (exception.AggregateType, exception.Topic, exception.InnerException is FormatException));
        }),
        With("Load: an exception of Apply when the event is raised stays as it is", async bills =>
        {
            var bill = new Bill(Guid.NewGuid(), 12, "dinner");
            await bills.SaveAsync(bill);

            await Check.ThrowsAsync<DivideByZeroException>(() => Task.Run(() => bill.Divide(0)));

            await Check.ThrowsAsync<AggregateFaultedException>(async () => await bills.SaveAsync(bill));
            Check.Equal(1, (await bills.Repository.GetAsync<Bill>(bill.Id)).Version);
        }),
    ];

    private const string Time = "\"timestamp\":\"2026-11-23T02:33:16.348611+00:00\"";

    private static ContractCase With(string name, Func<Bills, Task> run) => new(name, async fixture =>
    {
        await using var bills = await Bills.OpenForAsync(fixture);
        await run(bills);
    });

    // Rows that this version of the class would not write, as its Apply throws.
    private static async Task InsertAsync(Bills bills, params StoredEvent<Guid>[] events) => await bills.Recorder.Provider.InsertEventsAsync(events);
}

[EventSourced]
internal sealed partial class Bill
{
    public int Total { get; private set; }

    public char First { get; private set; }

    public int Share { get; private set; }

    [Event("Written")]
    public partial Bill(Guid id, int total, string text);

    private void Apply(Written e) => (Total, First) = (e.Total, e.Text.AsSpan()[..1][0]);

    [Event("Split")]
    public partial void Divide(int people);

    private void Apply(Split e) => Share = Total / e.People;
}

[EventSourced]
internal sealed partial class Broken
{
    public int Number { get; private set; } = int.Parse("one");

    [Event("Made")]
    public partial Broken(Guid id);

    private void Apply(Made e) => Number = 1;
}

[EventSourcedApplication(typeof(Bill), typeof(Broken), TablePrefix = "bills")]
internal sealed partial class Bills;
