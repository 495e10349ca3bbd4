using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Applications;

/// <summary>Reads <c>[ScopedSession(typeof(Adapter))]</c>.</summary>
internal static class ScopedSessionParser
{
    private const string Current = "Current";

    /// <summary>The expression that gives the current session; null for none.</summary>
    /// <param name="application">The class, with the attribute or without it.</param>
    /// <param name="key">The kind of the application's keys.</param>
    /// <param name="compilation">The program.</param>
    /// <param name="report">Receives the diagnostics.</param>
    /// <param name="fits">False when there is an attribute that can't be used.</param>
    public static string? Parse(INamedTypeSymbol application, KeyKind key, Compilation compilation, Action<Diagnostic>? report, out bool fits)
    {
        fits = true;
        if (application.FindAttribute(KnownNames.ScopedSession) is not { } attribute)
        {
            return null;
        }

        fits = false;
        var adapter = attribute.ConstructorArguments is [{ Value: ITypeSymbol type }] ? type : null;
        var isNull = attribute.ConstructorArguments is [var written] && written.IsWrittenNull();
        if (adapter is null or { TypeKind: TypeKind.Error } && !isNull)
        {
            return null; // the compiler reports it
        }

        if (WhyNot(adapter, out var expression) is not { } reason)
        {
            fits = true;
            return expression;
        }

        report?.Invoke(Diagnostic.Create(
            Rules.ScopedSessionShape, attribute.LocationOf(0, application), adapter?.Name ?? "null", application.Name, reason, key == KeyKind.Guid ? "Guid" : "string"));
        return null;

        string? WhyNot(ITypeSymbol? adapter, out string? expression)
        {
            expression = null;
            if (adapter is null)
            {
                return "the attribute specifies no type";
            }

            if (adapter is not INamedTypeSymbol named)
            {
                return "it isn't a class";
            }

            if (named.IsUnboundGenericType)
            {
                return "it is generic";
            }

            if (!compilation.IsSymbolAccessibleWithin(named, application))
            {
                return $"'{application.Name}' can't access it";
            }

            var members = named.NearestMembers(Current);
            var member = members.FirstOrDefault(m => m is IPropertySymbol or IMethodSymbol { Parameters.IsEmpty: true, IsGenericMethod: false }) ?? members.FirstOrDefault();
            var (given, problem) = member switch
            {
                null => (null, "it has no member 'Current'"),
                { IsStatic: false } => (null, "its 'Current' isn't static"),
                IPropertySymbol { GetMethod: { } get } property when compilation.IsSymbolAccessibleWithin(get, application) => (property.Type, null),
                IPropertySymbol => (null, "its 'Current' can't be read"),
                IMethodSymbol method when !compilation.IsSymbolAccessibleWithin(method, application) => (null, $"'{application.Name}' can't access its 'Current'"),
                IMethodSymbol { IsGenericMethod: false, Parameters.IsEmpty: true } method => (method.ReturnType, null),
                IMethodSymbol => ((ITypeSymbol?)null, "its 'Current' has parameters or type parameters"),
                _ => (null, "its 'Current' is neither a property nor a method"),
            };
            if (given is null)
            {
                return problem;
            }

            if (!IsSession(given, key))
            {
                return $"its 'Current' has the type '{Names.Show(given)}'";
            }

            expression = $"{named.ToDisplayString(Names.FullyQualified)}.{Current}{(member is IMethodSymbol ? "()" : "")}";
            return null;
        }
    }

    private static bool IsSession(ITypeSymbol type, KeyKind key)
    {
        if (type.IsNamed("EventSourcing.StoreSession`1"))
        {
            var argument = ((INamedTypeSymbol)type).TypeArguments[0];
            return key == KeyKind.Guid ? argument.IsNamed("System.Guid") : argument.SpecialType == SpecialType.System_String;
        }

        return type.IsOrDerivesFrom("System.Data.Common.DbTransaction");
    }
}
