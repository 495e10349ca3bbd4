using EventSourcing.Generators.Shapes.Code;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Shapes;

/// <summary>
/// Checks that everything that an object holds is written: each instance field of it and of its bases belongs to a member that is written
/// and restored unchanged. Any other field would be lost silently.
/// </summary>
internal sealed class Coverage
{
    private readonly INamedTypeSymbol _type;
    private readonly Compilation _compilation;
    private readonly List<(INamedTypeSymbol Type, IReadOnlyList<StateField> Fields)> _levels = [];
    private readonly HashSet<(string Level, string Field)> _covered = [];
    private readonly Restoring _restoring;

    private Coverage(INamedTypeSymbol type, Compilation compilation) => (_type, _compilation, _restoring) = (type, compilation, new Restoring(type, compilation));

    /// <summary>Whether user code runs when an object is created or read, so that its effect is seen only then.</summary>
    public bool HasCode => _restoring.HasCode;

    /// <summary>Reads the fields of the type and its bases.</summary>
    public static Coverage? Of(INamedTypeSymbol type, Compilation compilation, out string? reason)
    {
        reason = null;
        var coverage = new Coverage(type, compilation);
        foreach (var level in Chain(type))
        {
            if (level.TypeKind == TypeKind.Error)
            {
                reason = $"'{Show(level)}', the base of '{Show(type)}', is unknown: correct its name";
                return null;
            }

            if (StateFields.Of(level, compilation) is not { } fields)
            {
                reason = $"'{Show(level)}' comes from the reference assembly '{level.ContainingAssembly.Name}', which doesn't contain the private fields of classes: reference the implementation, for example by setting CompileUsingReferenceAssemblies=false in the project";
                return null;
            }

            coverage._levels.Add((level, fields));
        }

        return coverage;
    }

    /// <summary>The type and its bases, the derived ones first.</summary>
    public static IEnumerable<INamedTypeSymbol> Chain(INamedTypeSymbol type)
    {
        for (var at = type; at is { SpecialType: not (SpecialType.System_Object or SpecialType.System_ValueType) }; at = at.BaseType)
        {
            yield return at;
        }
    }

    /// <summary>Whether the compiler made the accessors of the property, and a field for it.</summary>
    public bool IsAuto(IPropertySymbol property) => FieldsOf(property.ContainingType).Any(f => f.Name == property.Name && f.Kind == StateFieldKind.AutoProperty);

    /// <summary>Notes that a member is written, and how it is restored.</summary>
    /// <param name="member">The property or field.</param>
    /// <param name="parameter">The parameter of the constructor; null for a setter.</param>
    /// <param name="isKey">Whether it is the key of an id, which isn't compared when an event is raised.</param>
    /// <returns>Why the member can't be restored, or null.</returns>
    public string? Add(ISymbol member, IParameterSymbol? parameter, bool isKey = false)
    {
        var name = $"'{member.ContainingType.Name}.{member.Name}'";
        var storage = StorageOf(member);
        if (storage is null || !Cover(member, storage))
        {
            return $"{name} is computed, so it may not return the value that it was given: make it an automatic property, or leave it out with [StateIgnore]";
        }

        if (member is IPropertySymbol property)
        {
            _restoring.NoteCode(property.OriginalDefinition);
        }

        if (parameter is not null)
        {
            return _restoring.WhyNotByConstructor(parameter.OriginalDefinition, member.OriginalDefinition, storage, isKey);
        }

        if (!IsOwn(member))
        {
            return member is IPropertySymbol { SetMethod: { } setter } && !IsMade(setter)
                ? $"the setter of {name} may store a value that differs from the one it was given: make it an automatic property, or leave it out with [StateIgnore]"
                : null;
        }

        return member is IFieldSymbol || _restoring.BySetter(((IPropertySymbol)member).OriginalDefinition, storage)
            ? null
            : $"the setter of {name} must store its value unchanged and do nothing else: make it an automatic property, or leave it out with [StateIgnore]";
    }

