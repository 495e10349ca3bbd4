using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Tests.Testing;

/// <summary>The sources of the generator itself, compiled once more for questions to them.</summary>
internal static class GeneratorSources
{
    // Those that the project has implicitly.
    private const string Usings = "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Threading; global using System.Threading.Tasks;";

    /// <summary>The files, relative to the folder of the project, with / between folders.</summary>
    public static IReadOnlyList<string> Files { get; } =
        [.. Directory.EnumerateFiles(Folder(), "*.cs", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(Folder(), f).Replace('\\', '/'))
            .Where(f => !f.StartsWith("obj/", StringComparison.Ordinal) && !f.StartsWith("bin/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];

    private static readonly Lazy<CSharpCompilation> Compiled = new(() => CSharpCompilation.Create(
        "Generator",
        [.. Files.Select(f => Tree(File.ReadAllText(Path.Combine(Folder(), f)), f)), Tree(Usings, "")],
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(p => !Path.GetFileName(p).StartsWith("EventSourcing.Generated", StringComparison.Ordinal))
            .Select(p => MetadataReference.CreateFromFile(p)),
        // Without nullable annotations, which would take the compiler long and change nothing here.
        new(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true)));

    /// <summary>The room of a file: the first folder of its path. What puts all together has none.</summary>
    public static string RoomOf(string file) => file.Contains('/', StringComparison.Ordinal) ? file[..file.IndexOf('/', StringComparison.Ordinal)] : "";

    /// <summary>The text of a file.</summary>
    public static string Text(string file) => Compiled.Value.SyntaxTrees.Single(t => t.FilePath == file).ToString();

    /// <summary>What doesn't compile, which would leave references unseen.</summary>
    public static IEnumerable<Diagnostic> Errors => Compiled.Value.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error);

    /// <summary>All types of the generator that a file names, or of which it uses a member, with the files that declare them.</summary>
    public static IEnumerable<(INamedTypeSymbol Type, string DeclaredIn)> TypesUsedBy(string file)
    {
        var tree = Compiled.Value.SyntaxTrees.Single(t => t.FilePath == file);
        var model = Compiled.Value.GetSemanticModel(tree);
        return tree.GetRoot().DescendantNodes()
            .Where(n => n is SimpleNameSyntax or ImplicitObjectCreationExpressionSyntax)
            .SelectMany(n => new[] { model.GetSymbolInfo(n).Symbol, model.GetTypeInfo(n).Type })
            .OfType<ISymbol>()
            .SelectMany(TypesOf)
            .Distinct<INamedTypeSymbol>(SymbolEqualityComparer.Default)
            .SelectMany(t => t.DeclaringSyntaxReferences.Select(r => (t, r.SyntaxTree.FilePath)));
    }

    /// <summary>The rooms that the using directives of a file name.</summary>
    public static IEnumerable<string> RoomsNamedBy(string file) => Compiled.Value.SyntaxTrees.Single(t => t.FilePath == file).GetCompilationUnitRoot().Usings
        .Select(u => $"{u.NamespaceOrType}".Split('.'))
        .Where(n => n is ["EventSourcing", "Generators", _, ..])
        .Select(n => n[2])
        .Distinct();

    private static IEnumerable<INamedTypeSymbol> TypesOf(ISymbol symbol) => symbol switch
    {
        IArrayTypeSymbol array => TypesOf(array.ElementType),
        INamedTypeSymbol type => type.TypeArguments.SelectMany(TypesOf).Append(type.OriginalDefinition),
        { ContainingType: { } type } and not (ILocalSymbol or IParameterSymbol or ITypeParameterSymbol) => TypesOf(type),
        _ => [],
    };

    private static SyntaxTree Tree(string text, string file) => CSharpSyntaxTree.ParseText(text, new(LanguageVersion.CSharp14), file);

    private static string Folder([CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "..", "src", "Generators", "EventSourcing.Generated.Generators"));
}
