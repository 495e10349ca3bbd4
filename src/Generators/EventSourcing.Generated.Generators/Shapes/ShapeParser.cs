using System.Text;
using EventSourcing.Generators.Shapes.Code;
using EventSourcing.Generators.Shared;
using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Shapes;

/// <summary>Determines how the types of an aggregate's events are written and read. Used by the parser and, for reporting, by the analyzer.</summary>
/// <param name="compilation">The compilation of the types.</param>
/// <param name="within">The aggregate: a type that it can't access can't be stored.</param>
/// <param name="whyNot">Gives the reason why a type must not be stored although it could be; null when it may be.</param>
internal sealed class ShapeParser(Compilation compilation, ISymbol within, Func<INamedTypeSymbol, string?> whyNot)
{
    private const int MaxNesting = 64;

    private readonly List<ShapeModel> _shapes = [];
    private readonly Dictionary<string, int> _indices = [];
    private readonly HashSet<string> _names = [];
    private Dictionary<ITypeSymbol, ITypeSymbol>? _ofAssembly;
    private string? _reason;
    private int _nesting;
    private bool _isEndless;

    /// <summary>The shapes so far. An index that was returned stays valid.</summary>
    public EquatableArray<ShapeModel> Shapes => _shapes.ToEquatableArray();

    /// <summary>The types that are written by their members or names, for checks of their source.</summary>
    public HashSet<INamedTypeSymbol> Written { get; } = new(SymbolEqualityComparer.Default);

    /// <summary>The warnings that the compiler reports for uses of the types.</summary>
    public UseNotices Notices { get; } = new();

    /// <summary>After a failed <see cref="Add"/>: the converter without the required methods, and the type that it should convert.</summary>
    public (ITypeSymbol Converter, ITypeSymbol Type)? BadConverter { get; private set; }

    /// <summary>After a failed <see cref="Add"/>: whether it failed at a type for which the assembly names a converter that doesn't fit.</summary>
    public bool HasMisnamedConverter { get; private set; }

    /// <summary>Adds a type and all its parts.</summary>
    /// <param name="type">The type, with its nullability.</param>
    /// <param name="converter">The converter that was named for the parameter or member; null for the type's own, if any.</param>
    /// <param name="reason">Why the type can't be stored, and what to do.</param>
    /// <returns>The index of its shape, or -1.</returns>
    public int Add(ITypeSymbol type, ITypeSymbol? converter, out string? reason)
    {
        var before = _shapes.Count;
        _reason = null;
        BadConverter = null;
        HasMisnamedConverter = false;
        _nesting = 0;
        _isEndless = false;
        var index = TypeArguments.Null(type) is { } argument ? Fail(argument) : AddNullable(type, converter);
        if (index < 0)
        {
            Forget(before);
        }
        // The reason that is found at the end of such a type doesn't help the user.
        reason = _isEndless
            ? $"'{Show(type)}' is nested in more than {MaxNesting} levels, or infinitely, like a generic type that contains itself with another type argument: use a type with fewer levels, or {UseConverter(type)}"
            : _reason;
        return index;
    }

    /// <summary>The members of a user-written event, or null with the reason.</summary>
    /// <param name="record">The event.</param>
    /// <param name="reason">Why it can't be stored.</param>
    public IReadOnlyList<MemberSlot>? MembersOf(INamedTypeSymbol record, out string? reason)
    {
        var shapes = new ObjectShapes(compilation, within);
        var slots = shapes.MembersOf(record, out reason, isEvent: true);
        IsCompared = shapes.IsCompared;
        return slots;
    }

    /// <summary>Whether user code runs when the last event is created or read.</summary>
    public bool IsCompared { get; private set; }

    /// <summary>The converter that an attribute names, or null.</summary>
    public static ITypeSymbol? ConverterOf(ISymbol symbol) =>
        symbol.FindAttribute(KnownNames.StateConverter) is { ConstructorArguments: [{ Value: ITypeSymbol converter }] } ? converter : null;

