using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.CodeFixes;

namespace EventSourcing.Generators.CodeFixes;

/// <summary>ESG0004: makes an event member partial, and moves its body into an Apply.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class MakeEventMemberPartialCodeFix : CodeFix
{
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Rules.EventMemberMustBePartial.Id];

    internal override async Task<IReadOnlyList<Offer>> FindAsync(Fault fault)
    {
        if (await fault.FindNodeAsync<MemberDeclarationSyntax>().ConfigureAwait(false) is not { } member)
        {
            return [];
        }

        var model = await fault.GetModelAsync().ConfigureAwait(false);
        if (model.GetDeclaredSymbol(member, fault.Cancellation) is not { } symbol || symbol.EventTypeOf() is not { } eventType)
        {
            return [];
        }

        if (member is TypeDeclarationSyntax or BaseMethodDeclarationSyntax { Body: null, ExpressionBody: null })
        {
            return member.IsPartial() ? [] : [new("Add 'partial'", "AddPartial", Change.AddPartial(member))];
        }

        if (member is not BaseMethodDeclarationSyntax method || symbol.IsStatic || method is ConstructorDeclarationSyntax { Initializer: not null }
            || HasApply(symbol.ContainingType, eventType) || BodyMover.Move(method, eventType, model, fault.Cancellation) is not { } apply)
        {
            return [];
        }

        return [new($"Make it partial and move the body into Apply({eventType} e)", "MoveBody", Change.InsertAfter(method, apply), Change.Replace(method, WithoutBody))];
    }

    // Two bodies can't be joined mechanically.
    private static bool HasApply(INamedTypeSymbol aggregate, string eventType) =>
        aggregate.GetMembers("Apply").OfType<IMethodSymbol>().Any(m => m.Parameters.FirstOrDefault()?.Type.Name == eventType);

    private static BaseMethodDeclarationSyntax WithoutBody(BaseMethodDeclarationSyntax method)
    {
        // The trivia after the parameters belongs to the body, which is removed; the trivia after the body stays.
        var parameters = method.ParameterList.WithTrailingTrivia();
        var semicolon = SyntaxFactory.Token(SyntaxKind.SemicolonToken).WithTrailingTrivia(method.GetTrailingTrivia());
        BaseMethodDeclarationSyntax bare = method switch
        {
            MethodDeclarationSyntax m => m.WithParameterList(parameters).WithBody(null).WithExpressionBody(null).WithSemicolonToken(semicolon),
            ConstructorDeclarationSyntax c => c.WithParameterList(parameters).WithBody(null).WithExpressionBody(null).WithSemicolonToken(semicolon),
            _ => method,
        };
        return bare.IsPartial() ? bare : bare.AddPartial();
    }
}
