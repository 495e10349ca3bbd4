using EventSourcing.Generators.Projections;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace EventSourcing.Generators.Analyzers;

/// <summary>
/// Finds the code of a view that runs in its fold: the methods When and KeyOf, constructors, operators, initial values, and the members of the
/// view that these use. Local functions and lambdas count as code of the member around them.
/// </summary>
internal static class FoldScope
{
    /// <summary>The member of a view that contains the operation; null elsewhere. An accessor belongs to its property.</summary>
    public static ISymbol? ViewMember(this OperationAnalysisContext context)
    {
        var member = context.ContainingSymbol;
        return member.ContainingType is { IsRecord: true } type && type.FindAttribute(KnownNames.Projection) is not null
            ? (member as IMethodSymbol)?.AssociatedSymbol ?? (member as IFieldSymbol)?.AssociatedSymbol ?? member
            : null;
    }

    /// <summary>Whether the member of a view runs in its fold.</summary>
    public static bool RunsInFold(this ISymbol member, Compilation compilation, CancellationToken cancellation)
    {
        var view = member.ContainingType;
        var found = new HashSet<ISymbol>(view.GetMembers().Where(m => m.IsUserWritten() && IsAlwaysUsed(m)), SymbolEqualityComparer.Default);
        var open = new Stack<ISymbol>(found);
        while (!found.Contains(member) && open.Count > 0)
        {
            foreach (var used in UsedBy(open.Pop(), compilation, cancellation))
            {
                if (found.Add(used))
                {
                    open.Push(used);
                }
            }
        }

        return found.Contains(member);
    }

    /// <summary>Whether the method is a When or a KeyOf of a view.</summary>
    public static bool IsHandler(this IMethodSymbol method) => method is { Name: ViewHandlers.When or ViewHandlers.KeyOf, MethodKind: MethodKind.Ordinary }
        && method.ContainingType.FindAttribute(KnownNames.Projection) is not null;

    /// <summary>The code that contains the operation, as messages call it.</summary>
    public static string CodeName(this OperationAnalysisContext context)
    {
        var (symbol, view) = (context.ContainingSymbol, context.ContainingSymbol.ContainingType.Name);
        return symbol is IMethodSymbol { MethodKind: MethodKind.Constructor } ? $"A constructor of '{view}'"
            : $"{(symbol is IMethodSymbol ? "" : "The initial value of ")}'{view}.{context.ViewMember()!.Name}'";
    }

    // Constructors and operators are used without their names. Columns have no code, except for initial values.
    private static bool IsAlwaysUsed(ISymbol member) => member switch
    {
        IMethodSymbol method => method.IsHandler() || method.MethodKind is MethodKind.Constructor or MethodKind.UserDefinedOperator or MethodKind.Conversion,
        IFieldSymbol { IsStatic: false } => true,
        IPropertySymbol { IsStatic: false } => member.FindAttribute(KnownNames.StateIgnore) is null
            && member.UserDeclarations().Any(d => d is PropertyDeclarationSyntax { Initializer: not null }),
        _ => false,
    };

    private static IEnumerable<ISymbol> UsedBy(ISymbol member, Compilation compilation, CancellationToken cancellation) =>
        // The declaration of a primary constructor is that of the type.
        member.UserDeclarations(cancellation).Where(d => d is not TypeDeclarationSyntax)
            .SelectMany(d => d.DescendantNodes().OfType<SimpleNameSyntax>())
            .Where(n => member.ContainingType.MemberNames.Contains(n.Identifier.ValueText))
            .Select(n => compilation.GetSemanticModel(n.SyntaxTree).GetSymbolInfo(n, cancellation).Symbol?.OriginalDefinition)
            .OfType<ISymbol>()
            .Where(s => SymbolEqualityComparer.Default.Equals(s.ContainingType, member.ContainingType));
}
