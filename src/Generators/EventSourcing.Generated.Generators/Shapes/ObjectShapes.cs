using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EventSourcing.Generators.Shapes;

/// <summary>A member that is written, and how it is restored.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The type of its value.</param>
/// <param name="Converter">The converter that is named for it, or null.</param>
/// <param name="Placement">How a value that was read is put into the object.</param>
/// <param name="Default">The source of the value that stands for a missing one, or null.</param>
/// <param name="KeepsInitialValue">Whether a missing member keeps the value of a new object.</param>
/// <param name="Symbol">The member; null for an item of a tuple.</param>
/// <param name="Conversion">
/// The expression that converts the member's value to the parameter's, with <c>{0}</c> for the value; null when both are the same.
/// </param>
internal readonly record struct MemberSlot(
    string Name, ITypeSymbol Type, ITypeSymbol? Converter, Placement Placement, string? Default, bool KeepsInitialValue = false, ISymbol? Symbol = null, string? Conversion = null);

/// <summary>
/// Determines how records, classes and structs are taken apart and created again: by the constructor's parameters, matched to readable
/// members by name, then by the other members that can be set. A type that could not be created again is refused.
/// </summary>
internal sealed class ObjectShapes(Compilation compilation, ISymbol within)
{
    private static readonly HashSet<string> FrameworkKeys =
        ["7cec85d7bea7798e", "b03f5f7f11d50a3a", "b77a5c561934e089", "cc7b13ffcd2ddd51", "adb9793829ddae60", "31bf3856ad364e35"];

    /// <summary>Whether user code runs when an object of the last type is created or read, so that its effect is seen only then.</summary>
    public bool IsCompared { get; private set; }

    /// <summary>
    /// The parameters of the last type's constructor, as they are declared, if it is private, so that generated code needs special access;
    /// else null.
    /// </summary>
    public string? HiddenConstructor { get; private set; }

    /// <summary>The members in the order in which they are written, or null with the reason.</summary>
    /// <param name="type">The type.</param>
    /// <param name="reason">Why it can't be stored.</param>
    /// <param name="isEvent">Whether it is a user-written event, which is partial and may have no members.</param>
    public IReadOnlyList<MemberSlot>? MembersOf(INamedTypeSymbol type, out string? reason, bool isEvent = false)
    {
        reason = type.IsHalfTyped() ? $"the declaration of '{type.Name}' is incomplete, or has two members with the same name" : isEvent ? null : WhyNotAnObject(type);
        if (reason is not null || Coverage.Of(type, compilation, out reason) is not { } coverage)
        {
            return null;
        }

        if (Coverage.Chain(type).SelectMany(at => at.GetMembers()).OfType<IPropertySymbol>().FirstOrDefault(IsHalf) is { } half)
        {
            reason = $"'{half.ContainingType.Name}.{half.Name}' overrides only one accessor, so the effect of the other one isn't known: override both";
            return null;
        }

        var readable = ReadableMembers(type, coverage);
        reason = readable.Where(IsIgnored).Select(m => WhyNotIgnored(m, coverage)).FirstOrDefault(r => r is not null);
        if (reason is not null)
        {
            return null;
        }

        var ignored = readable.FindAll(IsIgnored);
        readable.RemoveAll(IsIgnored);
        var constructor = (isEvent ? null : HiddenConstructorOf(type, readable)) ?? ConstructorOf(type, readable, ignored, out reason);
        if (constructor is null)
        {
            return null;
        }

        var isHidden = !compilation.IsSymbolAccessibleWithin(constructor, within);

        if (readable.FirstOrDefault(m => m.IsObsoleteError()) is { } obsolete)
        {
            reason = $"'{type.Name}.{obsolete.Name}' is marked [Obsolete] as an error, so the generated code can't use it: make it a warning";
            return null;
        }

        var slots = new List<MemberSlot>();
        var placed = new HashSet<ISymbol>(SymbolEqualityComparer.Default);
        var setsRequired = constructor.GetAttributes().Any(a => a.AttributeClass?.Name == "SetsRequiredMembersAttribute");
        foreach (var parameter in constructor.Parameters)
        {
            var member = Match(parameter, readable)!;
            placed.Add(member);
            if (!setsRequired && member is IPropertySymbol { IsRequired: true } or IFieldSymbol { IsRequired: true })
            {
                reason = $"'{type.Name}.{member.Name}' is required and is also a parameter of the constructor: remove one of them";
            }

            reason ??= coverage.Add(member, parameter);
            if (reason is not null)
            {
                return null;
            }

            var memberType = TypeOf(member);
            var conversion = Fits(member, parameter) ? null : ParameterCollections.ConversionOf(memberType, parameter.Type);
            slots.Add(new MemberSlot(
                member.Name,
                SymbolEqualityComparer.Default.Equals(memberType, parameter.Type) ? parameter.Type : memberType,
                ShapeParser.ConverterOf(parameter) ?? ShapeParser.ConverterOf(member),
                Placement.Argument,
                !parameter.HasExplicitDefaultValue ? null : conversion is null ? Names.Constant(parameter.ExplicitDefaultValue, parameter.Type) : ParameterCollections.EmptyOf(memberType),
                Symbol: member,
                Conversion: conversion));
        }

        foreach (var member in readable.Where(m => !placed.Contains(m)))
        {
            if (CanBeSet(member))
            {
                slots.Add(Settable(member));
                reason = coverage.Add(member, null);
            }
            else if (member is not IPropertySymbol property || coverage.IsAuto(property))
            {
                reason = WhyNotSet(type, member);
            }

            if (reason is not null)
            {
                return null;
            }
        }

        if (isHidden && slots.Find(s => s.Placement == Placement.Initializer) is { Name: { } initialized })
        {
            reason = $"'{type.Name}' has no constructor that '{within.Name}' can call, and '{type.Name}.{initialized}' can be set only in the object initializer of such a call: make the constructor public or internal, or give it a parameter '{Names.Camel(initialized)}'";
            return null;
        }

        HiddenConstructor = isHidden ? string.Join(", ", constructor.Parameters.Select(p => $"{p.Type.ToDisplayString(Names.FullyQualified)} {Names.Escape(p.Name)}")) : null;
        IsCompared = coverage.HasCode;
        reason = coverage.Missing(isWritten: isEvent || slots.Count > 0);
        return reason is null ? slots : null;
    }

