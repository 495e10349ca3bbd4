using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.CodeFixes;

/// <summary>ESG0004: makes an event member partial, and moves its body into an Apply.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
public sealed class MakeEventMemberPartialCodeFix : CodeFixProvider
{
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Rules.EventMemberMustBePartial.Id];

    public override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        if (await context.FindNodeAsync<MemberDeclarationSyntax>().ConfigureAwait(false) is not { } member)
            return;
        var model = await context.GetModelAsync().ConfigureAwait(false);
        if (model.GetDeclaredSymbol(member, context.CancellationToken) is not { } symbol || symbol.EventTypeOf() is not { } eventType)
            return;
        if (member is not BaseMethodDeclarationSyntax method)
        {
            if (member is TypeDeclarationSyntax && !member.IsPartial())
                context.Offer("Add 'partial'", member, member.AddPartial());
        }
        else if (method is { Body: null, ExpressionBody: null })
        {
            if (!method.IsPartial())
                context.Offer("Add 'partial'", method, method.AddPartial());
        }
        else if (!symbol.IsStatic && method is not ConstructorDeclarationSyntax { Initializer: not null }
            && !HasApply(symbol.ContainingType, eventType) && BodyMover.Move(method, eventType, model, context.CancellationToken) is { } apply)
        {
            context.Offer($"Make partial, and move the body into Apply({eventType} e)", method, [WithoutBody(method), apply]);
        }
    }

    // Two bodies can't be joined mechanically.
    private static bool HasApply(INamedTypeSymbol aggregate, string eventType) =>
        aggregate.GetMembers("Apply").OfType<IMethodSymbol>().Any(m => m.Parameters.FirstOrDefault()?.Type.Name == eventType);

    private static BaseMethodDeclarationSyntax WithoutBody(BaseMethodDeclarationSyntax method)
    {
        // What stands behind the parameters belongs to the body that goes; what stands behind the body stays.
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
