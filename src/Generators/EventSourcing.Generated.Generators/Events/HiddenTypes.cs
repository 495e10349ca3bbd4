using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Events;

/// <summary>
/// Types that event members name without a qualifier. An event of such a name would hide the type: once the record is generated, the member
/// would take the event.
/// </summary>
internal static class HiddenTypes
{
    /// <summary>The names of types in the parameters of event members, of CreateId and of Apply.</summary>
    public static HashSet<string> NamedIn(INamedTypeSymbol aggregate, CancellationToken cancellation)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in aggregate.GetMembers())
        {
            if (member is IMethodSymbol { Name: "CreateId" } createId)
            {
                Add((createId.UserDeclarations(cancellation).FirstOrDefault() as MethodDeclarationSyntax)?.ReturnType, createId.ReturnType);
            }

            if (member is IMethodSymbol method)
            {
                AddParameters(method);
            }
            else if (member is INamedTypeSymbol record && record.FindAttribute(KnownNames.Event) is not null)
            {
                AddRecord(record);
            }
        }

        return names;

        void AddParameters(IMethodSymbol method)
        {
            // The first parameter of an Apply is the event.
            var isApply = method.Name == "Apply";
            if (!isApply && method.Name != "CreateId" && method.FindAttribute(KnownNames.Event) is null)
            {
                return;
            }

            foreach (var parameter in method.Parameters.Skip(isApply ? 1 : 0))
            {
                Add(Declared(parameter), parameter.Type);
            }
        }

        void AddRecord(INamedTypeSymbol record)
        {
            foreach (var parameter in record.InstanceConstructors.SelectMany(c => c.Parameters))
            {
                Add(Declared(parameter), parameter.Type);
            }

            foreach (var property in record.GetMembers().OfType<IPropertySymbol>())
            {
                Add((property.UserDeclarations(cancellation).FirstOrDefault() as PropertyDeclarationSyntax)?.Type, property.Type);
            }
        }

        TypeSyntax? Declared(IParameterSymbol parameter) => (parameter.UserDeclarations(cancellation).FirstOrDefault() as ParameterSyntax)?.Type;

        void Add(TypeSyntax? written, ITypeSymbol type)
        {
            foreach (var name in written?.DescendantNodesAndSelf().OfType<IdentifierNameSyntax>() ?? [])
            {
                var isQualified = name.Parent is AliasQualifiedNameSyntax || (name.Parent is QualifiedNameSyntax qualified && qualified.Right == name);
                if (!isQualified && IsMadeOf(type, name.Identifier.ValueText))
                {
                    names.Add(name.Identifier.ValueText);
                }
            }
        }

        // Unknown types, and types that the aggregate itself declares, don't count.
        bool IsMadeOf(ITypeSymbol type, string name) => type switch
        {
            IArrayTypeSymbol array => IsMadeOf(array.ElementType, name),
            INamedTypeSymbol { TypeKind: not TypeKind.Error } named =>
                (named.Name == name && !SymbolEqualityComparer.Default.Equals(named.ContainingType, aggregate)) || named.TypeArguments.Any(a => IsMadeOf(a, name))
                || (named.ContainingType is { } outer && IsMadeOf(outer, name)),
            _ => false,
        };
    }
}