    private string? WhyNotAnObject(INamedTypeSymbol type)
    {
        var shown = Names.Show(type);
        if (type.SpecialType == SpecialType.System_Object)
        {
            return "'object' doesn't specify the type of its value: use the actual type";
        }

        if (type.TypeKind == TypeKind.Interface)
        {
            return $"'{shown}' is an interface, so the type to create when it is read isn't known: use a class, a record or a known collection";
        }

        if (type.IsAbstract)
        {
            return $"'{shown}' is abstract, so the type to create when it is read isn't known: use a class that isn't abstract";
        }

        if (IsFramework(type))
        {
            return $"'{shown}' is a framework type that has no JSON representation: use a simpler type";
        }

        if (type.AllInterfaces.Any(i => i.SpecialType == SpecialType.System_Collections_IEnumerable))
        {
            return $"'{shown}' is a custom collection: use a collection of the framework";
        }

        if (Coverage.Chain(type).FirstOrDefault(IsFramework) is { } parent)
        {
            return $"'{shown}' derives from '{Names.Show(parent)}', a framework class whose state can't be seen: remove the base class, or use one of your own";
        }

        if (InstanceOf(type) is { } instance)
        {
            return $"'{shown}.{instance.Name}' is an object that code compares by reference, but a loaded '{type.Name}' is always a different object: "
                + $"make '{shown}' a record, or override Equals and the operators == and !=, or give it a converter that returns the same objects";
        }

        if (type.FindAttribute("System.Runtime.CompilerServices.InlineArrayAttribute") is not null)
        {
            return $"'{shown}' is an inline array, and only its first item could be written: use an array";
        }

        if (type.FindAttribute("System.Runtime.InteropServices.StructLayoutAttribute") is { ConstructorArguments: [{ Value: { } layout }] } && Convert.ToInt32(layout, System.Globalization.CultureInfo.InvariantCulture) == (int)System.Runtime.InteropServices.LayoutKind.Explicit)
        {
            return $"'{shown}' has an explicit layout, so its fields may overlap in memory: use separate fields";
        }

        return null;
    }

