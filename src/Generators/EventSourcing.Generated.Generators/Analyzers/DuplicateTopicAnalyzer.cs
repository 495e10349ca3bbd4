using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Events;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace EventSourcing.Generators.Analyzers;

/// <summary>ESG0011 and ESG0055 in an editor: two events have the same topic, here or in a reference, or a topic can't be stored.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class DuplicateTopicAnalyzer : UserCodeAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.TopicDuplicate, Rules.TopicNotStorable];

    protected override void Register(AnalysisContext context)
    {
        context.RegisterCompilationStartAction(static start =>
        {
            if (BuildKind.IsBuild(start.Options.AnalyzerConfigOptionsProvider.GlobalOptions))
            {
                return; // the generator reports it
            }
            // The index is built once for a compilation, and only when the compilation has an aggregate.
            var topics = new Lazy<TopicIndex>(() => TopicIndex.Of(start.Compilation, start.CancellationToken));
            start.RegisterSymbolAction(symbol => Analyze(symbol, topics), SymbolKind.NamedType);
        });
    }

    private static void Analyze(SymbolAnalysisContext context, Lazy<TopicIndex> topics)
    {
        var type = (INamedTypeSymbol)context.Symbol;
        if (type.IsEventSourced())
        {
            TopicRules.CheckAggregate(type, topics.Value, context.ReportDiagnostic);
        }
    }
}
