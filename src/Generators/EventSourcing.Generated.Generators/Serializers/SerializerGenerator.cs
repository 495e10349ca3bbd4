using EventSourcing.Generators.Aggregates;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Serializers;

/// <summary>The pipeline from an aggregate to its serializers.</summary>
internal static class SerializerGenerator
{
    public const string Step = "Serializers";

    public static void Register(IncrementalGeneratorInitializationContext context, IncrementalValuesProvider<AggregateModel> aggregates) =>
        context.RegisterSourceOutput(aggregates.WithHintNames(static model => model.Shell).WithTrackingName(Step), static (output, named) =>
        {
            var (model, hintName) = named;
            var writer = new SourceWriter();
            model.Shell.Write(writer, "", members => SerializerEmitter.Write(model, members));
            output.AddSource($"{hintName}.Json.g.cs", writer.ToSourceText());
        });
}
