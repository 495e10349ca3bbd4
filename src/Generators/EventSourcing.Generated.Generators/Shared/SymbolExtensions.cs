using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Shared;

/// <summary>Extensions of symbols that parsers and analyzers share.</summary>
internal static class SymbolExtensions
{
    public static AttributeData? FindAttribute(this ISymbol symbol, string metadataName) =>
        symbol.GetAttributes().FirstOrDefault(a => a.AttributeClass is { } type && type.IsNamed(metadataName));

    public static bool IsNamed(this ITypeSymbol type, string metadataName)
    {
        // This check runs so often that it creates no string: it compares the name from its end, part by part.
        if (!EndsWith(type.MetadataName, metadataName.Length) || type.ContainingType is not null)
        {
            return false;
        }

        var end = metadataName.Length - type.MetadataName.Length - 1;
        var space = type.ContainingNamespace;
        for (; space is { IsGlobalNamespace: false } && EndsWith(space.Name, end); space = space.ContainingNamespace)
        {
            end -= space.Name.Length + 1;
        }

        return end == -1 && space is { IsGlobalNamespace: true };

        // Whether the part is the last one before the end.
        bool EndsWith(string part, int before) =>
            before >= part.Length && string.CompareOrdinal(metadataName, before - part.Length, part, 0, part.Length) == 0
            && (before == part.Length || metadataName[before - part.Length - 1] == '.');
    }

