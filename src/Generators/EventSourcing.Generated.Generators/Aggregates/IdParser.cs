using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Aggregates;

/// <summary>Finds out what type the id of an aggregate has.</summary>
internal static class IdParser
{
    /// <summary>The type of the id: the base's; else as the attribute says; else what CreateId returns; else that of a parameter id; else Guid.</summary>
    public static ITypeSymbol? FindType(INamedTypeSymbol aggregate, Compilation compilation)
    {
        if (aggregate.BaseAggregate() is { } parent)
            return FindType(parent, compilation);
        // In a reference the generated property says it.
        if (aggregate.DeclaringSyntaxReferences.IsEmpty)
            return aggregate.GetMembers("Id").OfType<IPropertySymbol>().FirstOrDefault()?.Type;
        return aggregate.FindAttribute(KnownNames.EventSourced)?.Named<ITypeSymbol>("IdType")
            ?? FindOwnType(aggregate)
            ?? compilation.GetTypeByMetadataName("System.Guid");
    }

    /// <summary>What the class itself says of its id's type.</summary>
    public static ITypeSymbol? FindOwnType(INamedTypeSymbol aggregate) =>
        CreateIds(aggregate).FirstOrDefault()?.ReturnType
        ?? aggregate.GetMembers().OfType<IMethodSymbol>()
            .Where(m => m.FindAttribute(KnownNames.Event) is not null && (m.MethodKind == MethodKind.Constructor || m.IsStatic))
            .SelectMany(m => m.Parameters)
            .FirstOrDefault(p => p.Name == "id")?.Type;

    public static IEnumerable<IMethodSymbol> CreateIds(INamedTypeSymbol aggregate) =>
        aggregate.GetMembers("CreateId").OfType<IMethodSymbol>().Where(m => m.IsStatic && m.MethodKind == MethodKind.Ordinary);

    /// <summary>Null when the type can't be an id.</summary>
    public static IdModel? Parse(ITypeSymbol type)
    {
        if (KeyOf(type) is { } key)
            return new IdModel { Type = NameOf(type), Key = key, ValueMember = null };
        if (type is not INamedTypeSymbol { TypeKind: TypeKind.Struct, IsGenericType: false } wrapper)
            return null;

        var values = wrapper.GetMembers()
            .Where(m => !m.IsStatic && m.DeclaredAccessibility == Accessibility.Public)
            .Select(m => (Member: m, Type: m switch
            {
                IPropertySymbol { IsIndexer: false, GetMethod: not null } property => property.Type,
                IFieldSymbol field => field.Type,
                _ => null,
            }))
            .Where(m => m.Type is not null && KeyOf(m.Type) is not null && HasConstructor(wrapper, m.Type))
            .ToList();
        // More than one value: the ids of two aggregates could differ in what isn't stored.
        return values.Count == 1
            ? new IdModel { Type = NameOf(type), Key = KeyOf(values[0].Type!)!.Value, ValueMember = Names.Escape(values[0].Member.Name) }
            : null;
    }

    private static KeyKind? KeyOf(ITypeSymbol type) =>
        type.SpecialType == SpecialType.System_String ? KeyKind.String
        : type.IsNamed("System.Guid") ? KeyKind.Guid
        : null;

    private static bool HasConstructor(INamedTypeSymbol type, ITypeSymbol value) => type.InstanceConstructors.Any(c =>
        c.DeclaredAccessibility is Accessibility.Public or Accessibility.Internal
        && c.Parameters.Length == 1 && SymbolEqualityComparer.Default.Equals(c.Parameters[0].Type, value));

    private static string NameOf(ITypeSymbol type) => type.WithNullableAnnotation(NullableAnnotation.NotAnnotated).ToDisplayString(Names.FullyQualified);
}
