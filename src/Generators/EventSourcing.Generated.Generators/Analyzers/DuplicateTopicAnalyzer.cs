using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace EventSourcing.Generators.Analyzers;

/// <summary>ESG0011: two events have the same topic, here or in a reference.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class DuplicateTopicAnalyzer : DiagnosticAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.TopicDuplicate];

    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(static start =>
        {
            // Once for a compilation, and only when it has an aggregate or an application.
            var topics = new Lazy<TopicIndex>(() => TopicIndex.Of(start.Compilation, start.CancellationToken));
            start.RegisterSymbolAction(symbol => Analyze(symbol, topics), SymbolKind.NamedType);
        });
    }

    private static void Analyze(SymbolAnalysisContext context, Lazy<TopicIndex> topics)
    {
        var type = (INamedTypeSymbol)context.Symbol;
        if (type.IsEventSourced())
        {
            foreach (var (member, typeName, attribute) in AggregateEvents.Of(type))
            {
                if (type.GetTypeMembers(typeName).FirstOrDefault() is { } record)
                    Report(context, attribute.LocationOf(member), TopicIndex.TopicsOf(record).Select(topic => topics.Value.EarlierWith(topic, record)));
            }
        }

        if (type.FindAttribute(KnownNames.EventSourcedApplication) is { } application)
            Report(context, application.LocationOf(type), Referenced(type, application));
    }

    /// <summary>Two references that don't know each other may clash in the application that uses both.</summary>
    private static IEnumerable<TopicClash?> Referenced(INamedTypeSymbol application, AttributeData attribute)
    {
        var seen = new Dictionary<string, INamedTypeSymbol>(StringComparer.Ordinal);
        foreach (var aggregate in RegisteredAggregates.Of(attribute).SelectMany(WithBases).Distinct<INamedTypeSymbol>(SymbolEqualityComparer.Default))
        {
            if (SymbolEqualityComparer.Default.Equals(aggregate.ContainingAssembly, application.ContainingAssembly))
                continue;
            foreach (var record in aggregate.GetTypeMembers())
            {
                foreach (var topic in TopicIndex.TopicsOf(record))
                {
                    if (!seen.TryGetValue(topic, out var other))
                        seen.Add(topic, record);
                    else
                        yield return new TopicClash(topic, record, other);
                }
            }
        }
    }

    private static IEnumerable<INamedTypeSymbol> WithBases(INamedTypeSymbol aggregate)
    {
        for (var current = aggregate; current is not null; current = current.BaseAggregate())
            yield return current;
    }

    private static void Report(SymbolAnalysisContext context, Location location, IEnumerable<TopicClash?> clashes)
    {
        foreach (var clash in clashes)
        {
            if (clash is not null)
                context.ReportDiagnostic(Diagnostic.Create(Rules.TopicDuplicate, location, clash.Topic, Show(clash.Event), Show(clash.Other)));
        }
    }

    private static string Show(INamedTypeSymbol type) => type.ToDisplayString(SymbolDisplayFormat.CSharpErrorMessageFormat);
}
