using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Recorders;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Applications;

/// <summary>
/// Checks the attributes that stand beside <c>[EventSourcedApplication]</c>: the adapter of a scoped session, the creators of connections,
/// and the settings of tables on an engine.
/// </summary>
internal static class AdapterRules
{
    /// <summary>The metadata names of these attributes.</summary>
    public static readonly IReadOnlyList<string> Attributes =
        [KnownNames.ScopedSession, KnownNames.ConnectionCreator, .. Providers.All.Select(p => p.SettingsAttribute).OfType<string>()];

    /// <summary>Reports these attributes on a class that isn't an application, where they have no effect.</summary>
    public static void CheckOutsideApplication(INamedTypeSymbol type, IEnumerable<AttributeData> attributes, Action<Diagnostic> report)
    {
        foreach (var attribute in attributes)
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
            else if (Providers.All.Any(p => p.SettingsAttribute is { } settings && kind.IsNamed(settings)))
            {
                report(Diagnostic.Create(Rules.SettingsOutsideApplication, attribute.LocationOf(type), kind.AttributeName(), type.Name));
            }
        }
    }
}
