using EventSourcing.Generators.Aggregates;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Events;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Analyzers;

/// <summary>
/// ESG0032 and ESG0048: each creation event sets the state that must not be null, or is required. The compiler's own warning is suppressed
/// in aggregates, because it expects the constructor to set the state, and not Apply. Assignments are found by name, see
/// <see cref="AssignedNames"/>.
/// </summary>
internal static class StateChecks
{
    public static void Check(INamedTypeSymbol aggregate, AggregateModel model, Action<Diagnostic> report, CancellationToken cancellation)
    {
        var state = StateOf(aggregate).Where(s => MustBeSet(s, cancellation)).ToList();
        var required = RequiredOf(aggregate).ToList();
        if (state.Count + required.Count == 0)
        {
            return;
        }
        // An event without an Apply has its own warning.
        foreach (var creation in model.Events.Where(e => e.IsCreation && e.Apply != ApplyKind.None))
        {
            var eventType = EventCode.PlainName(creation);
            var assigned = new AssignedNames(aggregate, cancellation);
            foreach (var (apply, _) in EventRules.Applies(aggregate).Where(a => a.EventType == eventType))
            {
                assigned.AddBodies(apply);
            }

            foreach (var member in state.Where(s => !assigned.Contains(s.Name)))
            {
                report(Diagnostic.Create(Rules.StateNotSet, member.UserLocation(), member.Name, eventType));
            }

            foreach (var member in required.Where(s => !assigned.Contains(s.Name)))
            {
                report(Diagnostic.Create(Rules.RequiredMember, (SymbolEqualityComparer.Default.Equals(member.ContainingType, aggregate) ? member : aggregate).UserLocation(), member.Name, eventType));
            }
        }
    }

    /// <summary>The fields and properties of the aggregate and of its bases in this project.</summary>
    private static IEnumerable<ISymbol> StateOf(INamedTypeSymbol aggregate)
    {
        for (var current = aggregate; current is not null; current = current.BaseAggregate())
        {
            foreach (var member in current.GetMembers().Where(m => m is { IsStatic: false, IsAbstract: false } && m.IsUserWritten()))
            {
                yield return member;
            }
        }
    }

    /// <summary>The required members of the aggregate and of all its bases.</summary>
    private static IEnumerable<ISymbol> RequiredOf(INamedTypeSymbol aggregate)
    {
        for (var current = aggregate; current is not null; current = current.BaseType)
        {
            foreach (var member in current.GetMembers().Where(m => m is IPropertySymbol { IsRequired: true } or IFieldSymbol { IsRequired: true }))
            {
                yield return member;
            }
        }
    }

    private static bool MustBeSet(ISymbol member, CancellationToken cancellation) => member switch
    {
        IFieldSymbol { IsRequired: false, IsConst: false } field => IsNotNull(field.Type) && !HasInitialValue(field, cancellation),
        IPropertySymbol { IsRequired: false, IsOverride: false } property => IsNotNull(property.Type) && IsAuto(property) && !HasInitialValue(property, cancellation),
        _ => false,
    };

    private static bool IsNotNull(ITypeSymbol type) => type is { IsReferenceType: true, NullableAnnotation: NullableAnnotation.NotAnnotated };

    private static bool IsAuto(IPropertySymbol property) => property.ContainingType.GetMembers().OfType<IFieldSymbol>()
        .Any(f => SymbolEqualityComparer.Default.Equals(f.AssociatedSymbol, property));

    private static bool HasInitialValue(ISymbol member, CancellationToken cancellation) => member.UserDeclarations(cancellation).Any(d => d is
        VariableDeclaratorSyntax { Initializer: not null } or PropertyDeclarationSyntax { Initializer: not null });
}
