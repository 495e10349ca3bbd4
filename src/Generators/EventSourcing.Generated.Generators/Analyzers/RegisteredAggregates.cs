using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Analyzers;

/// <summary>The aggregates that an application names in its attribute.</summary>
internal static class RegisteredAggregates
{
    public static IEnumerable<INamedTypeSymbol> Of(AttributeData application) =>
        application.ConstructorArguments is [{ Kind: TypedConstantKind.Array, IsNull: false } types]
            ? types.Values.Select(v => v.Value).OfType<INamedTypeSymbol>()
            : [];

    /// <summary>The application that the type is, or is nested in, as the emitted repository is.</summary>
    public static (INamedTypeSymbol Type, AttributeData Attribute)? ApplicationOf(INamedTypeSymbol? type)
    {
        for (var current = type; current is not null; current = current.ContainingType)
        {
            if (current.FindAttribute(KnownNames.EventSourcedApplication) is { } attribute)
                return (current, attribute);
        }

        return null;
    }
}
