using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Serializers.Json;

/// <summary>Generates one file for each aggregate: the class that writes and reads the states of its events.</summary>
internal static class SerializerGenerator
{
    public const string Step = "Serializers";
    public const string Feature = "Json";

    public static void Register(IncrementalGeneratorInitializationContext context, IncrementalValuesProvider<SerializerModel> serializers) =>
        context.RegisterSourceOutput(serializers.WithHintNames(static model => model.Shell).WithTrackingName(Step), static (output, named) =>
            output.Add(named.HintName, Feature, writer => SerializerEmitter.WriteFile(named.Model, writer)));
}
