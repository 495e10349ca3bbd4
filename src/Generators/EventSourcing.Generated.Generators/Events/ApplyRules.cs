using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Events;

/// <summary>Checks that each Apply has an event, and can be called.</summary>
internal static class ApplyRules
{
    /// <summary>Marks a diagnostic about a type that doesn't exist: in an editor the compiler reports it.</summary>
    public const string UnknownType = "UnknownType";

    /// <param name="aggregate">The aggregate.</param>
    /// <param name="lacksEvents">Whether members lack their [Event]: then an Apply without an event is to be expected.</param>
    /// <param name="report">Receives the diagnostics.</param>
    public static void Check(INamedTypeSymbol aggregate, bool lacksEvents, Action<Diagnostic> report)
    {
        var events = new HashSet<string>(TopicReader.Declared(aggregate).Select(e => e.TypeName), StringComparer.Ordinal);
        foreach (var (apply, eventType) in EventRules.Applies(aggregate))
        {
            if (events.Contains(eventType))
            {
                if (EventRules.ApplyReason(apply) is null && EventRules.CalledOf(aggregate, eventType) is { } called && !SymbolEqualityComparer.Default.Equals(called, apply))
                {
                    report(Diagnostic.Create(Rules.ApplyDuplicate, apply.UserLocation(), Show(apply, eventType), Show(called, eventType), eventType));
                }

                if (EventRules.ApplyReason(apply) is { } reason)
                {
                    report(Diagnostic.Create(Rules.ApplyShape, apply.UserLocation(), Show(apply, eventType), reason, eventType));
                }
            }
            // An override isn't checked: it is the Apply of the base, which the base calls.
            else if (!apply.IsOverride && LooksLikeApply(apply) && IsOther(EventRules.EventParameter(apply).Type, eventType, aggregate))
            {
                report(Diagnostic.Create(Rules.ApplyWithoutEvent, apply.UserLocation(), Show(apply, eventType), eventType, aggregate.Name, RemedyFor(EventRules.EventParameter(apply).Type, aggregate)));
            }
        }

        if (lacksEvents || HasEventWithoutName(aggregate))
        {
            return;
        }

        foreach (var (apply, type) in EventRules.Unknown(aggregate).Where(a => LooksLikeApply(a.Method)))
        {
            var name = Names.Show(type);
            report(Diagnostic.Create(
                Rules.ApplyWithoutEvent, apply.UserLocation(), ImmutableDictionary<string, string?>.Empty.Add(UnknownType, name), Show(apply, name), name, aggregate.Name, RemedyFor(type, aggregate)));
        }
    }

    private static string RemedyFor(ITypeSymbol type, INamedTypeSymbol aggregate) =>
        type is { IsRecord: true, TypeKind: TypeKind.Class } && SymbolEqualityComparer.Default.Equals(type.ContainingType, aggregate)
            ? $"put [Event(\"{type.Name}\")] on '{type.Name}', or give the method another name"
            : "declare the event, or give the method another name";

    // The user may call a method with two parameters and no header.
    private static bool LooksLikeApply(IMethodSymbol method) =>
        method.Parameters.Length == 1 || (method.Parameters.Length == 2 && method.Parameters.Any(p => p.Type.IsNamed("EventSourcing.EventHeader")));

    /// <summary>Whether the type isn't an event of the aggregate. An event in a wrong place, or without its name, has its own error.</summary>
    private static bool IsOther(ITypeSymbol type, string name, INamedTypeSymbol aggregate)
    {
        if (type.TypeKind != TypeKind.Error)
        {
            return type.FindAttribute(KnownNames.Event) is null || !type.Locations.Any(l => l.IsInSource) || (type.ContainingType is { } around && around.IsEventSourced() && !SymbolEqualityComparer.Default.Equals(around, aggregate));
        }
        // Events of a base or of another aggregate don't exist either while the generator runs.
        return (aggregate.BaseAggregate() is { } parent && TopicReader.All(parent).Any(e => e.TypeName == name))
            || (type.ContainingType is { } other && other.IsEventSourced() && TopicReader.Declared(other).Any(e => e.TypeName == type.Name));
    }

    private static bool HasEventWithoutName(INamedTypeSymbol aggregate) =>
        aggregate.GetMembers().Any(m => m.FindAttribute(KnownNames.Event) is { } attribute && attribute.ConstructorArguments is not [{ Value: string { Length: > 0 } }]);

    private static string Show(IMethodSymbol apply, string eventType)
    {
        var @event = EventRules.EventParameter(apply);
        return $"{apply.Name}({string.Join(", ", apply.Parameters.Select(p => SymbolEqualityComparer.Default.Equals(p, @event) ? eventType : Names.Show(p.Type)))})";
    }
}
