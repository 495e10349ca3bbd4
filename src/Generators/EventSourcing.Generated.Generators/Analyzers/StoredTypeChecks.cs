using System.Collections.Concurrent;
using EventSourcing.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace EventSourcing.Generators.Analyzers;

/// <summary>ESG0049: constructors and setters of stored types, which run again when an event is loaded, decide by their values alone.</summary>
internal static class StoredTypeChecks
{
    /// <param name="types">The stored types of an aggregate.</param>
    /// <param name="seen">Those that were looked at for another one.</param>
    /// <param name="compilation">Where they are.</param>
    /// <param name="report">Takes what is found.</param>
    /// <param name="cancellation">Gives up.</param>
    public static void Check(IEnumerable<INamedTypeSymbol> types, ConcurrentDictionary<ISymbol, bool> seen, Compilation compilation, Action<Diagnostic> report, CancellationToken cancellation)
    {
        foreach (var type in types.Where(t => t.HasSourceIn(compilation) && seen.TryAdd(t, true)))
        {
            var visited = new HashSet<SyntaxNode>();
            foreach (var code in type.UserDeclarations(cancellation).OfType<TypeDeclarationSyntax>().SelectMany(d => d.Members).SelectMany(CodeOf))
                Look(code);

            void Look(SyntaxNode code)
            {
                if (!visited.Add(code) || compilation.GetSemanticModel(code.SyntaxTree).GetOperation(code, cancellation) is not { } operation)
                    return;
                foreach (var part in Parts(operation))
                {
                    if (NondeterministicApis.Find(part, out var used) is not null)
                        report(Diagnostic.Create(Rules.UnstableCheck, part.Syntax.GetLocation(), type.Name, used));
                    // A method of its own that checks.
                    if (part is IInvocationOperation { TargetMethod: var called } && SymbolEqualityComparer.Default.Equals(called.ContainingType.OriginalDefinition, type.OriginalDefinition)
                        && called.OriginalDefinition.UserDeclarations(cancellation).FirstOrDefault() is MethodDeclarationSyntax declaration && ((SyntaxNode?)declaration.Body ?? declaration.ExpressionBody) is { } body)
                        Look(body);
                }
            }
        }
    }

    // Where values come in, and are checked.
    private static IEnumerable<SyntaxNode> CodeOf(MemberDeclarationSyntax member) => member switch
    {
        ConstructorDeclarationSyntax constructor => new SyntaxNode?[] { constructor.Body, constructor.ExpressionBody }.OfType<SyntaxNode>(),
        PropertyDeclarationSyntax property => (property.AccessorList?.Accessors.Where(a => a.Keyword.ValueText is "set" or "init").SelectMany(a => new SyntaxNode?[] { a.Body, a.ExpressionBody }) ?? [])
            .Append(property.Initializer).OfType<SyntaxNode>(),
        FieldDeclarationSyntax field => field.Declaration.Variables.Select(v => v.Initializer).OfType<SyntaxNode>(),
        _ => [],
    };

    // Not what an exception says.
    private static IEnumerable<IOperation> Parts(IOperation operation)
    {
        if (operation is IThrowOperation)
            yield break;
        yield return operation;
        foreach (var part in operation.ChildOperations.SelectMany(Parts))
            yield return part;
    }
}
