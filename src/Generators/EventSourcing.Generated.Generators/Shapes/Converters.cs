using EventSourcing.Generators.Diagnostics;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Shapes;

/// <summary>Checks whether a user's converter has the methods that generated code calls.</summary>
internal static class Converters
{
    /// <summary>ESG0029 and ESG0045: a converter that the assembly names lacks the required methods, or isn't the only one for its type.</summary>
    public static void CheckAssembly(Compilation compilation, Action<Diagnostic> report)
    {
        foreach (var attribute in compilation.Assembly.GetAttributes())
        {
            if (attribute.AttributeClass?.IsNamed(KnownNames.StateConverterFor) == true && attribute.ConstructorArguments.Any(a => a.IsWrittenNull()))
            {
                report(Diagnostic.Create(Rules.ConverterShape, attribute.LocationOf(compilation.Assembly), Written(attribute, 1), Written(attribute, 0)));
            }
        }

        var known = new Dictionary<ITypeSymbol, ITypeSymbol>(SymbolEqualityComparer.Default);
        foreach (var (attribute, type, converter) in OfAssembly(compilation.Assembly))
        {
            var at = attribute.LocationOf(compilation.Assembly);
            if (known.TryGetValue(type, out var other))
            {
                report(Diagnostic.Create(Rules.ConverterDuplicate, at, Names.Show(type), Names.Show(other)));
            }
            else if (!Fits(converter, type, compilation, compilation.Assembly))
            {
                report(Diagnostic.Create(Rules.ConverterShape, at, Names.Show(converter), Names.Show(type)));
            }

            known[type] = converter;
        }
    }

    private static string Written(AttributeData attribute, int argument) =>
        attribute.ConstructorArguments[argument].Value is ITypeSymbol type ? Names.Show(type) : "null";

    /// <summary>The converters that the assembly names for types that aren't its own: attribute, type and converter.</summary>
    public static IEnumerable<(AttributeData Attribute, ITypeSymbol Type, ITypeSymbol Converter)> OfAssembly(IAssemblySymbol assembly)
    {
        foreach (var attribute in assembly.GetAttributes())
        {
            if (attribute.AttributeClass is { } named && named.IsNamed(KnownNames.StateConverterFor)
                && attribute.ConstructorArguments is [{ Value: ITypeSymbol type }, { Value: ITypeSymbol converter }])
            {
                yield return (attribute, type, converter);
            }
        }
    }

    /// <summary>Whether the assembly names a converter for the type that doesn't fit it, or one for all types of its kind: the error is at the attribute.</summary>
    public static bool IsMisnamed(ITypeSymbol type, Compilation compilation) => OfAssembly(compilation.Assembly).Any(c =>
        SymbolEqualityComparer.Default.Equals(c.Type.OriginalDefinition, type.OriginalDefinition) && !Fits(c.Converter, c.Type, compilation, compilation.Assembly));

    /// <summary>Whether there are <c>static void Write(Utf8JsonWriter, T)</c> and <c>static T Read(ref Utf8JsonReader)</c>, within reach.</summary>
    public static bool Fits(ITypeSymbol converter, ITypeSymbol type, Compilation compilation, ISymbol within)
    {
        if (converter is not INamedTypeSymbol { IsUnboundGenericType: false } || !compilation.IsSymbolAccessibleWithin(converter, within))
        {
            return false;
        }

        return MethodsOf("Write").Any(IsWrite) && MethodsOf("Read").Any(IsRead);

        IEnumerable<IMethodSymbol> MethodsOf(string name) => converter.GetMembers(name).OfType<IMethodSymbol>()
            .Where(m => m is { IsStatic: true, IsGenericMethod: false } && compilation.IsSymbolAccessibleWithin(m, within));

        bool IsWrite(IMethodSymbol method) =>
            method is { ReturnsVoid: true, IsAsync: false, Parameters: [{ RefKind: RefKind.None } writer, { RefKind: RefKind.None or RefKind.In } value] }
            && writer.Type.IsNamed("System.Text.Json.Utf8JsonWriter")
            && SymbolEqualityComparer.Default.Equals(value.Type, type);

        bool IsRead(IMethodSymbol method) =>
            method is { RefKind: RefKind.None, Parameters: [{ RefKind: RefKind.Ref } reader] }
            && reader.Type.IsNamed("System.Text.Json.Utf8JsonReader")
            && SymbolEqualityComparer.Default.Equals(method.ReturnType, type);
    }
}
