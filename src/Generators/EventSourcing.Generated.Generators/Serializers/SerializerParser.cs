using EventSourcing.Generators.Aggregates;

namespace EventSourcing.Generators.Serializers;

/// <summary>Takes from an aggregate what its serializer depends on. The symbols were read by the parsers of events and shapes.</summary>
internal static class SerializerParser
{
    public static SerializerModel Parse(AggregateModel aggregate) => new()
    {
        Shell = aggregate.Shell,
        Events = aggregate.Events,
        Shapes = aggregate.Shapes,
    };
}
