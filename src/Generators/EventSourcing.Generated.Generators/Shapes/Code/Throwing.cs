using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Shapes.Code;

/// <summary>Finds out whether user code may throw when values of stored types are handled: it contains a throw, or a call.</summary>
internal static class Throwing
{
    /// <summary>Whether reading the value of a member may throw.</summary>
    public static bool WhenTaken(ISymbol? member) => member is IPropertySymbol { GetMethod: { } getter } && IsIn(getter);

    /// <summary>Whether creating an object of the type may throw; assumed for a type that is compiled elsewhere.</summary>
    public static bool WhenMade(INamedTypeSymbol type) => Coverage.Chain(type).Any(level => level.DeclaringSyntaxReferences.IsEmpty || level.GetMembers().Any(member => member switch
    {
        { IsStatic: true } => false,
        IMethodSymbol { MethodKind: MethodKind.Constructor } constructor => constructor.DeclaringSyntaxReferences.Any(r => r.GetSyntax() is ConstructorDeclarationSyntax declaration && Throws(declaration)),
        IMethodSymbol { MethodKind: MethodKind.PropertySet } setter => IsIn(setter),
        // An initial value may check a parameter of the primary constructor.
        IPropertySymbol property => property.DeclaringSyntaxReferences.Any(r => r.GetSyntax() is PropertyDeclarationSyntax { Initializer: { } initializer } && Throws(initializer)),
        IFieldSymbol field => field.DeclaringSyntaxReferences.Any(r => r.GetSyntax() is VariableDeclaratorSyntax { Initializer: { } initializer } && Throws(initializer)),
        _ => false,
    }));

    private static bool IsIn(IMethodSymbol accessor) =>
        accessor.DeclaringSyntaxReferences.Any(r => r.GetSyntax() is AccessorDeclarationSyntax or ArrowExpressionClauseSyntax && Throws(r.GetSyntax()));

    private static bool Throws(SyntaxNode code) => code.DescendantNodes().Any(n => n is ThrowExpressionSyntax or ThrowStatementSyntax or InvocationExpressionSyntax);
}
