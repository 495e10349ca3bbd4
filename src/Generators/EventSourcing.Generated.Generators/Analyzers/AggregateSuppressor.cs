using System.Collections.Immutable;
using EventSourcing.Generators.Projections;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace EventSourcing.Generators.Analyzers;

/// <summary>
/// Suppresses warnings that don't consider the generated code: it calls the Apply methods, which set the state that the constructors seem to leave
/// unset, and the methods When and KeyOf of views.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class AggregateSuppressor : DiagnosticSuppressor
{
    private const string CalledByGeneratedCode = "Generated code calls Apply and When on an instance, even if they don't use the instance.";

    private static readonly SuppressionDescriptor State = new("ESGS0006", "CS8618", "The Apply of the creation event sets the state.");

    private static readonly ImmutableArray<SuppressionDescriptor> OfApply =
    [
        new("ESGS0001", "CA1822", CalledByGeneratedCode),
        new("ESGS0002", "IDE0051", CalledByGeneratedCode),
        new("ESGS0003", "IDE0060", CalledByGeneratedCode),
        new("ESGS0004", "CA1801", CalledByGeneratedCode),
        new("ESGS0005", "CA1811", CalledByGeneratedCode),
    ];

    public override ImmutableArray<SuppressionDescriptor> SupportedSuppressions { get; } = OfApply.Add(State);

    public override void ReportSuppressions(SuppressionAnalysisContext context)
    {
        foreach (var diagnostic in context.ReportedDiagnostics)
        {
            if (DeclaredAt(diagnostic.Location, context) is not { } symbol)
            {
                continue;
            }

            if (diagnostic.Id == State.SuppressedDiagnosticId)
            {
                if ((symbol as INamedTypeSymbol ?? symbol.ContainingType)?.IsEventSourced() == true)
                {
                    context.ReportSuppression(Suppression.Create(State, diagnostic));
                }
            }
            else if ((symbol as IMethodSymbol ?? symbol.ContainingSymbol as IMethodSymbol) is { } method && (method.IsApply() || IsOfView(method)))
            {
                context.ReportSuppression(Suppression.Create(OfApply.First(s => s.SuppressedDiagnosticId == diagnostic.Id), diagnostic));
            }
        }
    }

    private static bool IsOfView(IMethodSymbol method) =>
        method.Name is ViewHandlers.When or ViewHandlers.KeyOf or HandlerClassParser.Reset && method.ContainingType?.FindAttribute(KnownNames.Projection) is not null;

    /// <summary>The symbol that is declared at the place, or around it.</summary>
    private static ISymbol? DeclaredAt(Location location, SuppressionAnalysisContext context)
    {
        if (location.SourceTree is not { } tree)
        {
            return null;
        }

        var model = context.GetSemanticModel(tree);
        for (var node = tree.GetRoot(context.CancellationToken).FindNode(location.SourceSpan); node is not null; node = node.Parent)
        {
            if (model.GetDeclaredSymbol(node, context.CancellationToken) is { } symbol)
            {
                return symbol;
            }
        }

        return null;
    }
}
