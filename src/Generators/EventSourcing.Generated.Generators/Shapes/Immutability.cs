using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Shapes;

/// <summary>Whether an object can't change after it was made.</summary>
internal static class Immutability
{
    /// <summary>Whether the object itself can't change. The values of its members are checked separately.</summary>
    public static bool Of(ITypeSymbol type, Compilation compilation)
    {
        // A member that isn't stored isn't a part of the event, which is created again without it.
        for (var current = type; current is not null; current = current.BaseType)
        {
            if (current.GetMembers().Any(m => m.FindAttribute(KnownNames.StateIgnore) is not null))
            {
                return false;
            }
        }

        // A struct is copied wherever it is passed on.
        if (type.IsValueType || type.SpecialType == SpecialType.System_String)
        {
            return true;
        }

        return type is INamedTypeSymbol { TypeKind: TypeKind.Class } named && Coverage.Chain(named).All(level => level.DeclaringSyntaxReferences.IsEmpty ? IsFixed(level) : !CanChange(level, compilation));
    }

    /// <summary>Whether neither the object nor anything that it holds can change, visible or not.</summary>
    public static bool OfAll(ITypeSymbol type, Compilation compilation) =>
        Of(type, compilation) && HoldsOnlyFixed(type, compilation, new HashSet<ITypeSymbol>(SymbolEqualityComparer.Default));

    private static bool HoldsOnlyFixed(ITypeSymbol type, Compilation compilation, HashSet<ITypeSymbol> seen)
    {
        if (type.SpecialType is not (SpecialType.None or SpecialType.System_Nullable_T) || type.TypeKind == TypeKind.Enum || !seen.Add(type))
        {
            return type.SpecialType is not (SpecialType.System_Object or SpecialType.System_Array);
        }

        if (type is not INamedTypeSymbol { TypeKind: TypeKind.Class or TypeKind.Struct } named)
        {
            return false;
        }

        foreach (var level in Coverage.Chain(named))
        {
            // The private fields of referenced classes aren't shown with their types.
            if (level.IsReferenceType && level.DeclaringSyntaxReferences.IsEmpty)
            {
                return false;
            }

            foreach (var held in level.GetMembers().OfType<IFieldSymbol>().Where(f => !f.IsStatic).Select(f => f.Type).Concat(Captured(level).Select(p => p.Type)))
            {
                var isOpen = held is { IsReferenceType: true, IsSealed: false };
                if (isOpen || !Of(held, compilation) || !HoldsOnlyFixed(held, compilation, seen))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static bool CanChange(INamedTypeSymbol level, Compilation compilation)
    {
        if (level.GetMembers().Any(member => member switch
        {
            IPropertySymbol { IsStatic: false, SetMethod: { IsInitOnly: false } } => true,
            IFieldSymbol { IsStatic: false, IsReadOnly: false, IsImplicitlyDeclared: false } => true,
            _ => false,
        }))
        {
            return true;
        }

        var captured = Captured(level).ToList();
        return captured.Count > 0 && (captured.Any(p => p.Type is { IsValueType: true, IsReadOnly: false, TypeKind: not TypeKind.Enum }) || Changes(level, captured, compilation));
    }

    // Parameters of the primary constructor that the object keeps in fields which aren't read-only. Those of records are properties.
    private static IEnumerable<IParameterSymbol> Captured(INamedTypeSymbol level) =>
        level.IsRecord ? []
        : level.InstanceConstructors.FirstOrDefault(c => c.DeclaringSyntaxReferences.Any(r => r.GetSyntax() is TypeDeclarationSyntax)) is { } primary ? primary.Parameters
        : [];

    private static bool Changes(INamedTypeSymbol level, List<IParameterSymbol> captured, Compilation compilation)
    {
        var names = new HashSet<string>(captured.Select(p => p.Name), StringComparer.Ordinal);
        return level.DeclaringSyntaxReferences
            .SelectMany(r => r.GetSyntax().DescendantNodes())
            .OfType<IdentifierNameSyntax>()
            .Any(n => names.Contains(n.Identifier.ValueText) && IsChanged(n)
                && (!compilation.ContainsSyntaxTree(n.SyntaxTree) || compilation.GetSemanticModel(n.SyntaxTree).GetSymbolInfo(n).Symbol is IParameterSymbol));
    }

    // The target of an assignment, also in a tuple, or an argument that is passed by reference.
    private static bool IsChanged(SyntaxNode node) => node.Parent switch
    {
        AssignmentExpressionSyntax assignment => assignment.Left == node,
        PrefixUnaryExpressionSyntax prefix => prefix.Kind() is SyntaxKind.PreIncrementExpression or SyntaxKind.PreDecrementExpression or SyntaxKind.AddressOfExpression,
        PostfixUnaryExpressionSyntax postfix => postfix.Kind() is SyntaxKind.PostIncrementExpression or SyntaxKind.PostDecrementExpression,
        RefExpressionSyntax => true,
        ParenthesizedExpressionSyntax inner => IsChanged(inner),
        ArgumentSyntax { Parent: TupleExpressionSyntax tuple } => IsChanged(tuple),
        ArgumentSyntax argument => argument.RefKindKeyword.Kind() is SyntaxKind.RefKeyword or SyntaxKind.OutKeyword,
        _ => false,
    };

    /// <summary>
    /// Whether all fields of a referenced class are read-only. Its metadata is read, because the compiler doesn't import the private ones.
    /// </summary>
    private static bool IsFixed(INamedTypeSymbol type)
    {
        type = type.OriginalDefinition;
        if (type.ContainingModule.GetMetadata()?.GetMetadataReader() is not { } reader
            || MetadataTokens.EntityHandle(type.MetadataToken) is not { Kind: HandleKind.TypeDefinition } handle)
        {
            return false;
        }

        return reader.GetTypeDefinition((TypeDefinitionHandle)handle).GetFields()
            .Select(field => reader.GetFieldDefinition(field).Attributes)
            .All(attributes => (attributes & (FieldAttributes.Static | FieldAttributes.InitOnly)) != 0);
    }
}
