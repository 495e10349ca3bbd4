using EventSourcing.Generators.Aggregates;
using EventSourcing.Generators.Applications;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Events;
using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators;

/// <summary>
/// Reports refusals in a build. It is a separate branch of the pipeline: a diagnostic that moves, as it does with each edit above it,
/// doesn't generate source again.
/// </summary>
internal static class DiagnosticGenerator
{
    public static void Register(
        IncrementalGeneratorInitializationContext context,
        IncrementalValueProvider<bool> isBuild,
        IncrementalValuesProvider<EquatableArray<DiagnosticModel>> aggregates,
        IncrementalValuesProvider<EquatableArray<DiagnosticModel>> outside,
        IncrementalValuesProvider<EquatableArray<DiagnosticModel>> applications,
        IncrementalValuesProvider<EquatableArray<DiagnosticModel>> views)
    {
        Report(context, isBuild, Joined(aggregates));
        Report(context, isBuild, Joined(outside));
        Report(context, isBuild, Joined(applications));
        Report(context, isBuild, Joined(views));
        foreach (var attribute in AdapterRules.Attributes)
        {
            Report(context, isBuild, Joined(OutsideApplication(context, attribute)));
        }

        // This needs the whole program at once, and so it runs in builds only.
        Report(context, isBuild, context.CompilationProvider
            .Combine(isBuild)
            .Select(static (all, cancellation) => all.Right ? OfProgram(all.Left, cancellation) : EquatableArray<DiagnosticModel>.Empty));
    }

    private static void Report(IncrementalGeneratorInitializationContext context, IncrementalValueProvider<bool> isBuild, IncrementalValueProvider<EquatableArray<DiagnosticModel>> found) =>
        context.RegisterSourceOutput(found.Combine(isBuild), static (output, pair) =>
        {
            foreach (var diagnostic in pair.Left)
            {
                // In an editor the analyzers report. Only the generator knows of its own failure.
                if (pair.Right || diagnostic.Id == Rules.GeneratorFailed.Id)
                {
                    output.ReportDiagnostic(diagnostic.ToDiagnostic());
                }
            }
        });

    // A wrong language version is one mistake, however many aggregates there are.
    private static IncrementalValueProvider<EquatableArray<DiagnosticModel>> Joined(IncrementalValuesProvider<EquatableArray<DiagnosticModel>> parts) =>
        parts.Where(static part => part.Count > 0).Collect().Select(static (all, _) => all
            .SelectMany(part => part)
            .GroupBy(d => d.Id == Rules.LanguageVersion.Id ? (object)d.Id : d)
            .Select(same => same.First())
            .ToEquatableArray());

    private static IncrementalValuesProvider<EquatableArray<DiagnosticModel>> OutsideApplication(IncrementalGeneratorInitializationContext context, string attribute) =>
        context.SyntaxProvider.ForAttributeWithMetadataName(
            attribute,
            static (node, _) => node is TypeDeclarationSyntax,
            static (source, _) => source.TargetSymbol is INamedTypeSymbol type && type.FindAttribute(KnownNames.EventSourcedApplication) is null
                ? Of(report => AdapterRules.CheckOutsideApplication(type, source.Attributes, report)).ToEquatableArray()
                : EquatableArray<DiagnosticModel>.Empty);

    private static EquatableArray<DiagnosticModel> OfProgram(Compilation compilation, CancellationToken cancellation) => Of(report =>
    {
        var topics = TopicIndex.Of(compilation, cancellation);
        foreach (var aggregate in topics.OwnAggregates)
        {
            TopicRules.CheckAggregate(aggregate, topics, report);
        }

        foreach (var derived in topics.Derived)
        {
            AggregateParser.CheckDerived(derived, report);
        }

        CreationRules.CheckAll(topics.OwnAggregates, topics.Aggregates, topics.Applications, compilation, report, cancellation);
        Converters.CheckAssembly(compilation, report);
    }).ToEquatableArray();

    private static IEnumerable<DiagnosticModel> Of(Action<Action<Diagnostic>> check)
    {
        var found = new List<Diagnostic>();
        check(found.Add);
        return found.Select(DiagnosticModel.Of);
    }
}
