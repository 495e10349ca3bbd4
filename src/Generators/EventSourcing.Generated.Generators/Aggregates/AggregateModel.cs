using EventSourcing.Generators.Events;
using EventSourcing.Generators.Ids;
using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Aggregates;

/// <summary>An <c>[EventSourced]</c> class.</summary>
internal sealed record AggregateModel
{
    public required TypeShell Shell { get; init; }

    /// <summary>Whether the aggregate is abstract. An abstract aggregate has commands, but it doesn't create ids and has no creation event.</summary>
    public required bool IsAbstract { get; init; }

    /// <summary>The full name of the abstract aggregate that this one derives from.</summary>
    public required string? Base { get; init; }

    public required IdModel Id { get; init; }

    /// <summary>The accessibility of the property Id: public, or internal when its type is internal.</summary>
    public required string IdAccessibility { get; init; }

    /// <summary>The events in the order of their declarations.</summary>
    public required EquatableArray<EventModel> Events { get; init; }

    /// <summary>Public readable properties that the user declared, for ToString.</summary>
    public required EquatableArray<string> Properties { get; init; }

    /// <summary>Whether the user wrote a ToString, here or in a base class.</summary>
    public required bool HasToString { get; init; }

    /// <summary>Whether generated constructors need [SetsRequiredMembers].</summary>
    public required bool HasRequiredMembers { get; init; }

    /// <summary>How the types of the events' fields are written and read.</summary>
    public required EquatableArray<ShapeModel> Shapes { get; init; }
}
