using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Recorders;

/// <summary>Generates one file for each recorder of an application, named after the engine.</summary>
internal static class RecorderGenerator
{
    public static void Register(IncrementalGeneratorInitializationContext context, IncrementalValuesProvider<RecorderModel> recorders) =>
        context.RegisterSourceOutput(recorders.WithHintNames(static model => model.Shell), static (output, named) =>
        {
            var (model, hintName) = named;
            foreach (var engine in model.Engines)
            {
                output.Add(hintName, engine.Provider.Name, writer => model.Shell.Write(writer, "", members => RecorderEmitter.Write(model, engine, members)));
            }
        });
}
