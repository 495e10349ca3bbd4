using EventSourcing.Generators.Events;
using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Serializers;

/// <summary>The parts of an aggregate that the serializer of its events depends on, in any format.</summary>
internal sealed record SerializerModel
{
    public required TypeShell Shell { get; init; }

    public required EquatableArray<EventModel> Events { get; init; }

    /// <summary>The shapes of the types of the events' fields, and of their parts.</summary>
    public required EquatableArray<ShapeModel> Shapes { get; init; }
}
