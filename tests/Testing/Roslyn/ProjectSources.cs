using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Testing;

/// <summary>The sources of a project, compiled once more for questions about what uses what. Its first folders are its rooms.</summary>
internal sealed class ProjectSources
{
    // Those that the project has implicitly.
    private const string Usings = "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Threading; global using System.Threading.Tasks;";

    private readonly Lazy<CSharpCompilation> _compiled;
    private readonly Lazy<Dictionary<string, SyntaxTree>> _trees;
    private readonly HashSet<string> _files;
    private readonly ConcurrentDictionary<string, List<(INamedTypeSymbol Type, string DeclaredIn)>> _used = [];

    /// <param name="folder">The folder of the project, below that of the repository.</param>
    /// <param name="others">Folders and files whose sources it uses, and about which nothing is asked.</param>
    public ProjectSources(string folder, params string[] others)
    {
        var root = Path.Combine(Tree.Root, folder);
        Files = [.. SourcesIn(root).Select(f => Path.GetRelativePath(root, f).Replace('\\', '/')).Order(StringComparer.Ordinal)];
        _compiled = new(() => CSharpCompilation.Create(
            "Sources",
            [
                .. Files.Select(f => Parse(File.ReadAllText(Path.Combine(root, f)), f)),
                .. others.SelectMany(o => SourcesIn(Path.Combine(Tree.Root, o))).Select(f => Parse(File.ReadAllText(f), f)),
                Parse(Usings, ""),
            ],
            ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
                .Where(p => !Path.GetFileName(p).StartsWith("EventSourcing.Generated", StringComparison.Ordinal))
                .Select(p => MetadataReference.CreateFromFile(p)),
            // Without nullable annotations, which would take the compiler long and change nothing here.
            new(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true)));
        _files = [.. Files];
        _trees = new(() => _compiled.Value.SyntaxTrees.Where(t => _files.Contains(t.FilePath)).ToDictionary(t => t.FilePath));
    }

    /// <summary>The files, relative to the folder of the project, with / between folders.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>What doesn't compile, which would leave references unseen; not methods whose bodies a source generator writes.</summary>
    public IEnumerable<Diagnostic> Errors => _compiled.Value.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error && d.Id != "CS8795");

    /// <summary>The room of a file: the first folder of its path. The files beside the rooms have none.</summary>
    public static string RoomOf(string file) => file.Contains('/', StringComparison.Ordinal) ? file[..file.IndexOf('/', StringComparison.Ordinal)] : "";

    /// <summary>The text of a file.</summary>
    public string Text(string file) => TreeOf(file).ToString();

    /// <summary>The namespaces that the using directives of a file name.</summary>
    public IEnumerable<string> NamespacesUsedBy(string file) => TreeOf(file).GetCompilationUnitRoot().Usings.Select(u => $"{u.NamespaceOrType}");

    /// <summary>All types of the project that a file names, or of which it uses a member, with the files that declare them.</summary>
    public IReadOnlyList<(INamedTypeSymbol Type, string DeclaredIn)> TypesUsedBy(string file) => _used.GetOrAdd(file, FindTypesUsedBy);

    /// <summary>The references from a room to others that a graph doesn't allow, a line for each.</summary>
    public IReadOnlyList<string> WrongReferences(string room, IReadOnlyCollection<string> allowed) =>
    [
        .. Files.Where(f => RoomOf(f) == room).SelectMany(f => TypesUsedBy(f)
            .Where(used => RoomOf(used.DeclaredIn) != room && !allowed.Contains(RoomOf(used.DeclaredIn)))
            .Select(used => $"{f} uses {used.Type.Name} of {used.DeclaredIn}")),
    ];

    private List<(INamedTypeSymbol Type, string DeclaredIn)> FindTypesUsedBy(string file)
    {
        var tree = TreeOf(file);
        var model = _compiled.Value.GetSemanticModel(tree);
        return [.. tree.GetRoot().DescendantNodes()
            .Where(n => n is SimpleNameSyntax or ImplicitObjectCreationExpressionSyntax)
            .SelectMany(n => new[] { model.GetSymbolInfo(n).Symbol, model.GetTypeInfo(n).Type })
            .OfType<ISymbol>()
            .SelectMany(TypesOf)
            .Distinct<INamedTypeSymbol>(SymbolEqualityComparer.Default)
            .SelectMany(t => t.DeclaringSyntaxReferences.Select(r => (t, r.SyntaxTree.FilePath)))
            .Where(used => _files.Contains(used.FilePath))];
    }

    private static IEnumerable<string> SourcesIn(string folder) => File.Exists(folder) ? [folder] : Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
        .Where(f => Path.GetRelativePath(folder, f) is var path && !path.StartsWith("obj", StringComparison.Ordinal) && !path.StartsWith("bin", StringComparison.Ordinal));

    private static IEnumerable<INamedTypeSymbol> TypesOf(ISymbol symbol) => symbol switch
    {
        IArrayTypeSymbol array => TypesOf(array.ElementType),
        INamedTypeSymbol type => type.TypeArguments.SelectMany(TypesOf).Append(type.OriginalDefinition),
        { ContainingType: { } type } and not (ILocalSymbol or IParameterSymbol or ITypeParameterSymbol) => TypesOf(type),
        _ => [],
    };

    private static SyntaxTree Parse(string text, string file) => CSharpSyntaxTree.ParseText(text, new(LanguageVersion.CSharp14), file);

    private CSharpSyntaxTree TreeOf(string file) => (CSharpSyntaxTree)_trees.Value[file];
}
