using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace EventSourcing.Generators.Shared;

/// <summary>
/// The ids under which the compiler reports each use of a type or member: [Experimental], and [Obsolete] with its own id. The compiler
/// reports the use in the user's code. Generated code repeats the use, so it suppresses the warning.
/// </summary>
internal sealed class UseNotices
{
    private readonly HashSet<ISymbol> _seen = new(SymbolEqualityComparer.Default);
    private readonly SortedSet<string> _ids = new(StringComparer.Ordinal);

    public EquatableArray<string> Ids => _ids.ToEquatableArray();

    /// <summary>Suppresses this id, too.</summary>
    public void Add(string id) => _ids.Add(id);

    /// <summary>Adds a type with its arguments, its members, and the types around it.</summary>
    public void Add(ITypeSymbol? type)
    {
        if (type is IArrayTypeSymbol array)
        {
            Add(array.ElementType);
        }

        if (type is not INamedTypeSymbol { TypeKind: not TypeKind.Error } named)
        {
            return;
        }

        foreach (var argument in named.TypeArguments)
        {
            Add(argument);
        }

        if (named.SpecialType != SpecialType.None || !_seen.Add(named.OriginalDefinition))
        {
            return;
        }

        for (ISymbol? around = named; around is INamedTypeSymbol; around = around.ContainingType)
        {
            AddMember(around);
        }

        if (named.ContainingAssembly is { } assembly && _seen.Add(assembly))
        {
            AddMember(assembly);
            AddMember(named.ContainingModule);
        }

        // Generated code uses only long-established members of the framework's types.
        if (!IsOfFramework(named))
        {
            AddMembersOf(named);
        }
    }

    /// <summary>Adds the members of a type.</summary>
    public void AddMembersOf(INamedTypeSymbol type)
    {
        foreach (var member in type.OriginalDefinition.GetMembers())
        {
            AddMember(member);
        }
    }

    /// <summary>Adds the types of a member's signature.</summary>
    public void AddSignature(IMethodSymbol method)
    {
        AddMember(method);
        Add(method.ReturnType);
        foreach (var parameter in method.Parameters)
        {
            Add(parameter.Type);
        }
    }

    private void AddMember(ISymbol symbol)
    {
        foreach (var attribute in symbol.GetAttributes())
        {
            var id = attribute.AttributeClass is not { } type ? null
                : type.IsNamed("System.Diagnostics.CodeAnalysis.ExperimentalAttribute") ? attribute.ConstructorArguments is [{ Value: string given }] ? given : null
                : type.IsNamed("System.ObsoleteAttribute") ? attribute.Named<string>("DiagnosticId")
                : null;
            if (SyntaxFacts.IsValidIdentifier(id))
            {
                _ids.Add(id!);
            }
        }
    }

    private static bool IsOfFramework(INamedTypeSymbol type)
    {
        var space = type.ContainingNamespace;
        while (space is { ContainingNamespace.IsGlobalNamespace: false })
        {
            space = space.ContainingNamespace;
        }

        return space is { Name: "System" };
    }
}
