using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Shared;

/// <summary>Types that the compiler doesn't know: misspelt, not imported, or written by another generator.</summary>
internal static class UnknownTypes
{
    /// <summary>The unknown types that a type is made of.</summary>
    public static IEnumerable<INamedTypeSymbol> In(ITypeSymbol type) => type switch
    {
        IArrayTypeSymbol array => In(array.ElementType),
        INamedTypeSymbol named => named.TypeArguments.SelectMany(In).Concat(named.TypeKind == TypeKind.Error ? [named] : []),
        _ => [],
    };

    /// <summary>The generic type without type arguments that the declaration of a symbol names, such as <c>List&lt;&gt;</c>; null for none.</summary>
    public static string? WithoutArguments(ISymbol symbol)
    {
        var written = symbol.UserDeclarations().FirstOrDefault() switch
        {
            ParameterSyntax parameter => parameter.Type,
            PropertyDeclarationSyntax property => property.Type,
            VariableDeclaratorSyntax { Parent: VariableDeclarationSyntax field } => field.Type,
            _ => null,
        };
        return written?.DescendantNodesAndSelf().OfType<GenericNameSyntax>().FirstOrDefault(n => n.IsUnboundGenericName)?.ToString();
    }

    /// <summary>For messages about a type that lacks something: that parts of it may not be visible. Empty when it has only one part.</summary>
    public static string Hint(ITypeSymbol type) =>
        type.UserDeclarations().OfType<TypeDeclarationSyntax>().Any(d => d.IsPartial())
            ? $" ('{type.Name}' is partial, but members that another generator adds can't be seen here)"
            : "";

    /// <summary>The error in the type, and the remedy.</summary>
    public static string ReasonOf(ITypeSymbol unknown) => unknown is not IErrorTypeSymbol { CandidateSymbols: [var candidate, ..] } error
        ? "is unknown: correct its name, or add a using directive or a reference; a type that another generator writes can't be seen here"
        : error.CandidateReason switch
        {
            CandidateReason.Ambiguous => "is ambiguous: qualify it with its namespace",
            CandidateReason.Inaccessible => "isn't accessible here: make it more accessible",
            CandidateReason.WrongArity when candidate is INamedTypeSymbol { Arity: var arity } => $"has the wrong number of type arguments: it takes {arity}",
            _ => "can't be used here: use another type",
        };

    /// <summary>Whether there is no type of that name. The compiler reports an ambiguous or inaccessible name.</summary>
    public static bool IsMissing(INamedTypeSymbol unknown) => unknown is IErrorTypeSymbol { CandidateSymbols.IsEmpty: true };
}
