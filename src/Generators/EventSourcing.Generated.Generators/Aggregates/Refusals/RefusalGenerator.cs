using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Aggregates.Refusals;

/// <summary>One file for each class with members that can't raise their event.</summary>
internal static class RefusalGenerator
{
    public static void Register(IncrementalGeneratorInitializationContext context, IncrementalValuesProvider<RefusalModel> refusals) =>
        context.RegisterSourceOutput(refusals, static (output, model) =>
        {
            var writer = new SourceWriter();
            model.Shell.Write(writer, "", members => RefusalEmitter.Write(model, members));
            output.AddSource($"{model.Shell.MetadataName}.Refused.g.cs", writer.ToSourceText());
        });
}
