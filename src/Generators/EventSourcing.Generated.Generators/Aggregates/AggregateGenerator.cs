using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Aggregates;

/// <summary>Generates one file for each aggregate: its events, the members that raise them, and the code that loads and saves it.</summary>
internal static class AggregateGenerator
{
    public static void Register(IncrementalGeneratorInitializationContext context, IncrementalValuesProvider<AggregateModel> aggregates) =>
        context.RegisterSourceOutput(aggregates.WithHintNames(static model => model.Shell), static (output, named) =>
            output.Add(named.HintName, "Aggregate", writer => AggregateEmitter.Write(named.Model, writer)));
}
