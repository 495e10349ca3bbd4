using EventSourcing.Generators.Shapes;

namespace EventSourcing.Generators.Events;

/// <summary>Determines how an event is handled when it is raised, from its fields and its record.</summary>
internal static class EventFixings
{
    public static Fixing Of(this Fixings fixings, EventModel e) =>
        e.Contract.Fields.Select(f => fixings.Of(f.Shape)).Append(!e.IsImmutable ? Fixing.Copy : e.IsCompared ? Fixing.Check : Fixing.None).Max();
}
