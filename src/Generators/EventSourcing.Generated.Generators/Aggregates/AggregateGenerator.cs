using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Aggregates;

/// <summary>One file for each aggregate: its events, the members that raise them, and what loads and saves it.</summary>
internal static class AggregateGenerator
{
    public static void Register(IncrementalGeneratorInitializationContext context, IncrementalValuesProvider<AggregateModel> aggregates) =>
        context.RegisterSourceOutput(aggregates, static (output, model) =>
        {
            var writer = new SourceWriter();
            AggregateEmitter.Write(model, writer);
            output.AddSource($"{model.Shell.MetadataName}.Aggregate.g.cs", writer.ToSourceText());
        });
}
