using EventSourcing.Generators.Aggregates;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Events;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Analyzers;

/// <summary>ESG0012: each event has an Apply.</summary>
internal static class ApplyChecks
{
    public static void Check(INamedTypeSymbol aggregate, AggregateModel model, Action<Diagnostic> report)
    {
        // An Apply with a wrong signature counts, because it has its own error.
        var applied = new HashSet<string>(EventRules.Applies(aggregate).Select(a => a.EventType), StringComparer.Ordinal);
        var events = TopicReader.Declared(aggregate).ToList();
        foreach (var @event in model.Events.Select(EventCode.PlainName))
        {
            if (!applied.Contains(@event) && events.FirstOrDefault(e => e.TypeName == @event) is { Member: { } member })
            {
                report(Diagnostic.Create(Rules.EventWithoutApply, member.UserLocation(), @event));
            }
        }
    }
}
