using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Projections;

/// <summary>
/// Generates one file for each view: its table, the fold, the reading and writing of its rows, and its queries. And one for each class with
/// handlers: the calls of them.
/// </summary>
internal static class ViewGenerator
{
    public static void Register(IncrementalGeneratorInitializationContext context, IncrementalValuesProvider<ViewModel> views) =>
        context.RegisterSourceOutput(views.WithHintNames(static model => model.Shell), static (output, named) =>
            output.Add(named.HintName, "View", writer => ViewEmitter.Write(named.Model, writer)));

    public static void Register(IncrementalGeneratorInitializationContext context, IncrementalValuesProvider<HandlerClassModel> classes) =>
        context.RegisterSourceOutput(classes.WithHintNames(static model => model.Shell), static (output, named) =>
            output.Add(named.HintName, "Handlers", writer => HandlerClassEmitter.Write(named.Model, writer)));
}
