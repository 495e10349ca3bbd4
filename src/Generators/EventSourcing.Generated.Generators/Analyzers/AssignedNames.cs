using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Analyzers;

/// <summary>
/// Finds by name the fields and properties that a method assigns: itself, in its lambdas and local functions, by methods of the class and
/// of its bases that it names, and by the setters of properties. Code that can't be followed counts as an assignment.
/// </summary>
internal sealed class AssignedNames(INamedTypeSymbol aggregate, CancellationToken cancellation)
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly HashSet<SyntaxNode> _visited = [];
    private ILookup<string, SyntaxNode>? _bodies;
    private bool _isUnknown;

    public bool Contains(string name) => _isUnknown || _names.Contains(name);

    /// <summary>Adds the names that the parts of a method assign.</summary>
    public void AddBodies(ISymbol method)
    {
        foreach (var body in method.UserDeclarations(cancellation))
        {
            Collect(body);
        }
    }

    private void Collect(SyntaxNode body)
    {
        if (!_visited.Add(body))
        {
            return;
        }

        foreach (var node in body.DescendantNodes())
        {
            switch (node)
            {
                // An object initializer assigns members of the other object.
                case AssignmentExpressionSyntax { Parent: not InitializerExpressionSyntax } assignment:
                    AddTargets(assignment.Left);
                    break;
                case ArgumentSyntax { RefKindKeyword.RawKind: not 0 } argument:
                    AddTargets(argument.Expression);
                    break;
                case RefExpressionSyntax reference:
                    AddTargets(reference.Expression);
                    break;
                // A call on this object, or a method that is passed to code that may call it.
                case SimpleNameSyntax name when IsOwn(name):
                    Follow(name.Identifier.ValueText);
                    break;
            }
        }
    }

    private static bool IsOwn(SimpleNameSyntax name) =>
        name.Parent is not MemberAccessExpressionSyntax access || access.Expression is ThisExpressionSyntax or BaseExpressionSyntax;

    private void AddTargets(ExpressionSyntax target)
    {
        switch (target)
        {
            case IdentifierNameSyntax name:
                Add(name.Identifier.ValueText);
                break;
            case MemberAccessExpressionSyntax member:
                // The variable may hold this object.
                Add(member.Name.Identifier.ValueText);
                break;
            case TupleExpressionSyntax tuple:
                foreach (var element in tuple.Arguments)
                {
                    AddTargets(element.Expression);
                }

                break;
            case ParenthesizedExpressionSyntax inner:
                AddTargets(inner.Expression);
                break;
        }
    }

    private void Add(string name)
    {
        if (!_names.Add(name))
        {
            return;
        }
        // A setter assigns the field behind the property.
        foreach (var setter in BodiesOf(name).OfType<AccessorDeclarationSyntax>())
        {
            Collect(setter);
        }
    }

    private void Follow(string name)
    {
        foreach (var method in BodiesOf(name).OfType<MethodDeclarationSyntax>())
        {
            Collect(method);
        }

        for (var current = aggregate; current is not null; current = current.BaseType)
        {
            foreach (var method in current.GetMembers(name).OfType<IMethodSymbol>())
            {
                foreach (var attribute in method.GetAttributes().Where(a => a.AttributeClass?.Name == "MemberNotNullAttribute"))
                {
                    _names.UnionWith(attribute.ConstructorArguments.SelectMany(a => a.Kind == TypedConstantKind.Array ? [.. a.Values] : new[] { a }).Select(v => v.Value).OfType<string>());
                }
                // A method of a base without source may assign anything; the methods of object assign nothing.
                _isUnknown |= current.DeclaringSyntaxReferences.IsEmpty && current.SpecialType != SpecialType.System_Object;
            }
        }
    }

    private IEnumerable<SyntaxNode> BodiesOf(string name) => (_bodies ??= AllBodies().ToLookup(b => b.Name, b => b.Body))[name];

    /// <summary>The methods, and the setters of properties, of the class and of its bases in source.</summary>
    private IEnumerable<(string Name, SyntaxNode Body)> AllBodies()
    {
        for (var current = aggregate; current is not null; current = current.BaseType)
        {
            foreach (var member in current.UserDeclarations(cancellation).OfType<TypeDeclarationSyntax>().SelectMany(d => d.Members))
            {
                if (member is MethodDeclarationSyntax method && method.Identifier.ValueText != "Apply")
                {
                    yield return (method.Identifier.ValueText, method);
                }

                foreach (var setter in (member as PropertyDeclarationSyntax)?.AccessorList?.Accessors.Where(a => !a.IsKind(SyntaxKind.GetAccessorDeclaration)) ?? [])
                {
                    yield return (((PropertyDeclarationSyntax)member).Identifier.ValueText, setter);
                }
            }
        }
    }
}
