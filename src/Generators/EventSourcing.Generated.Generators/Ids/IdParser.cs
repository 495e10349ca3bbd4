using EventSourcing.Generators.Shapes;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Ids;

/// <summary>Determines the type of an aggregate's id.</summary>
internal static class IdParser
{
    /// <summary>
    /// The type of the id. It comes from the base, the attribute, the result of CreateId, or a parameter id, in this order; otherwise it is
    /// Guid.
    /// </summary>
    public static ITypeSymbol? FindType(INamedTypeSymbol aggregate, Compilation compilation)
    {
        if (aggregate.BaseAggregate() is { } parent)
        {
            return FindType(parent, compilation);
        }
        // In a reference, the generated property has the type.
        if (aggregate.DeclaringSyntaxReferences.IsEmpty)
        {
            return aggregate.GetMembers("Id").OfType<IPropertySymbol>().FirstOrDefault()?.Type;
        }

        return aggregate.FindAttribute(KnownNames.EventSourced)?.Named<ITypeSymbol>("IdType")
            ?? FindOwnType(aggregate)
            ?? compilation.GetTypeByMetadataName("System.Guid");
    }

    /// <summary>The id type that the class itself gives by CreateId or a parameter id; null for none.</summary>
    public static ITypeSymbol? FindOwnType(INamedTypeSymbol aggregate) =>
        CreateIds(aggregate).FirstOrDefault()?.ReturnType
        ?? (aggregate.GetMembers().OfType<IMethodSymbol>()
            .Where(m => m.FindAttribute(KnownNames.Event) is not null && (m.MethodKind == MethodKind.Constructor || m.IsStatic))
            .SelectMany(m => m.Parameters)
            .FirstOrDefault(p => p.Name == "id") is { } id ? WithoutNull(id.Type) : null);

    /// <summary>The type of an id that may be left out, without its nullability.</summary>
    public static ITypeSymbol WithoutNull(ITypeSymbol type) => type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable
        ? nullable.TypeArguments[0]
        : type.WithNullableAnnotation(NullableAnnotation.NotAnnotated);

    /// <summary>The methods that create ids: those of the class, or else the accessible ones of the nearest base that has any.</summary>
    public static IEnumerable<IMethodSymbol> CreateIds(INamedTypeSymbol aggregate)
    {
        for (var current = aggregate; current is { SpecialType: not SpecialType.System_Object }; current = current.BaseType)
        {
            var found = current.GetMembers("CreateId").OfType<IMethodSymbol>()
                .Where(m => m is { IsStatic: true, IsGenericMethod: false, MethodKind: MethodKind.Ordinary }
                    && m.Parameters.All(p => p.RefKind is RefKind.None or RefKind.In)
                    && (SymbolEqualityComparer.Default.Equals(current, aggregate) || m.DeclaredAccessibility is not (Accessibility.Private or Accessibility.ProtectedAndInternal)))
                .ToList();
            if (found.Count > 0)
            {
                return found;
            }
        }

        return [];
    }

    /// <summary>The property of a creation record that is the id of the aggregate; null for none.</summary>
    public static IPropertySymbol? OwnIdOf(INamedTypeSymbol record, ITypeSymbol? idType)
    {
        for (var current = record; current is { SpecialType: not SpecialType.System_Object }; current = current.BaseType)
        {
            if (current.GetMembers("Id").OfType<IPropertySymbol>().FirstOrDefault(p => p is { IsStatic: false, IsIndexer: false, DeclaredAccessibility: Accessibility.Public, GetMethod: not null }) is { } id)
            {
                return SymbolEqualityComparer.Default.Equals(id.Type, idType) && id.Type is not { IsReferenceType: true, NullableAnnotation: NullableAnnotation.Annotated } ? id : null;
            }
        }

        return null;
    }

