using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using Microsoft.CodeAnalysis.Simplification;

namespace EventSourcing.Generators.CodeFixes;

/// <summary>Changes of declarations that several fixes make.</summary>
internal static class CodeFixExtensions
{
    /// <summary>Adds <c>partial</c>, which must be the last of the modifiers.</summary>
    public static T AddPartial<T>(this T member)
        where T : MemberDeclarationSyntax => (T)member.WithModifierTokens(member.Modifiers.Add(SyntaxFactory.Token(SyntaxKind.PartialKeyword)));

    /// <summary>Sets the modifiers, one space after each, and keeps the trivia before the declaration.</summary>
    public static MemberDeclarationSyntax WithModifierTokens(this MemberDeclarationSyntax member, IEnumerable<SyntaxToken> modifiers)
    {
        var leading = FirstToken(member).LeadingTrivia;
        var bare = member.WithModifiers(default);
        bare = bare.ReplaceToken(FirstToken(bare), FirstToken(bare).WithLeadingTrivia());
        var tokens = modifiers.Select(m => SyntaxFactory.Token(m.Kind()).WithTrailingTrivia(SyntaxFactory.Space)).ToList();
        if (tokens.Count == 0)
        {
            return bare.ReplaceToken(FirstToken(bare), FirstToken(bare).WithLeadingTrivia(leading));
        }

        tokens[0] = tokens[0].WithLeadingTrivia(leading);
        return bare.WithModifiers(SyntaxFactory.TokenList(tokens));
    }

    /// <summary>Makes a class an aggregate.</summary>
    public static ClassDeclarationSyntax WithEventSourced(this ClassDeclarationSyntax type)
    {
        const string Name = "global::EventSourcing.EventSourced";
        // Another fault may have asked for it already.
        if (type.AttributeLists.SelectMany(l => l.Attributes).Any(a => a.Name.ToString() == Name))
        {
            return type;
        }

        var partial = type.IsPartial() ? type : type.AddPartial();
        var attribute = SyntaxFactory.Attribute(SyntaxFactory.ParseName(Name).WithAdditionalAnnotations(Simplifier.Annotation));
        var list = SyntaxFactory.AttributeList(SyntaxFactory.SingletonSeparatedList(attribute))
            .WithLeadingTrivia(partial.GetLeadingTrivia())
            .WithTrailingTrivia(SyntaxFactory.ElasticCarriageReturnLineFeed);
        return partial.WithoutLeadingTrivia()
            .WithAttributeLists(partial.AttributeLists.Insert(0, list));
    }

    /// <summary>Parses a member that will follow another one; the formatter lays it out.</summary>
    public static MemberDeclarationSyntax ParseMember(string text) =>
        SyntaxFactory.ParseMemberDeclaration(text)!.WithAdditionalAnnotations(Formatter.Annotation);

    /// <summary>The name of the event's type that the member raises; null when its attribute isn't complete.</summary>
    public static string? EventTypeOf(this ISymbol? member) => member?.FindAttribute(KnownNames.Event) is { ConstructorArguments: [{ Value: string name }] } attribute
        ? attribute.Named<string>("TypeName") ?? (member is INamedTypeSymbol record ? record.Name : name)
        : null;

    private static SyntaxToken FirstToken(MemberDeclarationSyntax member) =>
        member.AttributeLists.Count == 0 ? member.GetFirstToken() : member.AttributeLists.Last().GetLastToken().GetNextToken();
}
