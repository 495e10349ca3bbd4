using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Mutation;

/// <summary>Inserts mutants into the sources of a compilation: all into one assembly, each with a number, off until it is switched on.</summary>
internal sealed class Mutator
{
    private readonly CSharpCompilation _compilation;

    public Mutator(CSharpCompilation compilation)
    {
        _compilation = compilation.AddSyntaxTrees(CSharpSyntaxTree.ParseText(MutantSwitch.Source, (CSharpParseOptions)compilation.SyntaxTrees[0].Options));
        if (Errors(_compilation.GetDiagnostics()) is { Length: > 0 } errors)
        {
            throw new InvalidOperationException($"The project doesn't compile without mutants:\n{errors}");
        }
    }

    /// <summary>All mutants of the given files.</summary>
    /// <param name="isMutated">Whether a file, by its path, is mutated.</param>
    /// <param name="name">How a path is shown.</param>
    public IReadOnlyList<(SyntaxTree Tree, Mutant Mutant)> Find(Func<string, bool> isMutated, Func<string, string> name) =>
        [.. _compilation.SyntaxTrees.Where(t => isMutated(t.FilePath)).OrderBy(t => t.FilePath, StringComparer.Ordinal)
            .SelectMany(t => MutantFinder.Find(name(t.FilePath), _compilation.GetSemanticModel(t)).Select(m => (t, m)))];

    /// <summary>Whether the source still compiles with this mutant.</summary>
    public bool Compiles(SyntaxTree tree, Mutant mutant)
    {
        var mutated = With(tree, [(1, mutant)]);
        if (Errors(mutated.GetDiagnostics()).Length > 0)
        {
            return false;
        }
        // Only its own member is checked, because no mutant changes a declaration.
        var member = mutated.GetRoot().FindToken(mutant.Span.Start).Parent!.FirstAncestorOrSelf<MemberDeclarationSyntax>();
        return Errors(_compilation.ReplaceSyntaxTree(tree, mutated).GetSemanticModel(mutated).GetDiagnostics(member?.Span)).Length == 0;
    }

    /// <summary>Compiles with all these mutants; the number of a mutant is its place in the list, from 1 on.</summary>
    public void Emit(IReadOnlyList<(SyntaxTree Tree, Mutant Mutant)> mutants, params string[] paths)
    {
        var mutated = _compilation;
        foreach (var file in mutants.Select((m, i) => (m.Tree, Number: i + 1, m.Mutant)).GroupBy(m => m.Tree))
        {
            mutated = mutated.ReplaceSyntaxTree(file.Key, With(file.Key, [.. file.Select(m => (m.Number, m.Mutant))]));
        }

        using var image = new MemoryStream();
        var emitted = mutated.Emit(image);
        if (!emitted.Success)
        {
            throw new InvalidOperationException($"The mutants don't compile together:\n{Errors(emitted.Diagnostics)}");
        }

        foreach (var path in paths)
        {
            File.Delete(Path.ChangeExtension(path, ".pdb"));
            File.WriteAllBytes(path, image.ToArray());
        }
    }

    private static string Errors(IEnumerable<Diagnostic> diagnostics) => string.Join('\n', diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Take(10));

    private static SyntaxTree With(SyntaxTree tree, IReadOnlyList<(int Number, Mutant Mutant)> mutants)
    {
        // Of the mutants that begin at one place, the longest comes first; of those that end there, the shortest.
        var openings = mutants.OrderBy(m => m.Mutant.Span.Start).ThenByDescending(m => m.Mutant.Span.Length).ThenBy(m => m.Number).ToList();
        var order = openings.Select((m, i) => (m.Number, i)).ToDictionary(m => m.Number, m => m.i);
        var insertions = openings.Select(m => (At: m.Mutant.Span.Start, Opens: true, m))
            .Concat(mutants.OrderByDescending(m => order[m.Number]).Select(m => (At: m.Mutant.Span.End, Opens: false, m)))
            .OrderBy(i => i.At).ThenBy(i => i.Opens);

        var source = tree.GetText().ToString();
        var text = new StringBuilder();
        var done = 0;
        foreach (var (at, opens, (number, mutant)) in insertions)
        {
            text.Append(source, done, at - done);
            var inserted = (opens ? mutant.Before : mutant.Behind).Replace("§", MutantSwitch.Asks(number), StringComparison.Ordinal);
            // A second condition of the same arm.
            if (at == done && inserted.StartsWith(" when ", StringComparison.Ordinal))
            {
                inserted = " && " + inserted[" when ".Length..];
            }

            text.Append(inserted);
            done = at;
        }

        text.Append(source, done, source.Length - done);
        return CSharpSyntaxTree.ParseText(text.ToString(), (CSharpParseOptions)tree.Options, tree.FilePath, Encoding.UTF8);
    }
}
