using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace EventSourcing.Generators.Analyzers;

/// <summary>What calls the library, or an application, in programs that reference it.</summary>
internal static class LibraryUse
{
    /// <summary>Looks at operations of a kind where the library is referenced.</summary>
    /// <param name="context">Of the analyzer.</param>
    /// <param name="kind">Of the operations.</param>
    /// <param name="analyze">Takes an operation and the library's core.</param>
    public static void RegisterOperationAction(AnalysisContext context, OperationKind kind, Action<OperationAnalysisContext, IAssemblySymbol> analyze) =>
        context.RegisterCompilationStartAction(start =>
        {
            if (start.Compilation.GetTypeByMetadataName(KnownNames.EventSourced) is { ContainingAssembly: var library })
                start.RegisterOperationAction(operation => analyze(operation, library), kind);
        });

    /// <summary>Whether a type is one of the library's, or an application.</summary>
    public static bool IsOurs(INamedTypeSymbol type, IAssemblySymbol library) =>
        type.ContainingAssembly?.Name.StartsWith(library.Name, StringComparison.Ordinal) == true || type.FindAttribute(KnownNames.EventSourcedApplication) is not null;
}
