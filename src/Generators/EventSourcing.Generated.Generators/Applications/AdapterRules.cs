using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Applications;

/// <summary>
/// Checks the attributes that name user code which the generated part calls: the adapter of a scoped session, and the creators of
/// connections.
/// </summary>
internal static class AdapterRules
{
    /// <summary>Reports attributes of this kind on a class that isn't an application, where they have no effect.</summary>
    public static void CheckOutsideApplication(INamedTypeSymbol type, Action<Diagnostic> report)
    {
        foreach (var attribute in type.GetAttributes())
        {
            if (attribute.AttributeClass is not { } kind)
            {
                continue;
            }

            const string Reason = "it is on a class without [EventSourcedApplication], where it has no effect";
            if (kind.IsNamed(KnownNames.ScopedSession))
            {
                report(Diagnostic.Create(Rules.ScopedSessionShape, attribute.LocationOf(type), "[ScopedSession]", type.Name, Reason, "Guid"));
            }
            else if (kind.IsNamed(KnownNames.ConnectionCreator))
            {
                report(Diagnostic.Create(Rules.ConnectionCreatorShape, attribute.LocationOf(type), "[ConnectionCreator]", type.Name, Reason));
            }
        }
    }
}
