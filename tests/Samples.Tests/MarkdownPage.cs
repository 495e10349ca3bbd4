using System.Text.RegularExpressions;
using EventSourcing.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Samples.Tests;

/// <summary>
/// The code blocks of a page. They are compiled as a reader understands them: a later block can use a type that an earlier block
/// declared, unless it declares the type again; and where a block uses <c>school</c> without opening it, it is open.
/// </summary>
internal sealed partial class MarkdownPage
{
    private MarkdownPage(IReadOnlyList<CodeBlock> blocks) => Blocks = blocks;

    public IReadOnlyList<CodeBlock> Blocks { get; }

    /// <summary>The C# blocks, each with all that it needs to be compiled.</summary>
    /// <param name="before">A page whose types the reader knows already.</param>
    public IEnumerable<(CodeBlock Block, string Source)> Programs(MarkdownPage? before = null)
    {
        var known = new Dictionary<string, BaseTypeDeclarationSyntax>(StringComparer.Ordinal);
        foreach (var block in (before?.Blocks ?? []).Concat(Blocks).Where(b => b.Language == "csharp"))
        {
            var unit = CSharpSyntaxTree.ParseText(block.Text, new(LanguageVersion.CSharp14)).GetCompilationUnitRoot();
            var own = unit.Members.OfType<BaseTypeDeclarationSyntax>().ToDictionary(t => t.Identifier.Text);
            var statements = string.Concat(unit.Members.OfType<GlobalStatementSyntax>());
            if (statements.Contains("school.", StringComparison.Ordinal) && !Declared().IsMatch(statements))
            {
                statements = "await using var school = await TrainingSchool.OpenAsync(\"memory:\");\n" + statements;
            }

            var earlier = Needed(SyntaxFactory.ParseCompilationUnit(statements).ChildNodes().Concat(own.Values), own.Keys, known);
            var usings = unit.Usings.Select(u => u.ToFullString()).Append("using EventSourcing;\n").Distinct();
            if (Blocks.Contains(block))
            {
                yield return (block, string.Concat([.. usings, .. unit.AttributeLists.Select(a => a.ToFullString()), statements, .. own.Values.Concat(earlier).Select(t => "\n" + t.ToFullString())]));
            }

            // Later blocks don't build on a block that is shown as an error.
            foreach (var (name, type) in own.Where(_ => block.Promised.Count == 0))
            {
                known[name] = type;
            }
        }
    }

    // The types of earlier blocks that the nodes name, and the types that these name in turn.
    private static List<BaseTypeDeclarationSyntax> Needed(
        IEnumerable<SyntaxNode> nodes, IEnumerable<string> own, Dictionary<string, BaseTypeDeclarationSyntax> known)
    {
        var open = new Queue<SyntaxNode>(nodes);
        var seen = own.ToHashSet(StringComparer.Ordinal);
        var needed = new List<BaseTypeDeclarationSyntax>();
        while (open.TryDequeue(out var node))
        {
            foreach (var name in node.DescendantTokens().Select(t => t.Text))
            {
                // AddTrainingSchool is generated for TrainingSchool.
                var type = known.GetValueOrDefault(name) ?? (name.StartsWith("Add", StringComparison.Ordinal) ? known.GetValueOrDefault(name[3..]) : null);
                if (type is null || !seen.Add(type.Identifier.Text))
                {
                    continue;
                }

                needed.Add(type);
                open.Enqueue(type);
            }
        }

        return needed;
    }

    public static MarkdownPage Read(string path)
    {
        var text = File.ReadAllText(Tree.PathOf(path)).ReplaceLineEndings("\n");
        return new([.. Fence().Matches(text).Select(m =>
            new CodeBlock(path, text.AsSpan(0, m.Index).Count('\n') + 1, m.Groups[1].Value, m.Groups[2].Value))]);
    }

    // Declared as a variable, or as a parameter of a handler.
    [GeneratedRegex(" school[ ,)]")]
    private static partial Regex Declared();

    [GeneratedRegex("^```([a-z]*)\n(.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();
}

/// <summary>A fenced block.</summary>
/// <param name="Page">The page that it is on.</param>
/// <param name="Line">Where it begins.</param>
/// <param name="Language">The text after the fence.</param>
/// <param name="Text">The contents.</param>
internal sealed partial record CodeBlock(string Page, int Line, string Language, string Text)
{
    /// <summary>The ids of the compiler's errors and warnings, from comments such as <c>// error ESG0001</c>.</summary>
    public IReadOnlyList<string> Promised => [.. Problem().Matches(Text).Select(m => m.Groups[1].Value)];

    public override string ToString() => $"{Page}, line {Line}";

    [GeneratedRegex("// (?:error|warning) (ESG[0-9]{4})")]
    private static partial Regex Problem();
}
