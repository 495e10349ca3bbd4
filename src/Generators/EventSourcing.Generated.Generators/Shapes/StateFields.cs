using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Shapes;

/// <summary>One instance field of a type.</summary>
/// <param name="Name">Its name, as a message shows it: that of the property, event or captured parameter behind it, if any.</param>
/// <param name="Kind">The kind of member behind it.</param>
/// <param name="IsIgnored">Whether the user left it out of the state.</param>
/// <param name="IsMarked">
/// Whether the compiler marks the accessors that it generated for such a property, so that unmarked ones are the user's.
/// </param>
internal readonly record struct StateField(string Name, StateFieldKind Kind, bool IsIgnored, bool IsMarked = true);

internal enum StateFieldKind
{
    Plain,
    AutoProperty,
    Event,
    CapturedParameter,
}

/// <summary>
/// All instance fields that a type itself declares, including private ones. They are read from symbols for source, and from metadata for a
/// reference, because the compiler doesn't import the private fields of classes.
/// </summary>
internal static class StateFields
{
    /// <summary>The fields, or null when they can't be seen.</summary>
    public static IReadOnlyList<StateField>? Of(INamedTypeSymbol type, Compilation compilation)
    {
        type = type.OriginalDefinition;
        if (!type.DeclaringSyntaxReferences.IsEmpty)
        {
            return [.. OfSource(type, compilation)];
        }
        // A reference assembly doesn't contain the fields of classes; it contains those of structs.
        if (type.IsReferenceType && IsReferenceAssembly(type.ContainingAssembly))
        {
            return null;
        }

        return type.ContainingModule.GetMetadata()?.GetMetadataReader() is { } reader && MetadataTokens.EntityHandle(type.MetadataToken) is { Kind: HandleKind.TypeDefinition } handle
            ? [.. OfMetadata(reader, (TypeDefinitionHandle)handle)]
            : null;
    }

    private static bool IsReferenceAssembly(IAssemblySymbol assembly) =>
        assembly.FindAttribute("System.Runtime.CompilerServices.ReferenceAssemblyAttribute") is not null;

    private static IEnumerable<StateField> OfSource(INamedTypeSymbol type, Compilation compilation)
    {
        foreach (var member in type.GetMembers())
        {
            switch (member)
            {
                // The compiler's own field of a captured parameter is sometimes here, and sometimes not yet.
                case IFieldSymbol { IsStatic: false, AssociatedSymbol: not IEventSymbol } field when field.AssociatedSymbol is not null || field.Name[0] != '<':
                    yield return field.AssociatedSymbol is IPropertySymbol property
                        ? new StateField(property.Name, StateFieldKind.AutoProperty, IsIgnored(property) || IsIgnored(field))
                        : new StateField(field.Name, StateFieldKind.Plain, IsIgnored(field));
                    break;
                case IEventSymbol { IsStatic: false, IsAbstract: false } e when e.DeclaringSyntaxReferences.Any(r => r.GetSyntax() is VariableDeclaratorSyntax):
                    yield return new StateField(e.Name, StateFieldKind.Event, IsIgnored(e));
                    break;
            }
        }

        foreach (var parameter in CapturedParameters(type, compilation))
        {
            yield return new StateField(parameter.Name, StateFieldKind.CapturedParameter, IsIgnored: false);
        }
    }

    /// <summary>Parameters of the primary constructor that members use later, for which the compiler makes fields.</summary>
    private static IEnumerable<IParameterSymbol> CapturedParameters(INamedTypeSymbol type, Compilation compilation)
    {
        // The parameters of records are members.
        if (type.IsRecord || type.InstanceConstructors.FirstOrDefault(c => c.DeclaringSyntaxReferences.Any(r => r.GetSyntax() is TypeDeclarationSyntax)) is not { } primary)
        {
            yield break;
        }

        var uses = type.DeclaringSyntaxReferences
            .SelectMany(r => r.GetSyntax().DescendantNodes(n => n is not (BaseListSyntax or ParameterListSyntax or AttributeListSyntax)))
            .OfType<IdentifierNameSyntax>()
            .Where(n => !IsInInitializer(n))
            .ToLookup(n => n.Identifier.ValueText);
        foreach (var parameter in primary.Parameters)
        {
            if (uses[parameter.Name].Any(n => !compilation.ContainsSyntaxTree(n.SyntaxTree)
                || SymbolEqualityComparer.Default.Equals(compilation.GetSemanticModel(n.SyntaxTree).GetSymbolInfo(n).Symbol, parameter)))
            {
                yield return parameter;
            }
        }
    }

