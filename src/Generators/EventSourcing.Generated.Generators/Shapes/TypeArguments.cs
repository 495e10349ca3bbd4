using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Shapes;

/// <summary>Checks whether the type arguments of a type are allowed: the compiler refuses others wherever the type is written.</summary>
internal static class TypeArguments
{
    /// <summary>The error in the type arguments; null when there is none.</summary>
    public static string? Violation(INamedTypeSymbol type, Compilation compilation)
    {
        for (var i = 0; i < type.TypeArguments.Length; i++)
        {
            var (argument, parameter) = (type.TypeArguments[i], type.TypeParameters[i]);
            if (argument.TypeKind is not (TypeKind.Error or TypeKind.TypeParameter or TypeKind.Dynamic) && !IsAllowed(argument, parameter, compilation))
            {
                return $"'{Names.Show(argument)}' doesn't satisfy the constraints of the type parameter '{parameter.Name}' of '{Names.Show(type)}'; use another type";
            }
        }

        return null;
    }

    /// <summary>
    /// The error in a type argument that may be null, but must not be, as the key of a dictionary; null when there is none. The annotations
    /// are those that the user wrote.
    /// </summary>
    public static string? Null(ITypeSymbol type)
    {
        if (type is IArrayTypeSymbol array)
        {
            return Null(array.ElementType);
        }

        if (type is not INamedTypeSymbol { IsTupleType: false } named)
        {
            return null;
        }

        for (var i = 0; i < named.TypeArguments.Length; i++)
        {
            var argument = named.TypeArguments[i];
            if (named.TypeParameters[i].HasNotNullConstraint && (argument.NullableAnnotation == NullableAnnotation.Annotated || argument.OriginalDefinition.SpecialType == SpecialType.System_Nullable_T))
            {
                return $"'{Names.Show(argument)}' may be null, which the type parameter '{named.TypeParameters[i].Name}' of '{Names.Show(named)}' doesn't allow: use '{Names.Show(argument).TrimEnd('?')}'";
            }

            if (Null(argument) is { } inner)
            {
                return inner;
            }
        }

        return null;
    }

    private static bool IsAllowed(ITypeSymbol argument, ITypeParameterSymbol parameter, Compilation compilation) =>
        (!parameter.HasReferenceTypeConstraint || argument.IsReferenceType)
        && (!parameter.HasValueTypeConstraint || argument is { IsValueType: true, OriginalDefinition.SpecialType: not SpecialType.System_Nullable_T })
        && (!parameter.HasUnmanagedTypeConstraint || argument.IsUnmanagedType)
        && (!parameter.HasConstructorConstraint || CanBeMade(argument))
        // A constraint with type parameters is left to the compiler.
        && parameter.ConstraintTypes.All(c => c is not INamedTypeSymbol { IsGenericType: false } || compilation.ClassifyCommonConversion(argument, c) is { IsImplicit: true, IsUserDefined: false });

    private static bool CanBeMade(ITypeSymbol type) => type.IsValueType
        || (type is INamedTypeSymbol { IsAbstract: false } named && named.InstanceConstructors.Any(c => c.Parameters.IsEmpty && c.DeclaredAccessibility == Accessibility.Public));
}
