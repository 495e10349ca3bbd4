using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Shapes;

/// <summary>A type that another generator completes, around one value.</summary>
/// <param name="Value">The type of the value.</param>
/// <param name="Read">The expression that takes the value from the wrapper, with <c>{0}</c> for the wrapper: <c>{0}.Value</c>.</param>
/// <param name="Make">The expression that creates the wrapper, with <c>{0}</c> for the value: <c>global::School.Name.From({0})</c>.</param>
internal sealed record Wrapper(ITypeSymbol Value, string Read, string Make);

/// <summary>
/// The known generators of single-value wrappers, by their attributes. Their code can't be seen when this generator runs, but it is always
/// the same.
/// </summary>
internal static class Wrappers
{
    private const string Unknown = "uses a setting of its generator that isn't supported";

    /// <summary>The table: the attribute, the type of the value, how it is taken, and how the wrapper is created from it.</summary>
    private static readonly (string Attribute, Func<AttributeData, Compilation, ITypeSymbol?> Value, Func<AttributeData, ITypeSymbol, string?> Read, Func<AttributeData, ITypeSymbol, string?> Make)[] Known =
    [
        ("Vogen.ValueObjectAttribute`1", TypeArgument, (_, _) => "{0}.Value", (_, _) => "{type}.From({0})"),
        ("Vogen.ValueObjectAttribute", VogenType, (_, _) => "{0}.Value", (_, _) => "{type}.From({0})"),
        ("StronglyTypedIds.StronglyTypedIdAttribute", TemplateType, (_, _) => "{0}.Value", (_, _) => "new {type}({0})"),
        // Two generators have an attribute of this name: Meziantou.Framework.StronglyTypedId takes a type, StronglyTypedId 0.2 doesn't.
        ("StronglyTypedIdAttribute", (a, c) => FirstType(a) ?? TemplateType(a, c), (_, _) => "{0}.Value",
            (a, value) => FirstType(a) is null ? "new {type}({0})" : $"{{type}}.From{value.Name}({{0}})"),
        ("Thinktecture.ValueObjectAttribute`1", TypeArgument,
            (a, _) => IsNone(a, "ConversionToKeyMemberType") || IsNone(a, "UnsafeConversionToKeyMemberType") ? null : "(({value}){0})",
            (a, _) => a.NamedFlag("SkipFactoryMethods", otherwise: false) ? null : $"{{type}}.{a.Named<string>("CreateFactoryMethodName") ?? "Create"}({{0}})"),
    ];

    /// <summary>The wrapper that the type is; null when it isn't one, or, with a reason, when its value isn't known.</summary>
    public static Wrapper? Of(ITypeSymbol type, Compilation compilation, out string? reason)
    {
        reason = null;
        if (type is not INamedTypeSymbol { TypeKind: TypeKind.Class or TypeKind.Struct })
        {
            return null;
        }

        foreach (var (name, valueOf, readOf, makeOf) in Known)
        {
            if (type.FindAttribute(name) is not { } attribute)
            {
                continue;
            }

            if (OwnField((INamedTypeSymbol)type, compilation) is { } own)
            {
                reason = $"'{own}' would be lost, because only the value of '{type.Name}' is stored: leave it out with [StateIgnore]";
                return null;
            }

            if (valueOf(attribute, compilation)?.WithNullableAnnotation(IsNullable(attribute, compilation) ? NullableAnnotation.Annotated : NullableAnnotation.NotAnnotated) is { } value
                && readOf(attribute, value) is { } read && makeOf(attribute, value) is { } make)
            {
                return new Wrapper(value, Fill(read, type, value), Fill(make, type, value));
            }

            reason = $"'{type.ToDisplayString(SymbolDisplayFormat.CSharpShortErrorMessageFormat)}' {Unknown}";
            return null;
        }

        return null;
    }

