using EventSourcing.Generators.Events;
using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Serializers;

/// <summary>What the serializer of an aggregate's events depends on, whatever the format.</summary>
internal sealed record SerializerModel
{
    public required TypeShell Shell { get; init; }

    public required EquatableArray<EventModel> Events { get; init; }

    /// <summary>The types of the events' fields, and all that they are made of.</summary>
    public required EquatableArray<ShapeModel> Shapes { get; init; }
}
