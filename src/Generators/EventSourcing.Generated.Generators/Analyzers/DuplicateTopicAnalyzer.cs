using System.Collections.Immutable;
using EventSourcing.Generators.Aggregates;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Registrations;
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
            // Once for a compilation, and only when it has an aggregate.
            var topics = new Lazy<TopicIndex>(() => TopicIndex.Of(start.Compilation, start.CancellationToken));
            start.RegisterSymbolAction(symbol => AnalyzeAggregate(symbol, topics), SymbolKind.NamedType);
            start.RegisterSymbolAction(AnalyzeApplication, SymbolKind.NamedType);
        });
    }

    private static void AnalyzeAggregate(SymbolAnalysisContext context, Lazy<TopicIndex> topics)
    {
        var type = (INamedTypeSymbol)context.Symbol;
        if (!type.IsEventSourced())
            return;
        foreach (var mine in TopicReader.Declared(type))
        {
            foreach (var topic in mine.Topics)
            {
                if (topics.Value.EarlierWith(topic, mine) is { } other)
                    context.ReportDiagnostic(Clash(mine.Attribute.LocationOf(mine.Member), topic, mine, other));
            }
        }
    }

    /// <summary>Two references that don't know each other may clash in the application that uses both.</summary>
    private static void AnalyzeApplication(SymbolAnalysisContext context)
    {
        var type = (INamedTypeSymbol)context.Symbol;
        if (type.FindAttribute(KnownNames.EventSourcedApplication) is not { } application)
            return;
        var seen = new Dictionary<string, EventTopics>(StringComparer.Ordinal);
        var referenced = ApplicationParser.NamedBy(type).OfType<INamedTypeSymbol>()
            .Where(a => !SymbolEqualityComparer.Default.Equals(a.ContainingAssembly, type.ContainingAssembly));
        foreach (var mine in referenced.SelectMany(TopicReader.All))
        {
            foreach (var topic in mine.Topics)
            {
                if (!seen.TryGetValue(topic, out var other))
                    seen.Add(topic, mine);
                else if (!SymbolEqualityComparer.Default.Equals(other.Member, mine.Member)) // events of a common base come twice
                    context.ReportDiagnostic(Clash(application.LocationOf(type), topic, mine, other));
            }
        }
    }

    private static Diagnostic Clash(Location location, string topic, EventTopics mine, EventTopics other) =>
        Diagnostic.Create(Rules.TopicDuplicate, location, topic, Show(mine), Show(other));

    private static string Show(EventTopics declared) =>
        $"{declared.Aggregate.ToDisplayString(SymbolDisplayFormat.CSharpErrorMessageFormat)}.{declared.TypeName}";
}
