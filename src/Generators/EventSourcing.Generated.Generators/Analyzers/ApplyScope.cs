using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace EventSourcing.Generators.Analyzers;

/// <summary>
/// Which methods of an aggregate run only while an event is applied: the Apply methods, and private methods that nothing else
/// names. What local functions and lambdas do counts for the method around them.
/// </summary>
/// <remarks>
/// Callers are found by name in the user's parts of the class, when an operation makes it necessary. (The end of a symbol, for
/// which analyzers could collect calls, isn't reached by the compiler in a class with partial constructors.)
/// </remarks>
internal static class ApplyScope
{
    /// <summary>The method of an aggregate that the operation is in; null elsewhere, as in initializers and nested types.</summary>
    public static IMethodSymbol? AggregateMethod(this OperationAnalysisContext context) =>
        context.ContainingSymbol is IMethodSymbol method && method.ContainingType.IsEventSourced() ? method : null;

    /// <summary>Whether the method runs only while an event is applied.</summary>
    public static bool RunsInApply(this IMethodSymbol method, CancellationToken cancellation) => method.IsApply()
        || (IsPrivate(method) && RunsInApply(method.Name, [.. method.ContainingType.UserDeclarations(cancellation)], []));

    private static bool RunsInApply(string name, IReadOnlyList<SyntaxNode> parts, HashSet<string> path)
    {
        // A method that calls itself is no reason against it.
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
