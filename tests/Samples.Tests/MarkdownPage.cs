using System.Text.RegularExpressions;
using EventSourcing.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Samples.Tests;

/// <summary>
/// The code blocks of a page. They are compiled as a reader takes them: a type that an earlier block declared is there in a
/// later one, unless that declares it anew; and where a block uses <c>school</c> without opening it, it is open.
/// </summary>
internal sealed partial class MarkdownPage
{
    private MarkdownPage(IReadOnlyList<CodeBlock> blocks) => Blocks = blocks;

    public IReadOnlyList<CodeBlock> Blocks { get; }

    /// <summary>The C# blocks, each with all that it needs to be compiled.</summary>
    public IEnumerable<(CodeBlock Block, string Source)> Programs()
    {
        var types = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var block in Blocks.Where(b => b.Language == "csharp"))
        {
            var unit = CSharpSyntaxTree.ParseText(block.Text, new(LanguageVersion.CSharp14)).GetCompilationUnitRoot();
            foreach (var type in unit.Members.OfType<BaseTypeDeclarationSyntax>())
                types[type.Identifier.Text] = type.ToFullString();
            var usings = string.Concat(unit.Usings.Select(u => u.ToFullString()));
            if (!usings.Contains("using EventSourcing;", StringComparison.Ordinal))
                usings += "using EventSourcing;\n";
            var statements = string.Concat(unit.Members.OfType<GlobalStatementSyntax>().Select(s => s.ToFullString()));
            if (statements.Contains("school.", StringComparison.Ordinal) && !statements.Contains(" school ", StringComparison.Ordinal))
                statements = "await using var school = await TrainingSchool.OpenAsync(\"memory:\");\n" + statements;
            yield return (block, usings + statements + "\n" + string.Join("\n", types.Values));
        }
    }

    public static MarkdownPage Read(string path)
    {
        var text = File.ReadAllText(Tree.PathOf(path)).ReplaceLineEndings("\n");
        return new([.. Fence().Matches(text).Select(m =>
            new CodeBlock(path, text.AsSpan(0, m.Index).Count('\n') + 1, m.Groups[1].Value, m.Groups[2].Value))]);
    }

    [GeneratedRegex("^```([a-z]*)\n(.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();
}

/// <summary>A fenced block.</summary>
/// <param name="Page">The page that it is on.</param>
/// <param name="Line">Where it begins.</param>
/// <param name="Language">What stands after the fence.</param>
/// <param name="Text">What is in it.</param>
internal sealed partial record CodeBlock(string Page, int Line, string Language, string Text)
{
    /// <summary>What the block says that the compiler says of it, from comments such as <c>// error ESG0001: …</c>.</summary>
    public IReadOnlyList<string> Promised => [.. Problem().Matches(Text).Select(m => m.Groups[1].Value)];

    public override string ToString() => $"{Page}, line {Line}";

    [GeneratedRegex("// (?:error|warning) (ESG[0-9]{4}: .*)$", RegexOptions.Multiline)]
    private static partial Regex Problem();
}
