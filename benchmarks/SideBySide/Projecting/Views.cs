using EventSourcing;

namespace Benchmarks.Projecting;

/// <summary>The view of W8: one event of an account creates the row, the others change it. The name makes the fold read each event.</summary>
[Projection("changes")]
internal sealed partial record Changes([property: Key] Guid AccountId, string Name, int Count)
{
    private static Changes When(Account.Opened e, EventHeader header) => new(header.AggregateId, e.Name, 0);

    private Changes When(Account.Changed e) => this with { Name = e.Name, Count = Count + 1 };
}

/// <summary>The library with the view.</summary>
[EventSourcedApplication(typeof(Account), typeof(Changes), TablePrefix = "bank")]
internal sealed partial class ViewBank;
