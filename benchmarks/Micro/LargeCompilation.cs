using EventSourcing.Generators;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Benchmarks.Micro;

/// <summary>The large project as a compilation in memory.</summary>
internal static class LargeCompilation
{
    private static readonly CSharpParseOptions Options = new(LanguageVersion.CSharp14);

    private static readonly IReadOnlyList<MetadataReference> References =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(p => p.Contains("Microsoft.NETCore.App", StringComparison.Ordinal) || IsOurs(Path.GetFileName(p)))
            .Select(p => MetadataReference.CreateFromFile(p))];

    public static GeneratorDriver Driver() => CSharpGeneratorDriver.Create([new EventSourcingGenerator().AsSourceGenerator()], parseOptions: Options);

    public static CSharpCompilation Create() => CSharpCompilation.Create(
        "Large",
        [
            .. Enumerable.Range(0, LargeProject.Aggregates).Select(i => Tree(LargeProject.Aggregate(i), $"Aggregate{i}.cs")),
            Tree(LargeProject.Shared, "Shared.cs"), Tree(LargeProject.Application, "Application.cs"), Tree(LargeProject.Usings, "Usings.cs"),
        ],
        References,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));

    public static SyntaxTree Tree(string source, string name) => CSharpSyntaxTree.ParseText(source, Options, name);

    private static bool IsOurs(string name) =>
        (name.StartsWith("EventSourcing.Generated", StringComparison.Ordinal) && !name.Contains("Generators", StringComparison.Ordinal))
        || name.StartsWith("Microsoft.Data.Sqlite", StringComparison.Ordinal) || name.StartsWith("SQLitePCLRaw", StringComparison.Ordinal);
}
