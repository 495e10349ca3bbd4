using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Shared;

/// <summary>The constructor arguments of an application from dependency injection, resolved as the framework resolves them.</summary>
internal static class ServiceArguments
{
    private const string Injection = "global::Microsoft.Extensions.DependencyInjection.";
    private const string Keyed = "Microsoft.Extensions.DependencyInjection.FromKeyedServicesAttribute";
    private const string ServiceKey = "Microsoft.Extensions.DependencyInjection.ServiceKeyAttribute";

    /// <summary>Why a parameter can't be given a service; null when it can.</summary>
    public static string? ReasonAgainst(IParameterSymbol parameter)
    {
        if (parameter.FindAttribute(ServiceKey) is not null)
        {
            return $"takes its service key as '{parameter.Name}', but an application is registered without a key";
        }

        if (parameter.FindAttribute(Keyed) is { } keyed && (keyed.ConstructorArguments.IsEmpty || KeyOf(keyed) is null))
        {
            return $"takes '{parameter.Name}' by a service key that isn't specified: specify the key with [FromKeyedServices(\"…\")]";
        }

        return null;
    }

    /// <summary>The expression of the argument.</summary>
    public static string Of(IParameterSymbol parameter, int index)
    {
        var type = parameter.Type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable
            ? nullable.TypeArguments[0]
            : parameter.Type;
        var name = type.WithNullableAnnotation(NullableAnnotation.NotAnnotated).ToDisplayString(Names.FullyQualified);
        var key = parameter.FindAttribute(Keyed) is { } keyed ? KeyOf(keyed) : null;
        var (extensions, method, arguments) = key is null or "null"
            ? ("ServiceProviderServiceExtensions", "Service", "services")
            : ("ServiceProviderKeyedServiceExtensions", "KeyedService", $"services, {key}");
        var isOptional = parameter.HasExplicitDefaultValue || parameter.NullableAnnotation == NullableAnnotation.Annotated || !SymbolEqualityComparer.Default.Equals(type, parameter.Type);
        if (!isOptional)
        {
            return $"{Injection}{extensions}.GetRequired{method}<{name}>({arguments})";
        }

        var otherwise = parameter.HasExplicitDefaultValue ? Names.Constant(parameter.ExplicitDefaultValue, parameter.Type) : "null";
        if (otherwise == "null" && type.IsReferenceType)
        {
            return $"{Injection}{extensions}.Get{method}<{name}>({arguments})";
        }

        var declared = parameter.Type.ToDisplayString(Names.FullyQualified);
        // The service is requested as an object, because a value that isn't registered would be the default of its type.
        var given = key is null or "null" ? $"services.GetService(typeof({name}))" : $"{Injection}{extensions}.GetKeyedService(services, typeof({name}), {key})";
        return $"{given} is {name} given{index} ? given{index} : ({declared}){otherwise}";
    }

    /// <summary>The source of the key; null when it can't be written.</summary>
    private static string? KeyOf(AttributeData keyed) => keyed.ConstructorArguments is not [var key] ? null : key switch
    {
        { IsNull: true } => "null",
        { Kind: TypedConstantKind.Type, Value: ITypeSymbol type } => $"typeof({type.ToDisplayString(Names.FullyQualified)})",
        // Keys are compared as objects: a byte isn't an int.
        { Kind: TypedConstantKind.Primitive or TypedConstantKind.Enum, Type: { } type } => $"({type.ToDisplayString(Names.FullyQualified)}){Names.Constant(key.Value, type)}",
        _ => null,
    };
}
