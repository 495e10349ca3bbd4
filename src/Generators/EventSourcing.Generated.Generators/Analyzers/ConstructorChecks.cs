using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Analyzers;

/// <summary>ESG0050: every constructor leads to a creation event, so that no aggregate exists without one.</summary>
internal static class ConstructorChecks
{
    public static void Check(INamedTypeSymbol aggregate, Compilation compilation, Action<Diagnostic> report, CancellationToken cancellation)
    {
        foreach (var constructor in aggregate.InstanceConstructors.Where(c => c.IsUserWritten() && !LeadsToEvent(c, compilation, cancellation)))
        {
            report(Diagnostic.Create(Rules.ConstructorWithoutEvent, constructor.UserLocation(), constructor.ToDisplayString(SymbolDisplayFormat.CSharpShortErrorMessageFormat), aggregate.IsAbstract
                ? "remove it; derived aggregates are created without it"
                : aggregate.InstanceConstructors.Any(c => c.FindAttribute(KnownNames.Event) is not null) ? "call a constructor that raises one, with ': this(…)', or remove it"
                : "replace it with a static method that returns the result of a factory or of Create"));
        }
    }

    private static bool LeadsToEvent(IMethodSymbol constructor, Compilation compilation, CancellationToken cancellation)
    {
        var visited = new HashSet<IMethodSymbol>(SymbolEqualityComparer.Default);
        // The compiler reports constructors that call each other in a circle.
        while (visited.Add(constructor))
        {
            if (constructor.FindAttribute(KnownNames.Event) is not null)
            {
                return true;
            }

            var initializer = constructor.UserDeclarations(cancellation).OfType<ConstructorDeclarationSyntax>().FirstOrDefault()?.Initializer;
            if (initializer is null || !initializer.IsKind(SyntaxKind.ThisConstructorInitializer))
            {
                return false;
            }

            if (compilation.GetSemanticModel(initializer.SyntaxTree).GetSymbolInfo(initializer, cancellation).Symbol is not IMethodSymbol called)
            {
                return true; // the compiler reports the error
            }

            constructor = called;
        }

        return true;
    }
}
