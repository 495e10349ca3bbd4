using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Serializers;

/// <summary>Whether an object can't change after it was made. What its members hold is asked of them.</summary>
internal static class Immutability
{
    public static bool Of(ITypeSymbol type)
    {
        // What isn't stored isn't part of the event, which is made anew without it.
        for (var current = type; current is not null; current = current.BaseType)
        {
            if (current.GetMembers().Any(m => m.FindAttribute(KnownNames.StateIgnore) is not null))
                return false;
        }

        // A struct is copied wherever it is handed on.
        if (type.IsValueType || type.SpecialType == SpecialType.System_String)
            return true;
        for (var current = type; current is { SpecialType: not SpecialType.System_Object }; current = current.BaseType)
        {
            // Private members of references can't be seen; of a record it is known that its properties are all there is.
            if (current.DeclaringSyntaxReferences.IsEmpty && !current.IsRecord)
                return false;
            if (current.GetMembers().Any(CanChange))
                return false;
        }

        return type.TypeKind == TypeKind.Class;
    }

    private static bool CanChange(ISymbol member) => member switch
    {
        IPropertySymbol { IsStatic: false, SetMethod: { IsInitOnly: false } } => true,
        IFieldSymbol { IsStatic: false, IsConst: false, IsReadOnly: false, IsImplicitlyDeclared: false } => true,
        _ => false,
    };
}
