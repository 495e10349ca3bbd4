using System.Collections.Concurrent;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shapes.Code;
using EventSourcing.Generators.Shared;
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
                    // A method of its own that checks.
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

    // Not what an exception says.
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
