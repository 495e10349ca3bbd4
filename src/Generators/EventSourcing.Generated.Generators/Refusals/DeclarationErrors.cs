using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Refusals;

/// <summary>
/// Finds the compiler's own errors in a member's declaration. A generated part that repeats the declaration would repeat the error, in a
/// file that the user didn't write. This is done for refused members only, because the compiler has to check the whole file.
/// </summary>
internal static class DeclarationErrors
{
    // Errors about a missing part: that part is generated here.
    private static readonly HashSet<string> AboutParts = ["CS8795", "CS9275", "CS0759", "CS9276", "CS0751", "CS1994"];

    /// <summary>Whether the declaration can be repeated.</summary>
    /// <param name="method">A member that the user declared.</param>
    /// <param name="compilation">The compilation of the member.</param>
    /// <param name="declared">The names of types that will be generated.</param>
    /// <param name="cancellation">Cancels the check.</param>
    public static bool Allow(IMethodSymbol method, Compilation compilation, HashSet<string> declared, CancellationToken cancellation)
    {
        foreach (var declaration in method.UserDeclarations(cancellation).OfType<BaseMethodDeclarationSyntax>())
        {
            // The compiler reports this at the class.
            if (declaration.ParameterList.Parameters.Any(p => p.Modifiers.Any(SyntaxKind.ThisKeyword)))
            {
                return false;
            }

            var errors = compilation.GetSemanticModel(declaration.SyntaxTree).GetDeclarationDiagnostics(declaration.Span, cancellation)
                .Where(d => d.Severity == DiagnosticSeverity.Error && IsRepeated(d.Location, declaration));
            if (errors.Any(d => !AboutParts.Contains(d.Id) && !WillBeThere(d, declaration, declared)))
            {
                return false;
            }
        }

        return true;
    }

    // Attributes and default values aren't repeated.
    private static bool IsRepeated(Location location, BaseMethodDeclarationSyntax declaration) =>
        !declaration.AttributeLists.Any(a => a.Span.Contains(location.SourceSpan))
        && !declaration.ParameterList.Parameters.Any(p => p.Default?.Span.Contains(location.SourceSpan) == true || p.AttributeLists.Any(a => a.Span.Contains(location.SourceSpan)));

    /// <summary>Whether an unknown type is one of those that will be generated. A qualified name means a type elsewhere.</summary>
    private static bool WillBeThere(Diagnostic diagnostic, BaseMethodDeclarationSyntax declaration, HashSet<string> declared) =>
        diagnostic.Id == "CS0246" && declaration.FindNode(diagnostic.Location.SourceSpan) is SimpleNameSyntax { Parent: not (QualifiedNameSyntax or AliasQualifiedNameSyntax) } name
        && declared.Contains(name.Identifier.ValueText);
}