    private int AddNullable(ITypeSymbol type, ITypeSymbol? converter)
    {
        var isReference = type.IsReferenceType;
        ITypeSymbol inner;
        if (type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable)
        {
            inner = nullable.TypeArguments[0];
            if (inner.IsReferenceType)
            {
                return Fail($"'{Show(inner)}' can't be the type argument of Nullable, which is for structs; write '{Show(inner)}?'");
            }
        }
        // Code without nullable annotations doesn't exclude null.
        else if (isReference && type.NullableAnnotation != NullableAnnotation.NotAnnotated)
        {
            inner = type.WithNullableAnnotation(NullableAnnotation.NotAnnotated);
        }
        else
        {
            return AddNotNull(type, converter);
        }

        var element = AddNotNull(inner, converter);
        if (element < 0)
        {
            return -1;
        }

        var name = _shapes[element].Type + "?";
        var key = name + "|" + converter?.ToDisplayString(Names.FullyQualified);
        if (_indices.TryGetValue(key, out var index))
        {
            return index;
        }

        return Append(key, new ShapeModel
        {
            Kind = ShapeKind.Nullable,
            Type = name,
            Name = "Nullable" + _shapes[element].Name,
            IsReference = isReference,
            Element = element,
        });
    }

    private int AddNotNull(ITypeSymbol given, ITypeSymbol? converter)
    {
        var type = Annotate(given);
        var name = type.ToDisplayString(Names.FullyQualified);
        var key = name + "|" + converter?.ToDisplayString(Names.FullyQualified);
        if (_indices.TryGetValue(key, out var index))
        {
            return index;
        }

        if (++_nesting > MaxNesting)
        {
            _isEndless = true;
            return -1;
        }

        converter ??= ConverterOf(type) ?? ConverterOfAssembly(type);
        Notices.Add(type);
        Notices.Add(converter);
        var shape = new ShapeModel
        {
            Kind = ShapeKind.Scalar,
            Type = name,
            Name = ShortName(type),
            IsReference = type.IsReferenceType,
        };
        index = Unreachable(type) is { } reason ? Fail(reason)
            : converter is not null ? AddConverted(key, shape, type, converter)
            : ScalarShapes.Of(type) is { } scalar ? Append(key, shape with { Name = scalar.Name, Scalar = scalar.Model }, isUnique: false)
            : type.TypeKind == TypeKind.Enum ? AddEnum(key, shape, (INamedTypeSymbol)type)
            : type is IArrayTypeSymbol array ? AddArray(key, shape, array)
            : type is INamedTypeSymbol named ? AddNamed(key, shape, named)
            : Fail($"'{Show(type)}' has no JSON representation");
        _nesting--;
        return index;
    }

    private ITypeSymbol? ConverterOfAssembly(ITypeSymbol type)
    {
        if (_ofAssembly is null)
        {
            _ofAssembly = new(SymbolEqualityComparer.Default);
            foreach (var (_, converted, converter) in Converters.OfAssembly(compilation.Assembly))
            {
                _ofAssembly[converted] = converter;
            }
        }

        return _ofAssembly.TryGetValue(type, out var found) ? found : null;
    }

    private string? Unreachable(ITypeSymbol type) => type switch
    {
        INamedTypeSymbol when type.HasNullConverter() => $"the [StateConverter] of '{Show(type)}' specifies no type; write [StateConverter(typeof(…))]",
        { TypeKind: TypeKind.Error } => $"'{Show(type)}' is unknown",
        { TypeKind: TypeKind.Dynamic } => $"'dynamic' doesn't specify the type of its value; use the actual type",
        { TypeKind: TypeKind.Pointer or TypeKind.FunctionPointer } => $"'{Show(type)}' is a pointer, which has no meaning outside the process",
        { TypeKind: TypeKind.TypeParameter } => $"'{Show(type)}' is a type parameter; use a type",
        { TypeKind: TypeKind.Delegate } => $"'{Show(type)}' is a delegate, and code can't be stored",
        { IsRefLikeType: true } => $"'{Show(type)}' is a ref struct, which exists only on the stack; use an array",
        INamedTypeSymbol when type.IsObsoleteError() && !within.GetAttributes().Any(a => a.AttributeClass?.IsNamed("System.ObsoleteAttribute") == true) =>
            $"'{Show(type)}' is marked [Obsolete] as an error, so the generated code can't use it; make it a warning",
        INamedTypeSymbol { Name: "partial" } => "a type named 'partial' can't be distinguished from the keyword in generated code; give it another name",
        INamedTypeSymbol { IsFileLocal: true } => $"'{Show(type)}' is local to its file, so the generated code can't access it; make it internal",
        // A public type needs no check, which takes the compiler long.
        _ when type.Reach() < SymbolExtensions.Rank(Accessibility.Public) && !compilation.IsSymbolAccessibleWithin(type, within) =>
            $"'{within.Name}' can't access '{Show(type)}'; make it internal or public",
        _ => null,
    };

