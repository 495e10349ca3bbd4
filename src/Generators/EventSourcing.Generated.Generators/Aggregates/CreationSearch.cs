using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Aggregates;

/// <summary>
/// Finds where a program creates aggregates: <c>new Dog(…)</c>, <c>Dog dog = new(…)</c>. It searches the text first, because walking
/// through all nodes of a program takes long, and matches are rare.
/// </summary>
internal static class CreationSearch
{
    private const string New = "new";

    /// <summary>The expressions that create a type with one of the names, and that type as it is written.</summary>
    public static IEnumerable<(BaseObjectCreationExpressionSyntax Creation, TypeSyntax Type)> In(SyntaxTree tree, HashSet<string> names, CancellationToken cancellation)
    {
        var text = tree.GetText(cancellation).ToString();
        for (var at = text.IndexOf(New, StringComparison.Ordinal); at >= 0; at = text.IndexOf(New, at + New.Length, StringComparison.Ordinal))
        {
            var start = at + New.Length;
            if (start < text.Length && text[start] == '(')
            {
                if (tree.GetRoot(cancellation).FindToken(at).Parent is ImplicitObjectCreationExpressionSyntax made && made.NewKeyword.SpanStart == at
                    && TargetOf(made) is { } target && NameOf(target) is { } targetName && names.Contains(targetName))
                {
                    yield return (made, target);
                }

                continue;
            }

            if (start >= text.Length || text[start] != ' ')
            {
                continue;
            }

            start++;
            var end = start;
            while (end < text.Length && (SyntaxFacts.IsIdentifierPartCharacter(text[end]) || text[end] == '.'))
            {
                end++;
            }

            var name = text.Substring(start, end - start);
            if (names.Contains(name.Substring(name.LastIndexOf('.') + 1))
                && tree.GetRoot(cancellation).FindToken(at).Parent is ObjectCreationExpressionSyntax creation && creation.NewKeyword.SpanStart == at)
            {
                yield return (creation, creation.Type);
            }
        }
    }

    /// <summary>The last name of a type as it is written.</summary>
    public static string? NameOf(TypeSyntax type) => type switch
    {
        QualifiedNameSyntax qualified => qualified.Right.Identifier.ValueText,
        AliasQualifiedNameSyntax qualified => qualified.Name.Identifier.ValueText,
        SimpleNameSyntax simple => simple.Identifier.ValueText,
        NullableTypeSyntax nullable => NameOf(nullable.ElementType),
        _ => null,
    };

    // The declared type of the target of the new object. For an argument or an assignment, only the compiler knows the type.
    private static TypeSyntax? TargetOf(ImplicitObjectCreationExpressionSyntax creation) => creation.Parent switch
    {
        EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Parent: VariableDeclarationSyntax { Type: var type } } } => type,
        EqualsValueClauseSyntax { Parent: PropertyDeclarationSyntax { Type: var type } } => type,
        CastExpressionSyntax { Type: var type } => type,
        ArrowExpressionClauseSyntax { Parent: var member } => ResultOf(member),
        ReturnStatementSyntax statement => ResultOf(statement.Ancestors().FirstOrDefault(a => a is MemberDeclarationSyntax or LocalFunctionStatementSyntax or AnonymousFunctionExpressionSyntax or AccessorDeclarationSyntax)),
        _ => null,
    };

    private static TypeSyntax? ResultOf(SyntaxNode? member) => member switch
    {
        MethodDeclarationSyntax method => method.ReturnType,
        LocalFunctionStatementSyntax function => function.ReturnType,
        PropertyDeclarationSyntax property => property.Type,
        _ => null,
    };
}
