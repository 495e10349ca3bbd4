using System.Collections.Concurrent;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shapes.Code;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace EventSourcing.Generators.Analyzers;

/// <summary>ESG0049: constructors and setters of stored types, which run again when an event is loaded, depend on their values alone.</summary>
internal static class StoredTypeChecks
{
    /// <param name="types">The stored types of an aggregate.</param>
    /// <param name="seen">The types that were checked for another aggregate.</param>
    /// <param name="compilation">The compilation of the types.</param>
    /// <param name="report">Receives the diagnostics.</param>
    /// <param name="cancellation">Cancels the check.</param>
    public static void Check(IEnumerable<INamedTypeSymbol> types, ConcurrentDictionary<ISymbol, bool> seen, Compilation compilation, Action<Diagnostic> report, CancellationToken cancellation)
    {
        foreach (var type in types.Where(t => t.HasSourceIn(compilation) && seen.TryAdd(t, true)))
        {
            var code = new HarmlessCode(type, compilation);
            var visited = new HashSet<IMethodSymbol>(SymbolEqualityComparer.Default);
            foreach (var member in type.GetMembers())
            {
                if (member is IMethodSymbol { MethodKind: MethodKind.Constructor or MethodKind.StaticConstructor or MethodKind.PropertySet } method)
                {
                    LookInto(method);
                }
                else
                {
                    Look(InitialValueOf(member, compilation, cancellation));
                }
            }

            void LookInto(IMethodSymbol method)
            {
                if (visited.Add(method))
                {
                    Look(code.BodyOf(method));
                }
            }

            void Look(IOperation? operation)
            {
                foreach (var part in operation is null ? [] : Parts(operation))
                {
                    if (NondeterministicApis.Find(part, out var used) is not null)
                    {
                        report(Diagnostic.Create(Rules.UnstableCheck, part.Syntax.GetLocation(), type.Name, used));
                    }
                    // The type's own method may check the value.
                    if (part is IInvocationOperation { TargetMethod: var called } && SymbolEqualityComparer.Default.Equals(called.ContainingType.OriginalDefinition, type.OriginalDefinition))
                    {
                        LookInto(called.OriginalDefinition);
                    }
                }
            }
        }
    }

    private static IOperation? InitialValueOf(ISymbol member, Compilation compilation, CancellationToken cancellation)
    {
        var value = member.UserDeclarations(cancellation).FirstOrDefault() switch
        {
            PropertyDeclarationSyntax property => property.Initializer,
            VariableDeclaratorSyntax field => field.Initializer,
            _ => null,
        };
        return value is null ? null : compilation.GetSemanticModel(value.SyntaxTree).GetOperation(value, cancellation);
    }

    // The message of an exception isn't checked.
    private static IEnumerable<IOperation> Parts(IOperation operation)
    {
        if (operation is IThrowOperation)
        {
            yield break;
        }

        yield return operation;
        foreach (var part in operation.ChildOperations.SelectMany(Parts))
        {
            yield return part;
        }
    }
}
