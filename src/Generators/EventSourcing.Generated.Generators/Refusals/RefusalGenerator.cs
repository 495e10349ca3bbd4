using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Refusals;

/// <summary>Generates one file for each class with members that can't raise their event.</summary>
internal static class RefusalGenerator
{
    public const string Feature = "Refused";

    /// <summary>Registers the files of aggregates, or those of other classes, under another name.</summary>
    public static void Register(
        IncrementalGeneratorInitializationContext context, IncrementalValuesProvider<RefusalModel> refusals, IncrementalValueProvider<bool> isBuild, string feature = Feature) =>
        context.RegisterSourceOutput(refusals.WithHintNames(static model => model.Shell).Combine(isBuild), (output, pair) =>
        {
            var (model, hintName) = pair.Left;
            output.Add(hintName, feature, writer => model.Shell.Write(writer, "", members => RefusalEmitter.Write(model, pair.Right, members)));
        });
}