    private int AddConverted(string key, ShapeModel shape, ITypeSymbol type, ITypeSymbol converter)
    {
        if (Converters.Fits(converter, type, compilation, within))
        {
            return Append(key, shape with { Kind = ShapeKind.Converted, Converter = converter.ToDisplayString(Names.FullyQualified), IsImmutable = Immutability.OfAll(type, compilation) });
        }

        BadConverter = (converter, type);
        HasMisnamedConverter = SymbolEqualityComparer.Default.Equals(ConverterOfAssembly(type), converter);
        return Fail($"the converter '{Show(converter)}' of '{Show(type)}' doesn't have the required methods");
    }

    private int AddEnum(string key, ShapeModel shape, INamedTypeSymbol type)
    {
        Written.Add(type);
        var isFlags = type.GetAttributes().Any(a => a.AttributeClass?.ToDisplayString() == "System.FlagsAttribute");
        var names = type.GetMembers().OfType<IFieldSymbol>().Where(f => f.HasConstantValue)
            .Select(f => new EnumNameModel { Name = f.Name, Bits = Bits(f.ConstantValue!), IsObsolete = f.IsObsoleteError() });
        return Append(key, shape with { Kind = isFlags ? ShapeKind.Flags : ShapeKind.Enum, Names = names.ToEquatableArray() });
    }

    private int AddArray(string key, ShapeModel shape, IArrayTypeSymbol array)
    {
        if (array.Rank != 1)
        {
            return Fail($"'{Show(array)}' has several dimensions: use an array of arrays, or {UseConverter(array)}");
        }

        return AddCollection(key, shape, CollectionShapes.Array, null, [array.ElementType]);
    }

    private int AddNamed(string key, ShapeModel shape, INamedTypeSymbol type)
    {
        if (TypeArguments.Violation(type, compilation) is { } violation)
        {
            return Fail(violation);
        }

        if (TupleShapes.BadName(type) is { } name)
        {
            return Fail($"C# doesn't allow the name '{name}' for this element of a tuple; give it another name");
        }

        if (whyNot(type) is { } refused)
        {
            return Fail(refused);
        }

        if (TupleShapes.ItemsOf(type) is { } items)
        {
            return AddMembers(key, shape with { Kind = ShapeKind.Tuple, IsImmutable = true }, type, items);
        }

        if (CollectionShapes.Of(type) is { } recipe)
        {
            return AddCollection(key, shape, recipe, type, [.. type.TypeArguments]);
        }

        if (Wrappers.Of(type, compilation, out var reason) is { } wrapper)
        {
            return AddWrapper(key, shape, wrapper);
        }

        var shapes = new ObjectShapes(compilation, within);
        var slots = reason is null ? shapes.MembersOf(type, out reason) : null;
        Written.Add(type.OriginalDefinition);
        HasMisnamedConverter = slots is null && Converters.IsMisnamed(type, compilation);
        return slots is null
            ? Fail($"{reason}, or {UseConverter(type)}{(reason!.Contains("another generator") ? "" : UnknownTypes.Hint(type))}")
            : AddMembers(key, AsObject(shape, type) with { IsCompared = shapes.IsCompared, HiddenConstructor = shapes.HiddenConstructor }, type, slots);
    }

    private ShapeModel AsObject(ShapeModel shape, INamedTypeSymbol type) => shape with
    {
        Kind = ShapeKind.Object,
        IsOpen = type.IsReferenceType && !type.IsSealed,
        IsImmutable = Immutability.Of(type, compilation),
        CanThrow = Throwing.WhenMade(type),
    };

    private int AddWrapper(string key, ShapeModel shape, Wrapper wrapper)
    {
        var index = Append(key, shape);
        var value = AddNullable(wrapper.Value, null);
        if (value < 0)
        {
            return -1;
        }

        _shapes[index] = _shapes[index] with { Kind = ShapeKind.Wrapper, Element = value, Unwrap = wrapper.Read, Wrap = wrapper.Make };
        return index;
    }

