using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Serializers;

/// <summary>Whether the type arguments of a type are allowed: the compiler refuses others wherever the type is written.</summary>
internal static class TypeArguments
{
    /// <summary>What is wrong with them; null for nothing.</summary>
    public static string? Violation(INamedTypeSymbol type, Compilation compilation)
    {
        for (var i = 0; i < type.TypeArguments.Length; i++)
        {
            var (argument, parameter) = (type.TypeArguments[i], type.TypeParameters[i]);
            if (argument.TypeKind is not (TypeKind.Error or TypeKind.TypeParameter or TypeKind.Dynamic) && !IsAllowed(argument, parameter, compilation))
                return $"'{Names.Show(argument)}' doesn't fit the type parameter '{parameter.Name}' of '{Names.Show(type)}'; use another type";
        }

        return null;
    }

    private static bool IsAllowed(ITypeSymbol argument, ITypeParameterSymbol parameter, Compilation compilation) =>
        (!parameter.HasReferenceTypeConstraint || argument.IsReferenceType)
        && (!parameter.HasValueTypeConstraint || argument is { IsValueType: true, OriginalDefinition.SpecialType: not SpecialType.System_Nullable_T })
        && (!parameter.HasUnmanagedTypeConstraint || argument.IsUnmanagedType)
        && (!parameter.HasConstructorConstraint || CanBeMade(argument))
        // One that is made of type parameters is left to the compiler.
        && parameter.ConstraintTypes.All(c => c is not INamedTypeSymbol { IsGenericType: false } || compilation.ClassifyCommonConversion(argument, c) is { IsImplicit: true, IsUserDefined: false });

    private static bool CanBeMade(ITypeSymbol type) => type.IsValueType
        || (type is INamedTypeSymbol { IsAbstract: false } named && named.InstanceConstructors.Any(c => c.Parameters.IsEmpty && c.DeclaredAccessibility == Accessibility.Public));
}
