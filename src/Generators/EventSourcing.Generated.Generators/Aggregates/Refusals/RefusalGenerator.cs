using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Aggregates.Refusals;

/// <summary>One file for each class with members that can't raise their event.</summary>
internal static class RefusalGenerator
{
    public static void Register(IncrementalGeneratorInitializationContext context, IncrementalValuesProvider<RefusalModel> refusals, string feature) =>
        context.RegisterSourceOutput(refusals.WithHintNames(static model => model.Shell), (output, named) =>
        {
            var (model, hintName) = named;
            var writer = new SourceWriter();
            model.Shell.Write(writer, "", members => RefusalEmitter.Write(model, members));
            output.AddSource($"{hintName}.{feature}.g.cs", writer.ToSourceText());
        });
}