    /// <summary>The model of an id type; null when the type can't be an id.</summary>
    public static IdModel? Parse(ITypeSymbol type, Compilation compilation)
    {
        if (KeyOf(type) is { } key)
        {
            return new IdModel { Type = NameOf(type), Key = key, Read = "{0}", Make = "{0}" };
        }

        if (Wrappers.Of(type, compilation, out _) is { } known)
        {
            return known.Value.NullableAnnotation != NullableAnnotation.Annotated && KeyOf(known.Value) is { } value
                ? new IdModel { Type = NameOf(type), Key = value, Read = known.Read, Make = known.Make }
                : null;
        }

        if (type is not INamedTypeSymbol { TypeKind: TypeKind.Struct, IsGenericType: false } wrapper)
        {
            return null;
        }

        foreach (var member in wrapper.GetMembers().Where(m => !m.IsStatic && m.DeclaredAccessibility == Accessibility.Public))
        {
            var valueType = member switch
            {
                IPropertySymbol { IsIndexer: false, GetMethod: not null } property => property.Type,
                IFieldSymbol field => field.Type,
                _ => null,
            };
            if (valueType is { NullableAnnotation: not NullableAnnotation.Annotated } && KeyOf(valueType) is { } kind && ConstructorOf(wrapper, valueType) is { } constructor
                && HoldsOnly(wrapper, member, constructor.Parameters[0], compilation))
            {
                return new IdModel { Type = NameOf(type), Key = kind, Read = "{0}." + Names.Escape(member.Name), Make = $"new {NameOf(type)}({{0}})" };
            }
        }

        return null;
    }

    /// <summary>The obvious reason why a type can't be an id, for a message; empty when there is none.</summary>
    public static string WhyNot(ITypeSymbol type) => type switch
    {
        INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } => ", because it may be null",
        INamedTypeSymbol { Name: "Task" or "ValueTask" } => ", because it is asynchronous",
        INamedTypeSymbol { IsGenericType: true } => ", because it is generic",
        INamedTypeSymbol { IsFileLocal: true } => ", because it is local to its file",
        { DeclaredAccessibility: Accessibility.Private or Accessibility.ProtectedAndInternal } => ", because it is private",
        { TypeKind: TypeKind.Class, SpecialType: SpecialType.None } => ", because it is a class",
        { TypeKind: TypeKind.Struct } when type.GetMembers().OfType<IPropertySymbol>().Any(p => p is { IsStatic: false, Type: { SpecialType: SpecialType.System_String, NullableAnnotation: NullableAnnotation.Annotated } }) =>
            ", because its value may be null",
        _ => "",
    };

    /// <summary>Whether the struct holds nothing but the value: otherwise the ids of two aggregates could differ in data that isn't stored.</summary>
    private static bool HoldsOnly(INamedTypeSymbol wrapper, ISymbol member, IParameterSymbol parameter, Compilation compilation)
    {
        // The getter of a struct in a reference can't be seen; it is assumed to return the only field.
        if (wrapper.DeclaringSyntaxReferences.IsEmpty)
        {
            return StateFields.Of(wrapper, compilation) is { Count: 1 };
        }

        return Coverage.Of(wrapper, compilation, out _) is { } coverage && coverage.Add(member, parameter, isKey: true) is null && coverage.Missing(isWritten: true) is null;
    }

    private static KeyKind? KeyOf(ITypeSymbol type) =>
        type.SpecialType == SpecialType.System_String ? KeyKind.String
        : type.IsNamed("System.Guid") ? KeyKind.Guid
        : null;

    private static IMethodSymbol? ConstructorOf(INamedTypeSymbol type, ITypeSymbol value) => type.InstanceConstructors.FirstOrDefault(c =>
        c.DeclaredAccessibility is Accessibility.Public or Accessibility.Internal
        && c.Parameters.Length == 1 && SymbolEqualityComparer.Default.Equals(c.Parameters[0].Type, value));

    private static string NameOf(ITypeSymbol type) => type.WithNullableAnnotation(NullableAnnotation.NotAnnotated).ToDisplayString(Names.FullyQualified);
}
