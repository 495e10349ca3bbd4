using EventSourcing.Generators.Aggregates;
using EventSourcing.Generators.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Analyzers;

/// <summary>
/// ESG0032: each creation event sets the state that must not be null. The compiler's own warning can't see it, as Apply sets
/// the state and not the constructor; it is kept quiet in aggregates. Assignments are found by name.
/// </summary>
internal static class StateChecks
{
    public static void Check(INamedTypeSymbol aggregate, AggregateModel model, Action<Diagnostic> report, CancellationToken cancellation)
    {
        var parts = aggregate.UserDeclarations(cancellation).ToList();
        var state = StateOf(aggregate).Where(s => MustBeSet(s, cancellation)).ToList();
        // An event without an Apply has a warning of its own.
        foreach (var creation in model.Events.Where(e => e.IsCreation && e.Apply != ApplyKind.None))
        {
            var eventType = creation.TypeName.TrimStart('@');
            var apply = EventRules.Applies(aggregate).First(a => a.EventType == eventType).Method;
            var assigned = new HashSet<string>(StringComparer.Ordinal);
            foreach (var body in apply.UserDeclarations(cancellation))
                Collect(body, parts, assigned, [apply.Name]);
            foreach (var member in state.Where(s => !assigned.Contains(s.Name)))
                report(Diagnostic.Create(Rules.StateNotSet, member.UserLocation(), member.Name, eventType));
        }
    }

    /// <summary>The fields and properties of the aggregate and of its bases in this project.</summary>
    private static IEnumerable<ISymbol> StateOf(INamedTypeSymbol aggregate)
    {
        for (var current = aggregate; current is not null; current = current.BaseAggregate())
        {
            foreach (var member in current.GetMembers().Where(m => m is { IsStatic: false, IsAbstract: false } && m.IsUserWritten()))
                yield return member;
        }
    }

    private static bool MustBeSet(ISymbol member, CancellationToken cancellation) => member switch
    {
        IFieldSymbol { IsRequired: false, IsConst: false } field => IsNotNull(field.Type) && !HasInitialValue(field, cancellation),
        IPropertySymbol { IsRequired: false, IsOverride: false } property => IsNotNull(property.Type) && IsAuto(property) && !HasInitialValue(property, cancellation),
        _ => false,
    };

    private static bool IsNotNull(ITypeSymbol type) => type is { IsReferenceType: true, NullableAnnotation: NullableAnnotation.NotAnnotated };

    private static bool IsAuto(IPropertySymbol property) => property.ContainingType.GetMembers().OfType<IFieldSymbol>()
        .Any(f => SymbolEqualityComparer.Default.Equals(f.AssociatedSymbol, property));

    private static bool HasInitialValue(ISymbol member, CancellationToken cancellation) => member.UserDeclarations(cancellation).Any(d => d is
        VariableDeclaratorSyntax { Initializer: not null } or PropertyDeclarationSyntax { Initializer: not null });

    /// <summary>The names that a method assigns, itself or by methods of the class that it calls.</summary>
    private static void Collect(SyntaxNode method, IReadOnlyList<SyntaxNode> parts, HashSet<string> assigned, HashSet<string> visited)
    {
        foreach (var node in method.DescendantNodes())
        {
            switch (node)
            {
                case AssignmentExpressionSyntax assignment:
                    AddTargets(assignment.Left, assigned);
                    break;
                case ArgumentSyntax { RefKindKeyword.RawKind: not 0 } argument:
                    AddTargets(argument.Expression, assigned);
                    break;
                case InvocationExpressionSyntax { Expression: SimpleNameSyntax { Identifier.ValueText: var called } } when visited.Add(called):
                    foreach (var callee in parts.SelectMany(p => p.DescendantNodes().OfType<MethodDeclarationSyntax>()).Where(m => m.Identifier.ValueText == called))
                        Collect(callee, parts, assigned, visited);
                    break;
            }
        }
    }

    private static void AddTargets(ExpressionSyntax target, HashSet<string> assigned)
    {
        switch (target)
        {
            case IdentifierNameSyntax name:
                assigned.Add(name.Identifier.ValueText);
                break;
            case MemberAccessExpressionSyntax { Expression: ThisExpressionSyntax or BaseExpressionSyntax } member:
                assigned.Add(member.Name.Identifier.ValueText);
                break;
            case TupleExpressionSyntax tuple:
                foreach (var element in tuple.Arguments)
                    AddTargets(element.Expression, assigned);
                break;
        }
    }
}
