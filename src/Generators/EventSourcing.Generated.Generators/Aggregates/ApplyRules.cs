using EventSourcing.Generators.Diagnostics;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Aggregates;

/// <summary>Each Apply has an event, and can be called.</summary>
internal static class ApplyRules
{
    public static void Check(INamedTypeSymbol aggregate, Action<Diagnostic> report)
    {
        var events = new HashSet<string>(TopicReader.Declared(aggregate).Select(e => e.TypeName), StringComparer.Ordinal);
        foreach (var (apply, eventType) in EventRules.Applies(aggregate))
        {
            if (events.Contains(eventType))
            {
                if (EventRules.ApplyReason(apply) is null && EventRules.CalledOf(aggregate, eventType) is { } called && !SymbolEqualityComparer.Default.Equals(called, apply))
                    report(Diagnostic.Create(Rules.ApplyDuplicate, apply.UserLocation(), Show(apply, eventType), Show(called, eventType), eventType));
                if (EventRules.ApplyReason(apply) is { } reason)
                    report(Diagnostic.Create(Rules.ApplyShape, apply.UserLocation(), Show(apply, eventType), reason, eventType));
            }
            else if (LooksLikeApply(apply) && IsOther(apply.Parameters[0].Type, eventType, aggregate))
            {
                report(Diagnostic.Create(Rules.ApplyWithoutEvent, apply.UserLocation(), Show(apply, eventType), eventType, aggregate.Name));
            }
        }
    }

    // A method of the user's with two parameters may be called by the user.
    private static bool LooksLikeApply(IMethodSymbol method) =>
        method.Parameters.Length == 1 || method.Parameters[1].Type.IsNamed("EventSourcing.EventHeader");

    /// <summary>Whether the type is one that is no event of the aggregate. Of a name that means nothing, the compiler says so.</summary>
    private static bool IsOther(ITypeSymbol type, string name, INamedTypeSymbol aggregate)
    {
        if (type.TypeKind != TypeKind.Error)
            return true;
        // Events of a base or of another aggregate don't exist either while the generator runs.
        return (aggregate.BaseAggregate() is { } parent && TopicReader.All(parent).Any(e => e.TypeName == name))
            || (type.ContainingType is { } other && other.IsEventSourced() && TopicReader.Declared(other).Any(e => e.TypeName == type.Name));
    }

    private static string Show(IMethodSymbol apply, string eventType) =>
        $"{apply.Name}({string.Join(", ", apply.Parameters.Select((p, i) => i == 0 ? eventType : Names.Show(p.Type)))})";
}
