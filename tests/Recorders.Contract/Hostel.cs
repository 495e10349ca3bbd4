using EventSourcing;

namespace Recorders.Contract;

/// <summary>A row for each pup, written in the transaction of the save.</summary>
[Projection("lodgers", Inline = true)]
public sealed partial record Lodger([property: Key] PupId PupId, string Name, int Tricks)
{
    private static Lodger When(Pup.Born e, EventHeader header) => new(new PupId(header.AggregateId), e.Name, 0);

    private Lodger When(Pup.Learned e) => this with { Tricks = Tricks + 1 };

    private Lodger? When(Pup.Left e) => null;
}

/// <summary>A row for each trick, which all saves change.</summary>
[Projection("lodger_tricks", Inline = true)]
public sealed partial record LodgerTrick([property: Key] string Trick, long Uses)
{
    private static string KeyOf(Pup.Learned e) => e.Trick;

    private static LodgerTrick When(LodgerTrick? row, Pup.Learned e) => new(e.Trick, (row?.Uses ?? 0) + 1);
}

/// <summary>An application whose views are all inline, so that it needs no runner.</summary>
[EventSourcedApplication(typeof(Pup), typeof(Lodger), typeof(LodgerTrick), TablePrefix = "hostel")]
public sealed partial class Hostel;