    /// <summary>Whether it is the class of that name, or derives from it.</summary>
    public static bool IsOrDerivesFrom(this ITypeSymbol type, string metadataName)
    {
        for (var current = type; current is not null; current = current.BaseType)
        {
            if (current.IsNamed(metadataName))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a type, or a type or namespace around it, still lacks its name.</summary>
    public static bool IsNameless(this ISymbol symbol)
    {
        for (var around = symbol; around is INamedTypeSymbol or INamespaceSymbol { IsGlobalNamespace: false }; around = around.ContainingSymbol)
        {
            if (around.Name.Length == 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the class declares the same method twice, so that a call of it could mean both.</summary>
    public static bool IsDoubled(this IMethodSymbol method) => method.ContainingType.GetMembers(method.Name).OfType<IMethodSymbol>()
        .Any(m => !SymbolEqualityComparer.Default.Equals(m, method) && m.Arity == method.Arity
            && m.Parameters.Select(p => p.Type).SequenceEqual(method.Parameters.Select(p => p.Type), SymbolEqualityComparer.Default)
            && m.Parameters.Select(p => p.RefKind == RefKind.None).SequenceEqual(method.Parameters.Select(p => p.RefKind == RefKind.None)));

    /// <summary>
    /// Whether the member, a parameter or a type still lacks a name, or two of its members have the same name, so that it can't be written
    /// in generated code.
    /// </summary>
    public static bool IsHalfTyped(this ISymbol member)
    {
        return member.Name.Length == 0 || member switch
        {
            IMethodSymbol method => IsUnnamed(method.ReturnType) || Lacks(method),
            INamedTypeSymbol type => (type.IsRecord && type.InstanceConstructors.Any(Lacks)) || HasDoubled(type),
            _ => false,
        };

        static bool HasDoubled(INamedTypeSymbol type) => !type.DeclaringSyntaxReferences.IsEmpty
            && type.GetMembers().Any(m => m is IPropertySymbol { IsIndexer: false } or IFieldSymbol { IsImplicitlyDeclared: false } && type.GetMembers(m.Name).Length > 1);

        static bool Lacks(IMethodSymbol method) => method.Parameters.Any(p => p.Name.Length == 0 || IsUnnamed(p.Type));

        static bool IsUnnamed(ITypeSymbol type) => type switch
        {
            IArrayTypeSymbol array => IsUnnamed(array.ElementType),
            INamedTypeSymbol named => (!named.IsTupleType && named.IsNameless()) || named.TypeArguments.Any(IsUnnamed),
            _ => false,
        };
    }

    /// <summary>Whether the compiler refuses each use of it: a pragma in generated code can't allow it.</summary>
    public static bool IsObsoleteError(this ISymbol symbol) =>
        symbol.GetAttributes().Any(a => a.AttributeClass is { } type && type.IsNamed("System.ObsoleteAttribute") && a.ConstructorArguments is [_, { Value: true }]);

    /// <summary>The member of this name that is inherited from a base class, except for generated members; null for none.</summary>
    public static ISymbol? InheritedMember(this INamedTypeSymbol type, string name)
    {
        for (var parent = type.BaseType; parent is not null; parent = parent.BaseType)
        {
            var isGenerated = parent.DeclaringSyntaxReferences.IsEmpty && parent.IsEventSourced() && ReservedNames.OfAggregates.Contains(name);
            var isElsewhere = !SymbolEqualityComparer.Default.Equals(parent.ContainingAssembly, type.ContainingAssembly) && !parent.ContainingAssembly.GivesAccessTo(type.ContainingAssembly);
            var found = parent.GetMembers(name).FirstOrDefault(m => (parent.DeclaringSyntaxReferences.IsEmpty || m.IsUserWritten()) && m.DeclaredAccessibility switch
            {
                Accessibility.Private => false,
                Accessibility.Internal or Accessibility.ProtectedAndInternal => !isElsewhere,
                _ => true,
            });
            if (found is not null && !isGenerated)
            {
                return found;
            }
        }

        return null;
    }

    /// <summary>Whether an argument of an attribute is written as null, rather than left out or unknown to the compiler.</summary>
    public static bool IsWrittenNull(this TypedConstant argument) => argument is { IsNull: true, Kind: not TypedConstantKind.Error };

    /// <summary>Whether a [StateConverter] of the symbol names null.</summary>
    public static bool HasNullConverter(this ISymbol symbol) =>
        symbol.FindAttribute(KnownNames.StateConverter) is { ConstructorArguments: [var converter] } && converter.IsWrittenNull();

    public static bool IsEventSourced(this ITypeSymbol type) => type.FindAttribute(KnownNames.EventSourced) is not null;

    /// <summary>The types that the [EventSourcedApplication] of a class names as its aggregates, whether they are aggregates or not.</summary>
    public static IEnumerable<ITypeSymbol> NamedAggregates(this INamedTypeSymbol application) =>
        application.FindAttribute(KnownNames.EventSourcedApplication) is { ConstructorArguments: [{ Kind: TypedConstantKind.Array, IsNull: false } types] }
            ? types.Values.Select(v => v.Value).OfType<ITypeSymbol>().Distinct<ITypeSymbol>(SymbolEqualityComparer.Default)
            : [];

    /// <summary>A named argument of an attribute; null where it isn't given.</summary>
    public static T? Named<T>(this AttributeData attribute, string name)
        where T : class => attribute.NamedArguments.FirstOrDefault(a => a.Key == name).Value is { Kind: not TypedConstantKind.Array and not TypedConstantKind.Error } value ? value.Value as T : null;

    public static bool NamedFlag(this AttributeData attribute, string name, bool otherwise) =>
        attribute.NamedArguments.FirstOrDefault(a => a.Key == name).Value.Value as bool? ?? otherwise;

    public static IEnumerable<string> NamedStrings(this AttributeData attribute, string name) =>
        attribute.NamedArguments.FirstOrDefault(a => a.Key == name).Value is { Kind: TypedConstantKind.Array, IsNull: false } value
            ? value.Values.Select(v => v.Value).OfType<string>()
            : [];

    /// <summary>The parts of the symbol that the user wrote. Analyzers also see generated parts.</summary>
    public static IEnumerable<SyntaxNode> UserDeclarations(this ISymbol symbol, CancellationToken cancellation = default) =>
        symbol.DeclaringSyntaxReferences.Where(r => !IsGenerated(r.SyntaxTree)).Select(r => r.GetSyntax(cancellation));

    /// <summary>Whether the symbol is declared in the source of this compilation, and not in a reference, which may be another compilation in an editor.</summary>
    public static bool HasSourceIn(this ISymbol symbol, Compilation compilation) =>
        symbol.OriginalDefinition.DeclaringSyntaxReferences.FirstOrDefault() is { } reference && compilation.ContainsSyntaxTree(reference.SyntaxTree);

    /// <summary>Whether the type's namespace is System, or below it.</summary>
    public static bool IsInSystem(this ITypeSymbol type)
    {
        var root = type.ContainingNamespace;
        while (root is { IsGlobalNamespace: false, ContainingNamespace.IsGlobalNamespace: false })
        {
            root = root.ContainingNamespace;
        }

        return root?.Name == "System";
    }

    /// <summary>The type of the value of a field, property, local or parameter; null for other symbols.</summary>
    public static ITypeSymbol? TypeOfValue(this ISymbol symbol) => symbol switch
    {
        IFieldSymbol field => field.Type,
        IPropertySymbol property => property.Type,
        ILocalSymbol local => local.Type,
        IParameterSymbol parameter => parameter.Type,
        _ => null,
    };

    /// <summary>Whether the user wrote the member, or at least a part of it.</summary>
    public static bool IsUserWritten(this ISymbol member) => !member.IsImplicitlyDeclared && member.DeclaringSyntaxReferences.Any(r => !IsGenerated(r.SyntaxTree));

    public static bool IsGenerated(SyntaxTree tree) =>
        tree.FilePath.EndsWith(".g.cs", StringComparison.Ordinal) && tree.FilePath.Contains(KnownNames.Generator);

    public static Location LocationOf(this AttributeData attribute, ISymbol otherwise) =>
        attribute.ApplicationSyntaxReference is { } reference ? Location.Create(reference.SyntaxTree, reference.Span) : otherwise.UserLocation();

    /// <summary>The name of an attribute's class as users write it.</summary>
    public static string AttributeName(this INamedTypeSymbol attribute) => attribute.Name.Substring(0, attribute.Name.Length - "Attribute".Length);

    /// <summary>The place where an argument of an attribute is written.</summary>
    public static Location LocationOf(this AttributeData attribute, int argument, ISymbol otherwise) =>
        attribute.ApplicationSyntaxReference?.GetSyntax() is AttributeSyntax { ArgumentList.Arguments: var arguments } && argument < arguments.Count
            ? arguments[argument].GetLocation()
            : attribute.LocationOf(otherwise);

    /// <summary>The place where a named argument of an attribute is written.</summary>
    public static Location LocationOf(this AttributeData attribute, string argument, ISymbol otherwise) =>
        attribute.ApplicationSyntaxReference?.GetSyntax() is AttributeSyntax { ArgumentList.Arguments: var arguments }
            && arguments.FirstOrDefault(a => a.NameEquals?.Name.Identifier.ValueText == argument) is { } written
            ? written.GetLocation()
            : attribute.LocationOf(otherwise);

    /// <summary>The members of a name, of the class itself or of the nearest base that has any.</summary>
    public static IReadOnlyList<ISymbol> NearestMembers(this INamedTypeSymbol type, string name)
    {
        for (var current = type; current is not null; current = current.BaseType)
        {
            if (current.GetMembers(name) is { IsEmpty: false } members)
            {
                return members;
            }
        }

        return [];
    }

    /// <summary>The place where the user declared it: the name, not the whole declaration.</summary>
    public static Location UserLocation(this ISymbol symbol) =>
        symbol.Locations.FirstOrDefault(l => l.SourceTree is not null && !IsGenerated(l.SourceTree)) ?? symbol.Locations.FirstOrDefault() ?? Location.None;

    public static bool IsPartial(this MemberDeclarationSyntax declaration) => declaration.Modifiers.Any(SyntaxKind.PartialKeyword);

    /// <summary>The base of the type when it is an aggregate, here or in a reference; otherwise null.</summary>
    public static INamedTypeSymbol? BaseAggregate(this INamedTypeSymbol type) =>
        type.BaseType is { } parent && parent.IsEventSourced() ? parent : null;

    /// <summary>The accessibility of a type, outer types and type arguments included: 0 private … 4 public.</summary>
    public static int Reach(this ITypeSymbol type)
    {
        switch (type)
        {
            case IArrayTypeSymbol array:
                return array.ElementType.Reach();
            case INamedTypeSymbol named:
                var reach = Rank(named.DeclaredAccessibility);
                if (named.ContainingType is { } outer)
                {
                    reach = Math.Min(reach, outer.Reach());
                }

                foreach (var argument in named.TypeArguments)
                {
                    reach = Math.Min(reach, argument.Reach());
                }

                return reach;
            default:
                return 4;
        }
    }

    public static int Rank(Accessibility accessibility) => accessibility switch
    {
        Accessibility.Public => 4,
        Accessibility.ProtectedOrInternal => 3,
        Accessibility.Internal or Accessibility.Protected => 2,
        Accessibility.ProtectedAndInternal => 1,
        Accessibility.Private => 0,
        _ => 4,
    };
}