    // An initial value uses the parameter while the constructor runs. Only a delegate could capture it there, and delegates are refused.
    private static bool IsInInitializer(SyntaxNode node) =>
        node.Ancestors().Any(a => a is EqualsValueClauseSyntax { Parent: PropertyDeclarationSyntax or VariableDeclaratorSyntax { Parent.Parent: FieldDeclarationSyntax } });

    private static IEnumerable<StateField> OfMetadata(MetadataReader reader, TypeDefinitionHandle handle)
    {
        var type = reader.GetTypeDefinition(handle);
        foreach (var field in type.GetFields().Select(reader.GetFieldDefinition))
        {
            if ((field.Attributes & (FieldAttributes.Static | FieldAttributes.Literal)) == 0)
            {
                var (name, kind, isMarked) = Meaning(reader.GetString(field.Name), field, reader);
                var property = kind == StateFieldKind.AutoProperty ? type.GetProperties().FirstOrDefault(p => reader.StringComparer.Equals(reader.GetPropertyDefinition(p).Name, name)) : default;
                // A field without a property only has such a name.
                if (property.IsNil && kind == StateFieldKind.AutoProperty)
                {
                    (name, kind) = (reader.GetString(field.Name), StateFieldKind.Plain);
                }

                var isIgnored = Has(field.GetCustomAttributes(), KnownNames.StateIgnore, reader)
                    || (!property.IsNil && Has(reader.GetPropertyDefinition(property).GetCustomAttributes(), KnownNames.StateIgnore, reader));
                yield return new StateField(name, kind, isIgnored, isMarked);
            }
        }
    }

    /// <summary>The meaning of the names that compilers give to the fields that they generate: C#, then F# and Visual Basic.</summary>
    private static (string Name, StateFieldKind Kind, bool IsMarked) Meaning(string name, FieldDefinition field, MetadataReader reader)
    {
        const string CSharp = ">k__BackingField", Captured = ">P";
        if (name.EndsWith(CSharp, StringComparison.Ordinal))
        {
            return (name.Substring(1, name.Length - CSharp.Length - 1), StateFieldKind.AutoProperty, true);
        }

        if (name.EndsWith(Captured, StringComparison.Ordinal))
        {
            return (name.Substring(1, name.Length - Captured.Length - 1), StateFieldKind.CapturedParameter, true);
        }

        if (name[name.Length - 1] == '@')
        {
            return (name.Substring(0, name.Length - 1), StateFieldKind.AutoProperty, false);
        }

        if (name[0] == '_' && Has(field.GetCustomAttributes(), "System.Runtime.CompilerServices.CompilerGeneratedAttribute", reader))
        {
            return (name.Substring(1), StateFieldKind.AutoProperty, false);
        }

        return (name, StateFieldKind.Plain, true);
    }

    private static bool IsIgnored(ISymbol member) => member.FindAttribute(KnownNames.StateIgnore) is not null;

    // Attributes of the framework and of this library are never declared in the assembly that uses them.
    private static bool Has(CustomAttributeHandleCollection attributes, string fullName, MetadataReader reader)
    {
        foreach (var constructor in attributes.Select(a => reader.GetCustomAttribute(a).Constructor).Where(c => c.Kind == HandleKind.MemberReference))
        {
            if (reader.GetMemberReference((MemberReferenceHandle)constructor).Parent is { Kind: HandleKind.TypeReference } parent
                && reader.GetTypeReference((TypeReferenceHandle)parent) is var type && reader.GetString(type.Namespace) + "." + reader.GetString(type.Name) == fullName)
            {
                return true;
            }
        }

        return false;
    }
}
