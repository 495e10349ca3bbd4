using EventSourcing.Generators.Aggregates;
using EventSourcing.Generators.Diagnostics;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Analyzers;

/// <summary>Each event has an Apply, each Apply has an event, and each can be called.</summary>
internal static class ApplyChecks
{
    public static void Check(INamedTypeSymbol aggregate, AggregateModel model, Action<Diagnostic> report)
    {
        var applies = EventRules.Applies(aggregate).ToList();
        var events = TopicReader.Declared(aggregate).ToList();
        foreach (var @event in model.Events.Select(e => e.TypeName.TrimStart('@')))
        {
            // An Apply of the wrong shape is there, and reported below.
            if (applies.Any(a => a.EventType == @event) || events.FirstOrDefault(e => e.TypeName == @event) is not { Member: { } member })
                continue;
            report(Diagnostic.Create(Rules.EventWithoutApply, member.UserLocation(), @event));
        }

        foreach (var (apply, eventType) in applies)
        {
            var type = apply.Parameters[0].Type;
            if (events.Any(e => e.TypeName == eventType) && IsNestedIn(type, aggregate))
            {
                if (EventRules.ApplyReason(apply) is { } reason)
                    report(Diagnostic.Create(Rules.ApplyShape, apply.UserLocation(), Show(apply), reason, eventType));
            }
            else if (type.TypeKind != TypeKind.Error && LooksLikeApply(apply))
            {
                report(Diagnostic.Create(Rules.ApplyWithoutEvent, apply.UserLocation(), Show(apply), eventType, aggregate.Name));
            }
        }
    }

    // An event that couldn't be generated has no type: the compiler and another rule have said so.
    private static bool IsNestedIn(ITypeSymbol type, INamedTypeSymbol aggregate) =>
        type.TypeKind == TypeKind.Error || SymbolEqualityComparer.Default.Equals(type.ContainingType, aggregate);

    // A method of the user's with two parameters may be called by the user.
    private static bool LooksLikeApply(IMethodSymbol method) =>
        method.Parameters.Length == 1 || method.Parameters[1].Type.IsNamed("EventSourcing.EventHeader");

    private static string Show(IMethodSymbol method) =>
        $"{method.Name}({string.Join(", ", method.Parameters.Select(p => p.Type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat.WithMemberOptions(SymbolDisplayMemberOptions.None))))})";
}
