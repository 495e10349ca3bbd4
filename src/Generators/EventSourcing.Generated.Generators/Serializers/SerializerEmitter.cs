using EventSourcing.Generators.Aggregates;

namespace EventSourcing.Generators.Serializers;

/// <summary>Writes the class that writes and reads the states of an aggregate's events.</summary>
internal static class SerializerEmitter
{
    public static void Write(AggregateModel model, SourceWriter writer)
    {
    }
}