    // A static member with an object of its own type: one of few, as Status.Open, or an empty one, as Name.None.
    private static ISymbol? InstanceOf(INamedTypeSymbol type)
    {
        if (type is not { TypeKind: TypeKind.Class, IsRecord: false } || Coverage.Chain(type).Any(t => t.GetMembers("Equals").OfType<IMethodSymbol>().Any(m => m is { IsOverride: true, Parameters.Length: 1 })))
        {
            return null;
        }

        return type.GetMembers().Select(m => m switch
        {
            IFieldSymbol { IsStatic: true, IsReadOnly: true } field when SymbolEqualityComparer.Default.Equals(field.Type, type) => field.AssociatedSymbol ?? field,
            // The field behind a property that is compiled elsewhere can't be seen.
            IPropertySymbol { IsStatic: true, SetMethod: null } property when type.DeclaringSyntaxReferences.IsEmpty && SymbolEqualityComparer.Default.Equals(property.Type, type) => property,
            _ => null,
        }).FirstOrDefault(m => m is not null);
    }

    // A user's own namespace may begin with System, too; the framework's assemblies carry its keys.
    private static bool IsFramework(INamedTypeSymbol type) =>
        type.IsInSystem() && FrameworkKeys.Contains(string.Concat(type.ContainingAssembly.Identity.PublicKeyToken.Select(b => b.ToString("x2", System.Globalization.CultureInfo.InvariantCulture))));

    private static bool IsIgnored(ISymbol member) => member.FindAttribute(KnownNames.StateIgnore) is not null;

    // The other accessor belongs to the base.
    private static bool IsHalf(IPropertySymbol property) => property is { OverriddenProperty: { } overridden }
        && ((property.GetMethod is null && overridden.GetMethod is not null) || (property.SetMethod is null && overridden.SetMethod is not null));

    // A member that is left out still needs a value when the object is read.
    private string? WhyNotIgnored(ISymbol member, Coverage coverage)
    {
        var name = $"'{member.ContainingType.Name}.{member.Name}' is left out with [StateIgnore]";
        if (member is IPropertySymbol { IsRequired: true } or IFieldSymbol { IsRequired: true })
        {
            return $"{name}, but is required: remove one of them";
        }
        // A computed property needs no value.
        return (member is not IPropertySymbol property || coverage.IsAuto(property)) && CanBeSet(member) && TypeOf(member) is { NullableAnnotation: not NullableAnnotation.Annotated } && member.HasSourceIn(compilation) && !IsParameter(member) && InitialValueOf(member) is null
            ? $"{name}, so nothing sets it when the object is read: give it an initial value, or make it nullable"
            : null;
    }

    // Base classes first, in the order of declaration. Overridden and hidden members count once.
    private static List<ISymbol> ReadableMembers(INamedTypeSymbol type, Coverage coverage)
    {
        var members = new List<ISymbol>();
        foreach (var member in Coverage.Chain(type).Reverse().SelectMany(at => at.GetMembers()))
        {
            var isReadable = member switch
            {
                IPropertySymbol { IsStatic: false, IsIndexer: false, GetMethod: not null } property => coverage.IsAuto(property) || IsPublic(property.GetMethod),
                IFieldSymbol { IsStatic: false, IsImplicitlyDeclared: false, DeclaredAccessibility: Accessibility.Public } => true,
                _ => false,
            };
            if (!isReadable)
            {
                continue;
            }

            var hidden = members.FindIndex(m => m.Name == member.Name);
            if (hidden >= 0)
            {
                members[hidden] = member;
            }
            else
            {
                members.Add(member);
            }
        }

        return members;
    }

    private static string WhyNotSet(INamedTypeSymbol type, ISymbol member)
    {
        var orParameter = $", or give the constructor a parameter '{Names.Camel(member.Name)}' that sets it";
        return $"'{type.Name}.{member.Name}' can't be set when the '{type.Name}' is read, because " + member switch
        {
            { DeclaredAccessibility: not Accessibility.Public } => "it isn't public: make it public, or leave it out with [StateIgnore]",
            IFieldSymbol => "it is readonly: remove 'readonly'" + orParameter,
            IPropertySymbol { GetMethod.DeclaredAccessibility: not Accessibility.Public } => "its getter isn't public: make it public",
            IPropertySymbol { SetMethod: { IsInitOnly: var isInit } } => $"its {(isInit ? "'init'" : "setter")} isn't public: make it public" + orParameter,
            _ => "it has no setter: give it a public 'set' or 'init'" + orParameter,
        };
    }