    private int AddCollection(string key, ShapeModel shape, CollectionShapes.Recipe recipe, INamedTypeSymbol? type, ITypeSymbol[] arguments)
    {
        var index = Append(key, shape with
        {
            Kind = recipe.Kind,
            HasInvalidDefault = recipe.HasInvalidDefault,
            IsOpen = type is { TypeKind: TypeKind.Class, IsSealed: false, IsAbstract: false },
            MayBeSet = recipe.Kind == ShapeKind.List && type?.Name is "ICollection" or "IReadOnlyCollection" or "IEnumerable",
        });
        int keyIndex = -1, element = AddNullable(arguments[arguments.Length - 1], null);
        if (element < 0)
        {
            return -1;
        }

        if (recipe.Kind == ShapeKind.Map)
        {
            keyIndex = AddNotNull(arguments[0].WithNullableAnnotation(NullableAnnotation.NotAnnotated), null);
            if (keyIndex < 0)
            {
                return -1;
            }

            var keyValue = _shapes[keyIndex] is { Kind: ShapeKind.Wrapper } wrapped ? _shapes[wrapped.Element] : _shapes[keyIndex];
            if (keyValue is not ({ Kind: ShapeKind.Enum or ShapeKind.Flags } or { Scalar.IsKey: true }))
            {
                return Fail(WhyNotKey(arguments[0], keyValue));
            }
        }

        if (recipe.IsSorted && !CollectionShapes.IsComparable(arguments[0]))
        {
            return Fail($"'{Show(arguments[0])}' doesn't implement IComparable, so the sorted set can't be created again; use another set");
        }

        var elementType = _shapes[element].Type;
        var sortedType = keyIndex < 0 ? elementType : _shapes[keyIndex].Type;
        var comparer = recipe.Builder.Contains("{2}") ? CollectionShapes.ComparerOf(arguments[0], sortedType) : "";
        _shapes[index] = _shapes[index] with
        {
            Element = element,
            Key = keyIndex,
            Builder = string.Format(recipe.Builder, sortedType, elementType, comparer),
            Result = string.Format(recipe.Result, sortedType, elementType),
            HasForeseenHashes = recipe.IsHashed && arguments[0].SpecialType is not (SpecialType.System_String or SpecialType.System_Boolean or SpecialType.System_Byte or SpecialType.System_SByte)
                && _shapes[keyIndex < 0 ? element : keyIndex].Kind != ShapeKind.Enum,
            // With another comparer, the collection is created again.
            IsImmutable = recipe.IsImmutable && comparer.Length == 0,
        };
        return index;
    }

    private int AddMembers(string key, ShapeModel shape, INamedTypeSymbol type, IReadOnlyList<MemberSlot> slots)
    {
        // The shape is known before its members are read, because a type may contain itself.
        var index = Append(key, shape);
        var members = new List<MemberModel>();
        foreach (var slot in slots)
        {
            var member = TypeArguments.Null(slot.Type) is { } argument ? Fail(argument) : AddNullable(slot.Type, slot.Converter);
            if (member < 0)
            {
                _reason = $"its member '{type.Name}.{slot.Name}' can't be stored: {_reason}";
                return -1;
            }

            members.Add(new MemberModel
            {
                Name = Names.Escape(slot.Name),
                JsonName = Names.Camel(slot.Name),
                Type = slot.Type.ToDisplayString(Names.FullyQualified),
                Shape = member,
                Placement = slot.Placement,
                Default = slot.Default,
                KeepsInitialValue = slot.KeepsInitialValue,
                Conversion = slot.Conversion,
                CanThrow = Throwing.WhenTaken(slot.Symbol),
            });
        }

        if (members.GroupBy(m => m.JsonName).FirstOrDefault(g => g.Count() > 1) is { } same)
        {
            return Fail($"two members of '{Show(type)}' would have the name '{same.Key}' in JSON; rename one, or {UseConverter(type)}");
        }

        _shapes[index] = shape with { Name = _shapes[index].Name, Members = members.ToEquatableArray() };
        return index;
    }

