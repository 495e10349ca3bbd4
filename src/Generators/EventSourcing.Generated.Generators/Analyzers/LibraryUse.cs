using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace EventSourcing.Generators.Analyzers;

/// <summary>Finds calls of the library, or of an application, in programs that reference it.</summary>
internal static class LibraryUse
{
    /// <summary>Looks at operations of a kind where the library is referenced.</summary>
    /// <param name="context">The context of the analyzer.</param>
    /// <param name="kind">The kind of the operations.</param>
    /// <param name="analyze">Receives an operation and the library's core.</param>
    public static void RegisterOperationAction(AnalysisContext context, OperationKind kind, Action<OperationAnalysisContext, IAssemblySymbol> analyze) =>
        context.RegisterCompilationStartAction(start =>
        {
            if (start.Compilation.GetTypeByMetadataName(KnownNames.EventSourced) is { ContainingAssembly: var library })
            {
                start.RegisterOperationAction(operation => analyze(operation, library), kind);
            }
        });

    /// <summary>The call, or the outermost expression that awaits it, in any way.</summary>
    public static IOperation Awaited(IOperation call)
    {
        var value = call;
        while (true)
        {
            switch (value.Parent)
            {
                case IAwaitOperation or IConversionOperation:
                    value = value.Parent;
                    break;
                case IInvocationOperation { TargetMethod.Name: "ConfigureAwait" or "AsTask" or "Preserve" or "GetAwaiter" or "GetResult" } around when around.Instance == value:
                    value = around;
                    break;
                case IPropertyReferenceOperation { Property.Name: "Result" } around:
                    value = around;
                    break;
                default:
                    return value;
            }
        }
    }

    /// <summary>Whether a type is one of the library's, or an application.</summary>
    public static bool IsOurs(INamedTypeSymbol type, IAssemblySymbol library) =>
        type.ContainingAssembly?.Name.StartsWith(library.Name, StringComparison.Ordinal) == true || type.FindAttribute(KnownNames.EventSourcedApplication) is not null;
}