    /// <summary>A field that the generator of the wrapper doesn't write. A user-written property Value holds the stored value.</summary>
    private static string? OwnField(INamedTypeSymbol type, Compilation compilation)
    {
        foreach (var level in Coverage.Chain(type))
        {
            // In a reference, all fields of a wrapper look like those of its generator.
            if (SymbolEqualityComparer.Default.Equals(level, type) && type.DeclaringSyntaxReferences.IsEmpty)
            {
                continue;
            }

            var field = StateFields.Of(level, compilation)?.FirstOrDefault(f => !f.IsIgnored && f is not { Name: "Value", Kind: StateFieldKind.AutoProperty } && !level.GetMembers(f.Name).Any(IsWritten));
            if (field is { Name: { } name })
            {
                return $"{level.Name}.{name}";
            }
        }

        return null;

        // Analyzers see the code of the other generator.
        static bool IsWritten(ISymbol member) => !member.DeclaringSyntaxReferences.IsEmpty && member.DeclaringSyntaxReferences.All(r =>
            r.SyntaxTree.FilePath.EndsWith(".g.cs", StringComparison.OrdinalIgnoreCase) || r.SyntaxTree.FilePath.EndsWith(".generated.cs", StringComparison.OrdinalIgnoreCase));
    }

    private static string Fill(string pattern, ITypeSymbol type, ITypeSymbol value) => pattern
        .Replace("{type}", type.WithNullableAnnotation(NullableAnnotation.NotAnnotated).ToDisplayString(Names.FullyQualified))
        .Replace("{value}", value.ToDisplayString(Names.FullyQualified));

    private static ITypeSymbol? TypeArgument(AttributeData attribute, Compilation compilation) => attribute.AttributeClass!.TypeArguments[0];

    private static ITypeSymbol? FirstType(AttributeData attribute) =>
        attribute.ConstructorArguments.FirstOrDefault() is { Kind: TypedConstantKind.Type, Value: ITypeSymbol type } ? type : null;

    // The type that the attribute names, or the one that the assembly names, or int.
    private static ITypeSymbol? VogenType(AttributeData attribute, Compilation compilation) =>
        FirstType(attribute)
        ?? (compilation.Assembly.FindAttribute("Vogen.VogenDefaultsAttribute") is { } defaults ? FirstType(defaults) : null)
        ?? compilation.GetSpecialType(SpecialType.System_Int32);

    // The template that the attribute names, or the one that the assembly names, or Guid. A user's template is known only by its name.
    private static ITypeSymbol? TemplateType(AttributeData attribute, Compilation compilation) => TemplateOf(attribute, compilation) switch
    {
        "Guid" or "guid" => compilation.GetTypeByMetadataName("System.Guid"),
        "Int" or "int" => compilation.GetSpecialType(SpecialType.System_Int32),
        "Long" or "long" => compilation.GetSpecialType(SpecialType.System_Int64),
        "Short" or "short" => compilation.GetSpecialType(SpecialType.System_Int16),
        "String" or "string" or "NullableString" or "nullablestring" => compilation.GetSpecialType(SpecialType.System_String),
        _ => null,
    };

    private static string TemplateOf(AttributeData attribute, Compilation compilation) =>
        TemplateOf(attribute)
        ?? (compilation.Assembly.FindAttribute("StronglyTypedIds.StronglyTypedIdDefaultsAttribute") is { } defaults ? TemplateOf(defaults) : null)
        ?? "Guid";

    private static string? TemplateOf(AttributeData attribute)
    {
        foreach (var argument in attribute.ConstructorArguments)
        {
            // One of the generator's templates is guid-full, for instance.
            if (argument is { Kind: TypedConstantKind.Primitive, Value: string name })
            {
                return name.Split('-')[0];
            }

            if (argument is { Kind: TypedConstantKind.Enum, Type: INamedTypeSymbol { Name: "Template" or "StronglyTypedIdBackingType" } type }
                && type.GetMembers().OfType<IFieldSymbol>().FirstOrDefault(f => Equals(f.ConstantValue, argument.Value)) is { Name: not "Default" } member)
            {
                return member.Name;
            }
        }

        return null;
    }

    private static bool IsNullable(AttributeData attribute, Compilation compilation) =>
        attribute.AttributeClass is { Name: "StronglyTypedIdAttribute" } && FirstType(attribute) is null && TemplateOf(attribute, compilation) is "NullableString" or "nullablestring";

    private static bool IsNone(AttributeData attribute, string name) =>
        attribute.NamedArguments.FirstOrDefault(a => a.Key == name).Value is { Kind: TypedConstantKind.Enum, Type: INamedTypeSymbol type, Value: { } value }
        && type.GetMembers("None").OfType<IFieldSymbol>().Any(f => Equals(f.ConstantValue, value));
}