    // For a user-written struct around an id, only the id can be a key.
    private string WhyNotKey(ITypeSymbol type, ShapeModel shape) =>
        $"'{Show(type)}' can't be the key of a dictionary, because keys are property names in JSON: use "
        + (shape is { Kind: ShapeKind.Object, Members: [var only] } && _shapes[only.Shape] is { Scalar.IsKey: true } or { Kind: ShapeKind.Enum or ShapeKind.Flags }
            ? $"the type of its '{only.Name}', or a list of tuples"
            : "a string, an integer, a Guid or an enum, or a list of tuples");

    // One attribute can't name the converters for all type arguments of a generic type.
    private string UseConverter(ITypeSymbol type) =>
        type.SpecialType == SpecialType.System_Object ? "put [StateConverter(typeof(…))] on the parameter or member"
        : type is INamedTypeSymbol { IsGenericType: false } && SymbolEqualityComparer.Default.Equals(type.ContainingAssembly, compilation.Assembly)
            ? $"give '{Show(type)}' a converter with [StateConverter(typeof(…))]"
        : $"specify a converter for it with [assembly: StateConverterFor(typeof({Show(type)}), typeof(…))]";

    private int Append(string key, ShapeModel shape, bool isUnique = true)
    {
        var name = shape.Name;
        for (var number = 2; isUnique && !_names.Add(name); number++)
        {
            name = shape.Name + number;
        }

        _indices.Add(key, _shapes.Count);
        _shapes.Add(shape with { Name = name });
        return _shapes.Count - 1;
    }

    private int Fail(string reason)
    {
        _reason = reason;
        return -1;
    }

    private void Forget(int from)
    {
        for (var i = from; i < _shapes.Count; i++)
        {
            _names.Remove(_shapes[i].Name);
        }

        _shapes.RemoveRange(from, _shapes.Count - from);
        foreach (var key in _indices.Where(pair => pair.Value >= from).Select(pair => pair.Key).ToList())
        {
            _indices.Remove(key);
        }
    }

    // Type arguments without annotations become nullable ones, like types without annotations.
    private ITypeSymbol Annotate(ITypeSymbol type)
    {
        switch (type)
        {
            case IArrayTypeSymbol array:
                var element = AnnotateArgument(array.ElementType);
                return compilation.CreateArrayTypeSymbol(element, array.Rank, element.NullableAnnotation).WithNullableAnnotation(NullableAnnotation.NotAnnotated);
            case INamedTypeSymbol { IsTupleType: false, IsGenericType: true, ContainingType: null, IsUnboundGenericType: false } named:
                var arguments = named.TypeArguments.Zip(named.OriginalDefinition.TypeParameters, (argument, parameter) =>
                    parameter.HasNotNullConstraint ? Annotate(argument).WithNullableAnnotation(NullableAnnotation.NotAnnotated) : AnnotateArgument(argument)).ToArray();
                return named.OriginalDefinition.Construct([.. arguments], [.. arguments.Select(a => a.NullableAnnotation)])
                    .WithNullableAnnotation(type.NullableAnnotation);
            default:
                return type;
        }
    }

    private ITypeSymbol AnnotateArgument(ITypeSymbol type) =>
        type.IsReferenceType && type.NullableAnnotation == NullableAnnotation.None
            ? Annotate(type).WithNullableAnnotation(NullableAnnotation.Annotated)
            : Annotate(type).WithNullableAnnotation(type.NullableAnnotation);

    private static ulong Bits(object value) => value is ulong bits ? bits : unchecked((ulong)Convert.ToInt64(value));

    private static string Show(ITypeSymbol type) => Names.Show(type);

    private static string ShortName(ITypeSymbol type)
    {
        if (type is IArrayTypeSymbol array)
        {
            return ShortName(array.ElementType) + "Array";
        }

        if (type is not INamedTypeSymbol { IsGenericType: true } named)
        {
            return type.Name;
        }

        if (named.OriginalDefinition.SpecialType == SpecialType.System_Nullable_T)
        {
            return "Nullable" + ShortName(named.TypeArguments[0]);
        }

        var arguments = named.IsTupleType ? named.TupleElements.Select(e => e.Type) : named.TypeArguments;
        var name = new StringBuilder(named.IsTupleType ? "Tuple" : named.Name).Append("Of");
        return name.Append(string.Join("And", arguments.Select(ShortName))).ToString();
    }
}
