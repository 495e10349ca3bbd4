using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace EventSourcing.Generators.Analyzers;

/// <summary>ESG0021: an aggregate changes its state without an event.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class StateChangedOutsideApplyAnalyzer : UserCodeAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.StateChangedOutsideApply];

    protected override void Register(AnalysisContext context) => context.RegisterOperationAction(Analyze, ChangedOperands.Kinds);

    private static void Analyze(OperationAnalysisContext context)
    {
        if (context.AggregateMethod() is not { } method)
        {
            CheckFromOutside(context);
            return;
        }

        // Constructors also run when the aggregate is loaded, unless they call one that raises an event. Accessors are used by methods,
        // which are checked. An event member with a body has an error already.
        if (method.MethodKind is not (MethodKind.Ordinary or MethodKind.ExplicitInterfaceImplementation) && !CallsAnother(method, context.CancellationToken) || method.IsEventMember())
        {
            return;
        }

        foreach (var target in ChangedOperands.Of(context.Operation))
        {
            if (StateIn(target, method.ContainingType) is { } member && !method.RunsInApply(context.CancellationToken))
            {
                context.ReportDiagnostic(Diagnostic.Create(Rules.StateChangedOutsideApply, target.Syntax.GetLocation(), member.Name));
            }
        }
    }

    // new Dog("Rex") { Age = 3 }, dog.Age = 3.
    private static void CheckFromOutside(OperationAnalysisContext context)
    {
        if (context.Operation is IAssignmentOperation { Target: IMemberReferenceOperation { Instance.Type: INamedTypeSymbol owner, Member: IFieldSymbol or IPropertySymbol { IsIndexer: false } } target }
            && owner.IsEventSourced())
        {
            context.ReportDiagnostic(Diagnostic.Create(Rules.StateChangedOutsideApply, target.Syntax.GetLocation(), target.Member.Name));
        }
    }

    private static bool CallsAnother(IMethodSymbol method, CancellationToken cancellation) => method.MethodKind == MethodKind.Constructor
        && method.UserDeclarations(cancellation).OfType<ConstructorDeclarationSyntax>().Any(d => d.Initializer?.IsKind(SyntaxKind.ThisConstructorInitializer) == true);

    /// <summary>The field or property of the aggregate that the operation reaches, also through fields of structs in it.</summary>
    private static ISymbol? StateIn(IOperation operation, INamedTypeSymbol aggregate)
    {
        while (operation is IFieldReferenceOperation { Instance: { Type.IsValueType: true } inner })
        {
            operation = inner;
        }

        return operation is IMemberReferenceOperation { Instance: { Type: { } owner }, Member: IFieldSymbol or IPropertySymbol } reference
            && SymbolEqualityComparer.Default.Equals(owner, aggregate)
                ? reference.Member
                : null;
    }
}
