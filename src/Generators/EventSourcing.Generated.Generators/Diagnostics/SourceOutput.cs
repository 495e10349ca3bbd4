using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Diagnostics;

/// <summary>Adds generated files.</summary>
internal static class SourceOutput
{
    /// <summary>Adds one file of a type. An emitter that fails leaves out its own file, and no other.</summary>
    /// <param name="output">Receives the file.</param>
    /// <param name="hintName">The beginning of the names of the type's files.</param>
    /// <param name="feature">The contents of the file, in one word: the last part of its name.</param>
    /// <param name="write">Writes the whole file.</param>
    public static void Add(this SourceProductionContext output, string hintName, string feature, Action<SourceWriter> write)
    {
        try
        {
            var writer = new SourceWriter();
            write(writer);
            output.AddSource($"{hintName}.{feature}.g.cs", writer.ToSourceText());
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            output.ReportDiagnostic(Diagnostic.Create(Rules.GeneratorFailed, Location.None, hintName, Rules.Describe(e)));
        }
    }
}
