using EventSourcing.Generators.Aggregates;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Serializers;

/// <summary>The pipeline from an aggregate to its serializers.</summary>
internal static class SerializerGenerator
{
    public const string Step = "Serializers";

    public static void Register(IncrementalGeneratorInitializationContext context, IncrementalValuesProvider<AggregateModel> aggregates) =>
        context.RegisterSourceOutput(aggregates.WithTrackingName(Step), static (output, model) =>
        {
            var writer = new SourceWriter();
            model.Shell.Write(writer, "", members => SerializerEmitter.Write(model, members));
            output.AddSource(model.Shell.MetadataName + ".Json.g.cs", writer.ToSourceText());
        });
}