    /// <summary>The first field that isn't covered, as a reason; null when all are.</summary>
    /// <param name="isWritten">Whether anything is written at all.</param>
    public string? Missing(bool isWritten)
    {
        foreach (var (level, fields) in _levels)
        {
            foreach (var field in fields)
            {
                if (!field.IsIgnored && !_covered.Contains((Key(level), field.Name)))
                {
                    return Reason(level, field);
                }
            }
        }

        // A partial type may get members from another generator, so it isn't certain that it holds nothing.
        return !isWritten && _levels.Any(l => IsPartial(l.Type))
            ? $"'{Show(_type)}' has no members to write, and members that another generator adds to a partial type can't be seen when the serializers are generated: declare its members yourself"
            : null;
    }

    private static string Reason(INamedTypeSymbol level, StateField field)
    {
        const string Ignore = "leave it out with [StateIgnore]";
        var name = $"'{level.Name}.{field.Name}'";
        return field.Kind switch
        {
            StateFieldKind.Event => $"{name} is an event, and its handlers can't be stored: {Ignore}",
            StateFieldKind.CapturedParameter => $"{name}, a constructor parameter that the object keeps, would be lost: return it from a public property with the same name",
            StateFieldKind.AutoProperty => $"{name} would be lost, because it is hidden, overridden or not public: make it a separate public property, or {Ignore}",
            _ => $"{name} would be lost, because no public property returns and restores it: make it a public property, or {Ignore}",
        };
    }

    private ISymbol? StorageOf(ISymbol member) => member switch
    {
        IFieldSymbol => member.OriginalDefinition,
        IPropertySymbol property when IsOwn(property) => Restoring.StorageOf(property.OriginalDefinition, _type, _compilation),
        // If a property is compiled elsewhere, only the field that the compiler generated for it is known.
        IPropertySymbol { GetMethod: { } getter } property when IsAuto(property) && IsMade(getter) => property.OriginalDefinition,
        _ => null,
    };

    // An accessor with a body may use the field that the compiler made for its property, too.
    private bool IsMade(IMethodSymbol accessor)
    {
        if (accessor.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() is { } syntax)
        {
            return syntax is ParameterSyntax or AccessorDeclarationSyntax { Body: null, ExpressionBody: null } || syntax.Language != LanguageNames.CSharp;
        }

        return accessor.FindAttribute("System.Runtime.CompilerServices.CompilerGeneratedAttribute") is not null
            || !FieldsOf(accessor.ContainingType).Any(f => f.Kind == StateFieldKind.AutoProperty && f.Name == accessor.AssociatedSymbol?.Name && f.IsMarked);
    }

    private IEnumerable<StateField> FieldsOf(INamedTypeSymbol type) =>
        _levels.FirstOrDefault(l => SymbolEqualityComparer.Default.Equals(l.Type.OriginalDefinition, type.OriginalDefinition)).Fields ?? [];

    private bool Cover(ISymbol member, ISymbol storage)
    {
        // A property that returns another one would be written twice.
        return (storage is not IPropertySymbol || SymbolEqualityComparer.Default.Equals(storage, member.OriginalDefinition))
            && _covered.Add((Key(storage.ContainingType), storage.Name));
    }

    private bool IsOwn(ISymbol symbol) => SymbolEqualityComparer.Default.Equals(symbol.ContainingAssembly, _compilation.Assembly);

    private bool IsPartial(INamedTypeSymbol type) =>
        IsOwn(type) && type.DeclaringSyntaxReferences.Any(r => r.GetSyntax() is TypeDeclarationSyntax declaration && declaration.IsPartial());

    private static string Key(INamedTypeSymbol type) => type.OriginalDefinition.ToDisplayString(Names.FullyQualified);

    private static string Show(ITypeSymbol type) => type.ToDisplayString(SymbolDisplayFormat.CSharpShortErrorMessageFormat);
}