    /// <summary>
    /// The private constructor behind a static factory, when no other constructor is written. Generated code calls it by its name, without
    /// reflection, but not for generic types, and types that are compiled elsewhere.
    /// </summary>
    private IMethodSymbol? HiddenConstructorOf(INamedTypeSymbol type, List<ISymbol> readable)
    {
        var written = type.InstanceConstructors.Where(c => !c.IsImplicitlyDeclared && !IsCopy(c)).ToList();
        for (var at = type; at is not null; at = at.ContainingType)
        {
            if (at.IsGenericType)
            {
                return null;
            }
        }

        return !type.HasSourceIn(compilation) || written.Any(c => compilation.IsSymbolAccessibleWithin(c, within)) ? null
            : written.Where(c => c.Parameters.All(p => p.RefKind == RefKind.None && Match(p, readable) is not null) && (type.IsReferenceType || c.Parameters.Length > 0) && !c.IsObsoleteError())
                .OrderByDescending(c => c.Parameters.Length)
                .FirstOrDefault(c => type.IsReferenceType || !readable.All(CanBeSet));
    }

    private IMethodSymbol? ConstructorOf(INamedTypeSymbol type, List<ISymbol> readable, List<ISymbol> ignored, out string? reason)
    {
        reason = null;
        var reachable = type.InstanceConstructors
            .Where(c => compilation.IsSymbolAccessibleWithin(c, within) && !IsCopy(c) && !c.IsObsoleteError())
            .OrderByDescending(c => c.DeclaredAccessibility == Accessibility.Public)
            .ThenByDescending(c => c.Parameters.Length)
            .ToList();
        if (type.IsRecord && reachable.FirstOrDefault(c => IsPrimary(type, c)) is { } primary)
        {
            reachable = [primary];
        }

        if ((reachable.FirstOrDefault(c => c.Parameters.All(p => Match(p, readable) is { } m && Fits(m, p)))
            ?? reachable.FirstOrDefault(c => c.Parameters.All(p => Match(p, readable) is not null))) is { } constructor)
        {
            return constructor;
        }

        if (reachable.FirstOrDefault()?.Parameters.First(p => Match(p, readable) is null) is { } parameter)
        {
            reason = Match(parameter, ignored) is { } left
                ? $"'{type.Name}.{left.Name}' is left out with [StateIgnore], but the constructor's parameter '{parameter.Name}' needs a value when the '{type.Name}' is read: remove [StateIgnore], or remove the parameter from the constructor"
                : readable.FirstOrDefault(m => IsPublic(m) && string.Equals(m.Name, parameter.Name, StringComparison.OrdinalIgnoreCase) && !Fits(m, parameter)) is { } namesake
                    ? $"the constructor's parameter '{parameter.Name}' of '{type.Name}' has the type '{Names.Show(parameter.Type)}', but '{type.Name}.{namesake.Name}' has the type '{Names.Show(TypeOf(namesake))}': give both the same type"
                : $"no public property or field of '{type.Name}' matches the constructor's parameter '{parameter.Name}': add one with this name and type";
        }
        else
        {
            // A private constructor would be enough, if its parameters had the names of the members.
            reason = type.HasSourceIn(compilation) && type.InstanceConstructors.Where(c => !c.IsImplicitlyDeclared && !IsCopy(c)).OrderByDescending(c => c.Parameters.Length)
                .SelectMany(c => c.Parameters).FirstOrDefault(p => Match(p, readable) is null) is { } nameless
                ? $"no public property or field of '{type.Name}' matches the constructor's parameter '{nameless.Name}': add one with this name and type, or give the parameter the name of the property that it sets"
                : $"'{type.Name}' has no constructor that '{within.Name}' can call when it is read: make one public or internal";
        }

        return null;
    }

    private ISymbol? Match(IParameterSymbol parameter, List<ISymbol> readable) =>
        parameter.RefKind is RefKind.None or RefKind.In
            ? Match(parameter, readable, Fits) ?? Match(parameter, readable, (m, p) => ParameterCollections.ConversionOf(TypeOf(m), p.Type) is not null)
            : null;

