using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Analyzers;

/// <summary>Checks of an aggregate's methods that several analyzers need.</summary>
internal static class AggregateSymbols
{
    /// <summary>Whether calling the method raises an event.</summary>
    public static bool IsEventMember(this IMethodSymbol method) =>
        (method.PartialDefinitionPart ?? method).OriginalDefinition.FindAttribute(KnownNames.Event) is not null;

    /// <summary>Whether the method applies an event, by its name and place.</summary>
    public static bool IsApply(this IMethodSymbol method) =>
        method is { Name: "Apply", MethodKind: MethodKind.Ordinary, Parameters.Length: 1 or 2 } && method.ContainingType.IsEventSourced();

    /// <summary>Whether the type is the other or derives from it.</summary>
    public static bool IsOrDerivesFrom(this ITypeSymbol? type, ITypeSymbol other)
    {
        for (var current = type; current is not null; current = current.BaseType)
        {
            if (SymbolEqualityComparer.Default.Equals(current.OriginalDefinition, other.OriginalDefinition))
            {
                return true;
            }
        }

        return false;
    }
}
