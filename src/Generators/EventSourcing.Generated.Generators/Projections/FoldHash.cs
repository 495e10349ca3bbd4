using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Projections;

/// <summary>
/// The hash of the code that decides what a projection writes: its handlers, what is created and called without a name, and all members of the
/// type whose names occur in that code. Only the syntax counts, so that the generator and the analyzer, which sees generated code too, agree.
/// White space, comments, attributes, accessibility, the order of members and their files don't count.
/// </summary>
internal static class FoldHash
{
    // A disposable object may write what it has collected.
    private static readonly HashSet<string> Called = [ViewHandlers.When, ViewHandlers.KeyOf, HandlerClassParser.Reset, "Dispose", "DisposeAsync"];

    public static string Of(INamedTypeSymbol type, CancellationToken cancellation)
    {
        var open = type.UserDeclarations(cancellation).OfType<TypeDeclarationSyntax>().SelectMany(PiecesOf).ToList();
        var used = new List<string>();
        var names = new HashSet<string>(Called);
        while (open.FindAll(p => p.IsAlwaysUsed || names.Contains(p.Name)) is { Count: > 0 } found)
        {
            open.RemoveAll(found.Contains);
            foreach (var tokens in found.Select(p => p.Nodes.SelectMany(TokensOf).ToList()))
            {
                names.UnionWith(tokens.Where(t => t.IsKind(SyntaxKind.IdentifierToken)).Select(t => t.ValueText));
                used.Add(string.Join("\n", tokens.Select(TextOf)));
            }
        }

        used.Sort(StringComparer.Ordinal);
        using var algorithm = SHA256.Create();
        var hash = algorithm.ComputeHash(Encoding.UTF8.GetBytes(string.Join("\n\n", used)));
        return string.Concat(hash.Take(8).Select(b => b.ToString("x2", CultureInfo.InvariantCulture)));
    }

    private static IEnumerable<Piece> PiecesOf(TypeDeclarationSyntax type)
    {
        foreach (var parameter in type.ParameterList?.Parameters.Where(p => p.Default is not null) ?? [])
        {
            yield return new("", IsAlwaysUsed: true, SyntaxFactory.IdentifierName(parameter.Identifier), parameter.Default!);
        }

        foreach (var arguments in type.BaseList?.Types.OfType<PrimaryConstructorBaseTypeSyntax>().Select(b => b.ArgumentList) ?? [])
        {
            yield return new("", IsAlwaysUsed: true, arguments);
        }

        foreach (var member in type.Members)
        {
            var isStatic = member.Modifiers.Any(SyntaxKind.StaticKeyword) || member.Modifiers.Any(SyntaxKind.ConstKeyword);
            switch (member)
            {
                case BaseFieldDeclarationSyntax field:
                    foreach (var variable in field.Declaration.Variables)
                    {
                        yield return new(variable.Identifier.ValueText, !isStatic && variable.Initializer is not null, field.Declaration.Type, variable);
                    }

                    break;
                case MethodDeclarationSyntax method:
                    yield return new(method.Identifier.ValueText, IsAlwaysUsed: false, method);
                    break;
                case PropertyDeclarationSyntax property:
                    yield return new(property.Identifier.ValueText, !isStatic && property.Initializer is not null, property);
                    break;
                case EventDeclarationSyntax declared:
                    yield return new(declared.Identifier.ValueText, IsAlwaysUsed: false, declared);
                    break;
                case BaseTypeDeclarationSyntax nested:
                    yield return new(nested.Identifier.ValueText, IsAlwaysUsed: false, nested);
                    break;
                case DelegateDeclarationSyntax named:
                    yield return new(named.Identifier.ValueText, IsAlwaysUsed: false, named);
                    break;
                default: // constructors, operators and indexers are used without their names
                    yield return new("", IsAlwaysUsed: true, member);
                    break;
            }
        }
    }

    private static IEnumerable<SyntaxToken> TokensOf(SyntaxNode node) => node
        .DescendantTokens(static n => n is not AttributeListSyntax)
        .Where(static t => !(t.Parent is MemberDeclarationSyntax
            && t.Kind() is SyntaxKind.PublicKeyword or SyntaxKind.PrivateKeyword or SyntaxKind.InternalKeyword or SyntaxKind.ProtectedKeyword or SyntaxKind.PartialKeyword));

    // A literal of several lines has the indentation, and perhaps the line ends, of its file.
    private static string TextOf(SyntaxToken token) => token.Kind() switch
    {
        SyntaxKind.IdentifierToken => token.ValueText,
        SyntaxKind.StringLiteralToken or SyntaxKind.SingleLineRawStringLiteralToken or SyntaxKind.MultiLineRawStringLiteralToken => $"\"{token.ValueText}\"",
        _ => token.Text,
    }
    is var text && text.IndexOf('\r') >= 0 ? text.Replace("\r\n", "\n") : text;

    /// <summary>A member, or a part of one.</summary>
    private sealed record Piece(string Name, bool IsAlwaysUsed, params SyntaxNode[] Nodes);
}
