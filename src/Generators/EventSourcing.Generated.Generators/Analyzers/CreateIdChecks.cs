using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Ids;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Analyzers;

/// <summary>ESG0052: a member that looks like the method that creates the ids has a signature that generated code can call.</summary>
internal static class CreateIdChecks
{
    public static void Check(INamedTypeSymbol aggregate, Compilation compilation, Action<Diagnostic> report)
    {
        if (IdParser.FindType(aggregate, compilation) is not { } idType)
        {
            return;
        }

        foreach (var member in aggregate.GetMembers().Where(m => m.IsUserWritten() && string.Equals(m.Name, "CreateId", StringComparison.OrdinalIgnoreCase)))
        {
            if (Reason(member, aggregate, idType) is { } reason)
            {
                report(Diagnostic.Create(Rules.CreateIdShape, member.UserLocation(), member.Name, reason, idType.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat)));
            }
        }
    }

    private static string? Reason(ISymbol member, INamedTypeSymbol aggregate, ITypeSymbol idType)
    {
        // A property whose name differs in case is unrelated.
        if (member is not IMethodSymbol { MethodKind: MethodKind.Ordinary } method)
        {
            return member.Name == "CreateId" && member is not IMethodSymbol ? "isn't a method" : null;
        }

        var givesId = SymbolEqualityComparer.Default.Equals(method.ReturnType, idType);
        return method switch
        {
            { Name: not "CreateId" } => givesId ? "isn't spelled 'CreateId'" : null,
            { IsStatic: false } => "isn't static",
            { IsGenericMethod: true } => "is generic",
            { ReturnsByRef: true } or { ReturnsByRefReadonly: true } => "returns by reference",
            _ when method.IsAsync || method.ReturnType.Name is "Task" or "ValueTask" => "is asynchronous",
            _ when method.Parameters.Any(p => p.RefKind is not (RefKind.None or RefKind.In)) => "takes a parameter by reference",
            { DeclaredAccessibility: Accessibility.Private } when aggregate.IsAbstract => "is private, so derived aggregates can't call it",
            _ => givesId ? null : "doesn't return the type of the id",
        };
    }
}
