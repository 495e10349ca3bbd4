using EventSourcing.Generators.Shapes;

namespace EventSourcing.Generators.Events;

/// <summary>What is to be done with an event when it is raised: what its fields need, and its record itself.</summary>
internal static class EventFixings
{
    public static Fixing Of(this Fixings fixings, EventModel e) =>
        e.Contract.Fields.Select(f => fixings.Of(f.Shape)).Append(!e.IsImmutable ? Fixing.Copy : e.IsCompared ? Fixing.Check : Fixing.None).Max();
}
