using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Applications;

/// <summary>What the user wrote and the generated part calls: the adapter of a scoped session, and the creators of connections.</summary>
/// <param name="ScopedSession">The expression that gives the current session; null for none.</param>
/// <param name="SqliteCreator">The function that creates connections to SQLite, as an argument; null for none.</param>
/// <param name="PostgreSqlCreator">The same for PostgreSQL.</param>
internal sealed record Adapters(string? ScopedSession, string? SqliteCreator, string? PostgreSqlCreator)
{
    /// <summary>Reads the attributes of an application; null when one of them doesn't fit.</summary>
    public static Adapters? Parse(INamedTypeSymbol application, KeyKind key, Compilation compilation, Action<Diagnostic>? report)
    {
        var scopedSession = ScopedSessionParser.Parse(application, key, compilation, report, out var fits);
        var creators = ConnectionCreatorParser.Parse(application, compilation, report);
        return !fits || creators is null ? null : new Adapters(
            scopedSession,
            creators.FirstOrDefault(c => c.Provider == CreatorProvider.Sqlite)?.Function,
            creators.FirstOrDefault(c => c.Provider == CreatorProvider.PostgreSql)?.Function);
    }

    /// <summary>Reports attributes of this kind on a class that isn't an application, where they would do nothing.</summary>
    public static void CheckOutsideApplication(INamedTypeSymbol type, Action<Diagnostic> report)
    {
        foreach (var attribute in type.GetAttributes())
        {
            if (attribute.AttributeClass is not { } kind)
            {
                continue;
            }

            const string Reason = "it stands on a class without [EventSourcedApplication], where it does nothing";
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

    /// <summary>Where an argument of an attribute is written.</summary>
    public static Location LocationOf(AttributeData attribute, int argument, ISymbol otherwise) =>
        attribute.ApplicationSyntaxReference?.GetSyntax() is AttributeSyntax { ArgumentList.Arguments: var arguments } && argument < arguments.Count
            ? arguments[argument].GetLocation()
            : attribute.LocationOf(otherwise);

    /// <summary>The members of a name, of the class itself or of the nearest base that has any.</summary>
    public static IReadOnlyList<ISymbol> MembersOf(INamedTypeSymbol type, string name)
    {
        for (var current = type; current is not null; current = current.BaseType)
        {
            if (current.GetMembers(name) is { IsEmpty: false } members)
            {
                return members;
            }
        }

        return [];
    }
}
