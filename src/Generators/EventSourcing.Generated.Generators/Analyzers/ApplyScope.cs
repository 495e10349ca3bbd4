using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace EventSourcing.Generators.Analyzers;

/// <summary>
/// Finds the methods of an aggregate that run only while an event is applied: the Apply methods, and private methods that only these
/// call. Local functions and lambdas count as code of the method around them.
/// </summary>
/// <remarks>
/// Callers are found by name in the user's parts of the class, when an operation makes it necessary. (Analyzers could collect calls until
/// the end of a symbol, but the compiler doesn't report this end for a class with partial constructors.)
/// </remarks>
internal static class ApplyScope
{
    /// <summary>The method of an aggregate that contains the operation; null elsewhere, as in initializers and nested types.</summary>
    public static IMethodSymbol? AggregateMethod(this OperationAnalysisContext context) =>
        context.ContainingSymbol is IMethodSymbol method && method.ContainingType.IsEventSourced() ? method : null;

    /// <summary>Whether the method runs only while an event is applied.</summary>
    public static bool RunsInApply(this IMethodSymbol method, CancellationToken cancellation) => method.IsApply()
        || (IsPrivate(method) && RunsInApply(method.Name, [.. method.ContainingType.UserDeclarations(cancellation)], []));

    private static bool RunsInApply(string name, IReadOnlyList<SyntaxNode> parts, HashSet<string> path)
    {
        // A recursive call isn't a call from elsewhere.
        if (!path.Add(name))
        {
            return true;
        }

        var callers = parts
            .SelectMany(p => p.DescendantNodes().OfType<SimpleNameSyntax>().Where(n => n.Identifier.ValueText == name))
            .Select(n => n.FirstAncestorOrSelf<MemberDeclarationSyntax>())
            .ToList();
        return callers.Count > 0 && callers.All(c => c is MethodDeclarationSyntax caller
            && (caller.Identifier.ValueText == "Apply" || (IsPrivate(caller) && RunsInApply(caller.Identifier.ValueText, parts, path))));
    }

    private static bool IsPrivate(IMethodSymbol method) => method is { DeclaredAccessibility: Accessibility.Private, MethodKind: MethodKind.Ordinary };

    private static bool IsPrivate(MethodDeclarationSyntax method) => method.ExplicitInterfaceSpecifier is null
        && !method.Modifiers.Any(m => m.ValueText is "public" or "internal" or "protected");
}
