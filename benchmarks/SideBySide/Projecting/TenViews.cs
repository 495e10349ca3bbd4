using EventSourcing;

namespace Benchmarks.Projecting;

/// <summary>
/// Decides whether the events have rows in the ten views. Without rows, nothing but the log is read, and nothing but the position is written.
/// </summary>
internal static class Rows
{
    public static bool AreOn { get; set; } = true;

    public static Guid[] Of(EventHeader header) => AreOn ? [header.AggregateId] : [];
}

/// <summary>The library with one of the ten views.</summary>
[EventSourcedApplication(typeof(Account), typeof(View0), TablePrefix = "bank")]
internal sealed partial class OneViewBank;

/// <summary>The library with all ten.</summary>
[EventSourcedApplication(
    typeof(Account), typeof(View0), typeof(View1), typeof(View2), typeof(View3), typeof(View4), typeof(View5), typeof(View6), typeof(View7),
    typeof(View8), typeof(View9), TablePrefix = "bank")]
internal sealed partial class TenViewsBank;

[Projection("view0")]
internal sealed partial record View0([property: Key] Guid AccountId, string Name, int Count)
{
    private static Guid[] KeyOf(Account.Opened e, EventHeader header) => Rows.Of(header);

    private static Guid[] KeyOf(Account.Changed e, EventHeader header) => Rows.Of(header);

    private static View0 When(Account.Opened e, EventHeader header) => new(header.AggregateId, e.Name, 0);

    private View0 When(Account.Changed e) => this with { Name = e.Name, Count = Count + 1 };
}

[Projection("view1")]
internal sealed partial record View1([property: Key] Guid AccountId, string Name, int Count)
{
    private static Guid[] KeyOf(Account.Opened e, EventHeader header) => Rows.Of(header);

    private static Guid[] KeyOf(Account.Changed e, EventHeader header) => Rows.Of(header);

    private static View1 When(Account.Opened e, EventHeader header) => new(header.AggregateId, e.Name, 0);

    private View1 When(Account.Changed e) => this with { Name = e.Name, Count = Count + 1 };
}

[Projection("view2")]
internal sealed partial record View2([property: Key] Guid AccountId, string Name, int Count)
{
    private static Guid[] KeyOf(Account.Opened e, EventHeader header) => Rows.Of(header);

    private static Guid[] KeyOf(Account.Changed e, EventHeader header) => Rows.Of(header);

    private static View2 When(Account.Opened e, EventHeader header) => new(header.AggregateId, e.Name, 0);

    private View2 When(Account.Changed e) => this with { Name = e.Name, Count = Count + 1 };
}

[Projection("view3")]
internal sealed partial record View3([property: Key] Guid AccountId, string Name, int Count)
{
    private static Guid[] KeyOf(Account.Opened e, EventHeader header) => Rows.Of(header);

    private static Guid[] KeyOf(Account.Changed e, EventHeader header) => Rows.Of(header);

    private static View3 When(Account.Opened e, EventHeader header) => new(header.AggregateId, e.Name, 0);

    private View3 When(Account.Changed e) => this with { Name = e.Name, Count = Count + 1 };
}

[Projection("view4")]
internal sealed partial record View4([property: Key] Guid AccountId, string Name, int Count)
{
    private static Guid[] KeyOf(Account.Opened e, EventHeader header) => Rows.Of(header);

    private static Guid[] KeyOf(Account.Changed e, EventHeader header) => Rows.Of(header);

    private static View4 When(Account.Opened e, EventHeader header) => new(header.AggregateId, e.Name, 0);

    private View4 When(Account.Changed e) => this with { Name = e.Name, Count = Count + 1 };
}

[Projection("view5")]
internal sealed partial record View5([property: Key] Guid AccountId, string Name, int Count)
{
    private static Guid[] KeyOf(Account.Opened e, EventHeader header) => Rows.Of(header);

    private static Guid[] KeyOf(Account.Changed e, EventHeader header) => Rows.Of(header);

    private static View5 When(Account.Opened e, EventHeader header) => new(header.AggregateId, e.Name, 0);

    private View5 When(Account.Changed e) => this with { Name = e.Name, Count = Count + 1 };
}

[Projection("view6")]
internal sealed partial record View6([property: Key] Guid AccountId, string Name, int Count)
{
    private static Guid[] KeyOf(Account.Opened e, EventHeader header) => Rows.Of(header);

    private static Guid[] KeyOf(Account.Changed e, EventHeader header) => Rows.Of(header);

    private static View6 When(Account.Opened e, EventHeader header) => new(header.AggregateId, e.Name, 0);

    private View6 When(Account.Changed e) => this with { Name = e.Name, Count = Count + 1 };
}

[Projection("view7")]
internal sealed partial record View7([property: Key] Guid AccountId, string Name, int Count)
{
    private static Guid[] KeyOf(Account.Opened e, EventHeader header) => Rows.Of(header);

    private static Guid[] KeyOf(Account.Changed e, EventHeader header) => Rows.Of(header);

    private static View7 When(Account.Opened e, EventHeader header) => new(header.AggregateId, e.Name, 0);

    private View7 When(Account.Changed e) => this with { Name = e.Name, Count = Count + 1 };
}

[Projection("view8")]
internal sealed partial record View8([property: Key] Guid AccountId, string Name, int Count)
{
    private static Guid[] KeyOf(Account.Opened e, EventHeader header) => Rows.Of(header);

    private static Guid[] KeyOf(Account.Changed e, EventHeader header) => Rows.Of(header);

    private static View8 When(Account.Opened e, EventHeader header) => new(header.AggregateId, e.Name, 0);

    private View8 When(Account.Changed e) => this with { Name = e.Name, Count = Count + 1 };
}

[Projection("view9")]
internal sealed partial record View9([property: Key] Guid AccountId, string Name, int Count)
{
    private static Guid[] KeyOf(Account.Opened e, EventHeader header) => Rows.Of(header);

    private static Guid[] KeyOf(Account.Changed e, EventHeader header) => Rows.Of(header);

    private static View9 When(Account.Opened e, EventHeader header) => new(header.AggregateId, e.Name, 0);

    private View9 When(Account.Changed e) => this with { Name = e.Name, Count = Count + 1 };
}
