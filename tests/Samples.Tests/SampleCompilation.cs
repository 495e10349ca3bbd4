using System.Collections.Immutable;
using System.Globalization;
using EventSourcing.Generators;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Xunit;

namespace EventSourcing.Samples.Tests;

/// <summary>Source texts compiled as a user's project would be: implicit usings, nullable, generator and analyzers.</summary>
internal sealed class SampleCompilation
{
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    // A web program's project has more.
    private const string WebUsings = """
        global using Microsoft.AspNetCore.Builder;
        global using Microsoft.AspNetCore.Hosting;
        global using Microsoft.AspNetCore.Http;
        global using Microsoft.AspNetCore.Routing;
        global using Microsoft.Extensions.Configuration;
        global using Microsoft.Extensions.DependencyInjection;
        global using Microsoft.Extensions.Hosting;
        global using Microsoft.Extensions.Logging;
        """;

    private static readonly CSharpParseOptions Parse = new(LanguageVersion.CSharp14);

    // References the framework that the tests run on, and the assemblies beside them, not reference packs, which a test could not download.
    private static readonly ImmutableArray<MetadataReference> References =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Where(IsReference).Select(p => MetadataReference.CreateFromFile(p))];

    private readonly Compilation _compilation;

    public SampleCompilation(string name, OutputKind kind, params IEnumerable<string> sources)
        : this(name, kind, [], sources)
    {
    }

    /// <param name="name">The name of the assembly.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="references">Assemblies of other samples, beside the tests.</param>
    /// <param name="sources">The texts.</param>
    public SampleCompilation(string name, OutputKind kind, IReadOnlyCollection<string> references, IEnumerable<string> sources)
    {
        var input = CSharpCompilation.Create(
            name,
            sources.Append(ImplicitUsings).Concat(sources.Any(IsWeb) ? [WebUsings] : []).Select((s, i) => CSharpSyntaxTree.ParseText(s, Parse, $"{name}{i}.cs")),
            References.Concat(references.Select(r => MetadataReference.CreateFromFile(Path.Combine(AppContext.BaseDirectory, r + ".dll")))),
            new(kind, nullableContextOptions: NullableContextOptions.Enable));
        var driver = CSharpGeneratorDriver.Create([new EventSourcingGenerator().AsSourceGenerator()], parseOptions: Parse)
            .RunGeneratorsAndUpdateCompilation(input, out _compilation, out _, TestContext.Current.CancellationToken);
        var result = driver.GetRunResult().Results.Single();
        Assert.Null(result.Exception);
        Generated = result.GeneratedSources.ToDictionary(s => s.HintName, s => s.SourceText.ToString());
    }

    /// <summary>The generated files by their names.</summary>
    public IReadOnlyDictionary<string, string> Generated { get; }

    /// <summary>Errors and warnings of compiler and analyzers, as id and message. CS8019 and the like are below.</summary>
    public async Task<IReadOnlyList<string>> GetProblemsAsync()
    {
        ImmutableArray<DiagnosticAnalyzer> analyzers =
            [.. typeof(EventSourcingGenerator).Assembly.GetTypes()
                .Where(t => t.IsSubclassOf(typeof(DiagnosticAnalyzer)) && !t.IsAbstract)
                .Select(t => (DiagnosticAnalyzer)Activator.CreateInstance(t)!)];
        var diagnostics = await _compilation.WithAnalyzers(analyzers).GetAllDiagnosticsAsync(TestContext.Current.CancellationToken);
        return [.. diagnostics
            .Where(d => d.Severity >= DiagnosticSeverity.Warning && !d.IsSuppressed)
            .Select(d => $"{d.Id}: {d.GetMessage(CultureInfo.InvariantCulture)}")];
    }

    public byte[] Emit()
    {
        using var image = new MemoryStream();
        var emitted = _compilation.Emit(image, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(emitted.Success, string.Join('\n', emitted.Diagnostics));
        return image.ToArray();
    }

    private static bool IsWeb(string source) => source.Contains("WebApplication", StringComparison.Ordinal);

    private static bool IsReference(string path)
    {
        var name = Path.GetFileName(path);
        return path.Contains("Microsoft.NETCore.App", StringComparison.Ordinal)
            || path.Contains("Microsoft.AspNetCore.App", StringComparison.Ordinal)
            || (name.StartsWith("EventSourcing.Generated", StringComparison.Ordinal) && !name.Contains("Generators", StringComparison.Ordinal))
            || name.StartsWith("Microsoft.EntityFrameworkCore", StringComparison.Ordinal)
            || name.StartsWith("Npgsql", StringComparison.Ordinal)
            || name.StartsWith("Microsoft.Data.Sqlite", StringComparison.Ordinal)
            || name.StartsWith("Vogen", StringComparison.Ordinal)
            || name.StartsWith("SQLitePCLRaw", StringComparison.Ordinal)
            || name.StartsWith("Microsoft.Extensions.DependencyInjection", StringComparison.Ordinal);
    }
}
