using System.Collections.Immutable;
using EventSourcing.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace EventSourcing.Generators.Analyzers;

/// <summary>ESG0067 and ESG0068: a fold changes shared state, or the row or the event that it gets.</summary>
/// <remarks>It follows members, elements and conversions, but no variables: these mostly contain a copy.</remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class FoldChangeAnalyzer : UserCodeAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.SharedStateInFold, Rules.ChangeInPlace];

    protected override void Register(AnalysisContext context) => context.RegisterOperationAction(Analyze, ChangedOperands.Kinds);

    private static void Analyze(OperationAnalysisContext context)
    {
        if (context.ViewMember() is not { } member || context.ContainingSymbol is not IMethodSymbol method)
        {
            return;
        }

        foreach (var target in ChangedOperands.Of(context.Operation))
        {
            var origin = OriginOf(target);
            if (origin is IMemberReferenceOperation { Member: { IsStatic: true } shared })
            {
                // NondeterminismAnalyzer reports each use of a member that can be replaced.
                if (NondeterministicApis.Find(origin, out _) is null && NondeterministicApis.Find(target, out _) is null && member.RunsInFold(context.Compilation, context.CancellationToken))
                {
                    context.ReportDiagnostic(Diagnostic.Create(
                        Rules.SharedStateInFold, target.Syntax.GetLocation(), context.CodeName(), "changes", $"{shared.ContainingType.Name}.{shared.Name}"));
                }
            }
            else if (IsGiven(origin, method) && NameOf(target) is { } changed && member.RunsInFold(context.Compilation, context.CancellationToken))
            {
                context.ReportDiagnostic(Diagnostic.Create(Rules.ChangeInPlace, target.Syntax.GetLocation(), context.CodeName(), changed));
            }
        }
    }

    /// <summary>The object or static member through which the operand is reached; null if code of a property may make a new object.</summary>
    private static IOperation? OriginOf(IOperation? operand) => operand switch
    {
        IPropertyReferenceOperation { Property: var property } when IsComputed(property) => null,
        IMemberReferenceOperation { Instance: { } instance } => OriginOf(instance),
        IArrayElementReferenceOperation element => OriginOf(element.ArrayReference),
        IConversionOperation conversion when conversion.OperatorMethod is null || conversion.Type?.Name == "Span" => OriginOf(conversion.Operand),
        IConditionalAccessInstanceOperation => OriginOf(AccessedBy(operand)),
        _ => operand,
    };

    // a?.b: the operation for the a in front of .b.
    private static IOperation? AccessedBy(IOperation operation)
    {
        var inside = operation;
        while (inside.Parent is { } around)
        {
            if (around is IConditionalAccessOperation access && access.WhenNotNull == inside)
            {
                return access.Operation;
            }

            inside = around;
        }

        return null;
    }

    private static bool IsComputed(IPropertySymbol property) => property.DeclaringSyntaxReferences.Any(r => r.GetSyntax() is BasePropertyDeclarationSyntax declaration
        && (declaration is PropertyDeclarationSyntax { ExpressionBody: not null } or IndexerDeclarationSyntax
            || declaration.AccessorList?.Accessors.Any(a => a.IsKind(SyntaxKind.GetAccessorDeclaration) && (a.Body is not null || a.ExpressionBody is not null)) == true));

    /// <summary>Whether it is the row, the event, or another object that the fold gets.</summary>
    private static bool IsGiven(IOperation? origin, IMethodSymbol method) => origin switch
    {
        IInstanceReferenceOperation { ReferenceKind: InstanceReferenceKind.ContainingTypeInstance } => method.MethodKind == MethodKind.Ordinary,
        IParameterReferenceOperation { Parameter: { Type.IsReferenceType: true } parameter } =>
            parameter.ContainingSymbol is IMethodSymbol around && around.IsHandler() && !IsReplaced(parameter, origin),
        _ => false,
    };

    /// <summary>Whether the method assigns another object to its parameter, such as a copy.</summary>
    private static bool IsReplaced(IParameterSymbol parameter, IOperation use)
    {
        var body = use;
        while (body.Parent is { } around)
        {
            body = around;
        }

        return body.Descendants().Where(o => o is ISimpleAssignmentOperation or IDeconstructionAssignmentOperation).SelectMany(ChangedOperands.Of)
            .Any(t => t is IParameterReferenceOperation reference && SymbolEqualityComparer.Default.Equals(reference.Parameter, parameter));
    }

    private static string? NameOf(IOperation target) => target switch
    {
        IMemberReferenceOperation { Member: IPropertySymbol { IsIndexer: true }, Instance: { } instance } => NameOf(instance),
        IMemberReferenceOperation { Member: var member } => member.Name,
        IArrayElementReferenceOperation element => NameOf(element.ArrayReference),
        IConversionOperation conversion => NameOf(conversion.Operand),
        IConditionalAccessInstanceOperation when AccessedBy(target) is { } accessed => NameOf(accessed),
        _ => null,
    };
}
