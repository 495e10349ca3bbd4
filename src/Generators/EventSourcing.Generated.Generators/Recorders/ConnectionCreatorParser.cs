using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Recorders;

/// <summary>A connection creator with a correct signature.</summary>
/// <param name="Provider">The engine of the connections that the method returns.</param>
/// <param name="Function">A function that calls the method, as an argument for the recorder's base.</param>
internal sealed record ConnectionCreator(ProviderModel Provider, string Function);

/// <summary>Reads <c>[ConnectionCreator(typeof(X), nameof(X.CreateAsync))]</c>.</summary>
internal static class ConnectionCreatorParser
{
    /// <summary>All creators of an application; null when one of them doesn't fit.</summary>
    public static IReadOnlyList<ConnectionCreator>? Parse(INamedTypeSymbol application, Compilation compilation, Action<Diagnostic>? report)
    {
        var creators = new List<ConnectionCreator>();
        var fits = true;
        foreach (var attribute in application.GetAttributes().Where(a => a.AttributeClass is { } type && type.IsNamed(KnownNames.ConnectionCreator)))
        {
            if (attribute.ConstructorArguments is not [{ Value: ITypeSymbol { TypeKind: not TypeKind.Error } type }, { Value: string name }])
            {
                fits = false; // the compiler reports it, except for null
                if (attribute.ConstructorArguments is [_, var called] && called.IsWrittenNull())
                {
                    Report(1, "[ConnectionCreator]", "the attribute specifies no method");
                }
                else if (attribute.ConstructorArguments is [var given, _] && given.IsWrittenNull())
                {
                    Report(0, "[ConnectionCreator]", "the attribute specifies no type");
                }

                continue;
            }

            if (type is not INamedTypeSymbol { IsUnboundGenericType: false } named || !compilation.IsSymbolAccessibleWithin(named, application))
            {
                Report(0, type.Name, $"'{application.Name}' can't access it, or it is generic");
                continue;
            }

            var reason = WhyNot(named, name, application, compilation, out var creator);
            if (reason is null && creators.Exists(c => c.Provider == creator!.Provider))
            {
                reason = "there is another creator for the same provider; an application can have only one for each provider";
            }

            if (reason is null)
            {
                creators.Add(creator!);
            }
            else
            {
                Report(1, $"{named.Name}.{name}", reason);
            }

            void Report(int argument, string what, string why)
            {
                fits = false;
                report?.Invoke(Diagnostic.Create(Rules.ConnectionCreatorShape, attribute.LocationOf(argument, application), what, application.Name, why));
            }
        }

        return fits ? creators : null;
    }

    private static string? WhyNot(INamedTypeSymbol type, string name, INamedTypeSymbol application, Compilation compilation, out ConnectionCreator? creator)
    {
        creator = null;
        var methods = type.NearestMembers(name).OfType<IMethodSymbol>().Where(m => m.MethodKind == MethodKind.Ordinary).ToList();
        if (methods.Count != 1)
        {
            return methods.Count == 0 ? "there is no such method" : "there are several methods with this name";
        }

        var method = methods[0];
        if (!method.IsStatic || method.IsGenericMethod || method.ReturnsByRef || method.ReturnsByRefReadonly)
        {
            return "it must be static and not generic, and must return by value";
        }

        if (!compilation.IsSymbolAccessibleWithin(method, application))
        {
            return $"'{application.Name}' can't access it";
        }

        var returned = method.ReturnType;
        var isAwaited = returned.IsNamed("System.Threading.Tasks.Task`1") || returned.IsNamed("System.Threading.Tasks.ValueTask`1");
        var given = isAwaited ? ((INamedTypeSymbol)returned).TypeArguments[0] : returned;
        if (given.NullableAnnotation == NullableAnnotation.Annotated || returned.NullableAnnotation == NullableAnnotation.Annotated)
        {
            return "it may return null";
        }

        if (TypeOf(given, isAwaited) is not var (provider, created))
        {
            return $"it must return {string.Join(", or ", Providers.All.OrderBy(p => p.Title, StringComparer.Ordinal).Select(p => p.Creator.Expected))}";
        }

        if (!provider.IsReferencedBy(compilation))
        {
            return $"it returns {provider.Creator.Returned}, but the project doesn't reference {provider.Package}";
        }

        var takesToken = created.Factory is not null && method.Parameters is [{ RefKind: RefKind.None } parameter] && parameter.Type.IsNamed("System.Threading.CancellationToken");
        if (!takesToken && !method.Parameters.IsEmpty)
        {
            return created.Factory is null ? $"a creator for {provider.Title} can't have parameters" : "its only parameter can be a CancellationToken";
        }

        creator = new ConnectionCreator(provider, FunctionOf(method, created, takesToken));
        return null;
    }

    /// <summary>The engine of the connections that a method returns; null for none.</summary>
    private static (ProviderModel Provider, CreatedType Type)? TypeOf(ITypeSymbol given, bool isAwaited)
    {
        foreach (var provider in Providers.All)
        {
            foreach (var type in provider.Creator.Types)
            {
                // A task of a derived type isn't a task of its base.
                if (isAwaited ? type.Factory is not null && given.IsNamed(type.Name) : given.IsOrDerivesFrom(type.Name))
                {
                    return (provider, type);
                }
            }
        }

        return null;
    }

    private static string FunctionOf(IMethodSymbol method, CreatedType type, bool takesToken)
    {
        if (type.Factory is null)
        {
            return $"static () => {Call(method, "")}";
        }

        var call = Call(method, takesToken ? "cancellationToken" : "");
        var body = !method.ReturnType.IsNamed("System.Threading.Tasks.ValueTask`1")
            ? $"new global::System.Threading.Tasks.ValueTask<global::{type.Name}>({call})"
            : call;
        return $"{type.Factory}(static {(takesToken ? "cancellationToken" : "_")} => {body})";
    }

    private static string Call(IMethodSymbol method, string arguments) =>
        $"{method.ContainingType.ToDisplayString(Names.FullyQualified)}.{Names.Escape(method.Name)}({arguments})";
}
