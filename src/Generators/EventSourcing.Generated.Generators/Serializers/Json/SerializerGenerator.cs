using EventSourcing.Generators.Aggregates;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Serializers.Json;

/// <summary>The pipeline from an aggregate to its serializers.</summary>
internal static class SerializerGenerator
{
    public const string Step = "Serializers";
    public const string Feature = "Json";

    public static void Register(IncrementalGeneratorInitializationContext context, IncrementalValuesProvider<AggregateModel> aggregates) =>
        context.RegisterSourceOutput(aggregates.WithHintNames(static model => model.Shell).WithTrackingName(Step), static (output, named) =>
            output.Add(named.HintName, Feature, writer => SerializerEmitter.WriteFile(named.Model, writer)));
}
