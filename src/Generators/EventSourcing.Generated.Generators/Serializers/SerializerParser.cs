using EventSourcing.Generators.Aggregates;

namespace EventSourcing.Generators.Serializers;

/// <summary>Takes the parts of an aggregate that its serializer depends on. The parsers of events and shapes have read the symbols.</summary>
internal static class SerializerParser
{
    public static SerializerModel Parse(AggregateModel aggregate) => new()
    {
        Shell = aggregate.Shell,
        Events = aggregate.Events,
        Shapes = aggregate.Shapes,
    };
}
