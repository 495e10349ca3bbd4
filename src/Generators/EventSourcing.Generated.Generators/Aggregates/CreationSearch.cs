using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Aggregates;

/// <summary>
/// Finds where a program makes aggregates: <c>new Dog(…)</c>. It looks for the text first, because to walk through all nodes of a program
/// takes long, and it is seldom that anything is found.
/// </summary>
internal static class CreationSearch
{
    private const string New = "new ";

    /// <summary>The expressions that name a type of one of the names.</summary>
    public static IEnumerable<ObjectCreationExpressionSyntax> In(SyntaxTree tree, HashSet<string> names, CancellationToken cancellation)
    {
        var text = tree.GetText(cancellation).ToString();
        for (var at = text.IndexOf(New, StringComparison.Ordinal); at >= 0; at = text.IndexOf(New, at + New.Length, StringComparison.Ordinal))
        {
            var start = at + New.Length;
            var end = start;
            while (end < text.Length && (SyntaxFacts.IsIdentifierPartCharacter(text[end]) || text[end] == '.'))
                end++;
            var name = text.Substring(start, end - start);
            if (names.Contains(name.Substring(name.LastIndexOf('.') + 1))
                && tree.GetRoot(cancellation).FindToken(at).Parent is ObjectCreationExpressionSyntax creation && creation.NewKeyword.SpanStart == at)
                yield return creation;
        }
    }
}