    private static ISymbol? Match(IParameterSymbol parameter, List<ISymbol> readable, Func<ISymbol, IParameterSymbol, bool> fits) =>
        readable.FirstOrDefault(m => IsPublic(m) && m.Name == parameter.Name && fits(m, parameter))
        ?? readable.FirstOrDefault(m => IsPublic(m) && string.Equals(m.Name, parameter.Name, StringComparison.OrdinalIgnoreCase) && fits(m, parameter));

    // The value of the member is written, so that a list may fit a parameter that takes any sequence.
    private bool Fits(ISymbol member, IParameterSymbol parameter) =>
        compilation.ClassifyCommonConversion(TypeOf(member), parameter.Type) is { IsImplicit: true, IsUserDefined: false };

    private MemberSlot Settable(ISymbol member)
    {
        var type = TypeOf(member);
        var (placement, constant, keeps) = DefaultOf(member, type);
        return new MemberSlot(member.Name, type, ShapeParser.ConverterOf(member), placement, constant, keeps, member);
    }

    // Initial values can only be seen in this compilation's own source: a constant replaces a missing value, a member that can be assigned
    // later keeps its initial value, and an init-only member takes that of another new object. Every other member is required.
    private (Placement Placement, string? Constant, bool Keeps) DefaultOf(ISymbol member, ITypeSymbol type)
    {
        var isRequired = member is IPropertySymbol { IsRequired: true } or IFieldSymbol { IsRequired: true };
        // A parameter of a base record, to which the derived one passes something.
        if (member.HasSourceIn(compilation) && IsParameter(member))
        {
            return (Placement.Initializer, null, true);
        }

        if (isRequired || !member.HasSourceIn(compilation) || InitialValueOf(member) is not { } initial)
        {
            return (Placement.Initializer, null, false);
        }

        var value = compilation.GetSemanticModel(initial.SyntaxTree).GetConstantValue(initial);
        // null! only suppresses a warning: it isn't a value.
        if (value is { HasValue: true, Value: null } && type is { IsReferenceType: true, NullableAnnotation: NullableAnnotation.NotAnnotated })
        {
            return (Placement.Initializer, null, false);
        }

        if (member is IFieldSymbol or IPropertySymbol { SetMethod.IsInitOnly: false })
        {
            return (Placement.Assignment, null, false);
        }

        return value.HasValue ? (Placement.Initializer, Names.Constant(value.Value, type), false) : (Placement.Initializer, null, true);
    }

    private static ExpressionSyntax? InitialValueOf(ISymbol member) => member.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() switch
    {
        PropertyDeclarationSyntax property => property.Initializer?.Value,
        VariableDeclaratorSyntax field => field.Initializer?.Value,
        _ => null,
    };

    private static bool IsParameter(ISymbol member) => member.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() is ParameterSyntax;

    private static bool CanBeSet(ISymbol member) => member switch
    {
        IPropertySymbol { SetMethod: { } setter } property => IsPublic(property) && IsPublic(property.GetMethod!) && IsPublic(setter),
        IFieldSymbol field => !field.IsReadOnly,
        _ => false,
    };

    private static bool IsPublic(ISymbol symbol) => symbol.DeclaredAccessibility == Accessibility.Public;

    private static bool IsCopy(IMethodSymbol constructor) =>
        constructor.Parameters is [var only] && SymbolEqualityComparer.Default.Equals(only.Type, constructor.ContainingType);

    // In a reference the primary constructor is the one that the compiler wrote a Deconstruct for.
    private static bool IsPrimary(INamedTypeSymbol type, IMethodSymbol constructor) =>
        constructor.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() is { } syntax
            ? syntax is TypeDeclarationSyntax
            : type.GetMembers("Deconstruct").OfType<IMethodSymbol>().Any(d =>
                d.FindAttribute("System.Runtime.CompilerServices.CompilerGeneratedAttribute") is not null && d.Parameters.Select(p => p.Type).SequenceEqual(constructor.Parameters.Select(p => p.Type), SymbolEqualityComparer.Default));

    private static ITypeSymbol TypeOf(ISymbol member) => member.TypeOfValue()!;
}
