using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Shapes;

/// <summary>How one type is written and read. Shapes name each other by their index in the aggregate's list.</summary>
internal sealed record ShapeModel
{
    public required ShapeKind Kind { get; init; }

    /// <summary>The full name of the type, with <c>?</c> where it is nullable.</summary>
    public required string Type { get; init; }

    /// <summary>The part of its methods' names after the verb: <c>String</c>, <c>ListOfString</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Whether a value can be null although the type doesn't say so.</summary>
    public required bool IsReference { get; init; }

    /// <summary>
    /// The shape of the value of a nullable, the items of a list or set, the values of a map, or the value in a wrapper; otherwise -1.
    /// </summary>
    public int Element { get; init; } = -1;

    /// <summary>The shape of the keys of a map; otherwise -1.</summary>
    public int Key { get; init; } = -1;

    /// <summary>How scalars, lists, sets and maps are handled.</summary>
    public ScalarModel? Scalar { get; init; }

    /// <summary>The expression that creates the collection which is filled while reading.</summary>
    public string? Builder { get; init; }

    /// <summary>The expression that creates the value from the filled <c>items</c>.</summary>
    public string? Result { get; init; }

    /// <summary>Whether the type has a default that isn't a value, as ImmutableArray has.</summary>
    public bool HasInvalidDefault { get; init; }

    /// <summary>Whether it is read by hash codes that a writer of rows can predict, unlike those of texts.</summary>
    public bool HasForeseenHashes { get; init; }

    /// <summary>Whether a value itself can't change; its parts may.</summary>
    public bool IsImmutable { get; init; }

    /// <summary>Whether the user's code may throw when an object is made.</summary>
    public bool CanThrow { get; init; }

    /// <summary>The full name of the user's converter.</summary>
    public string? Converter { get; init; }

    /// <summary>The expression that takes the value from a wrapper, with <c>{0}</c> for the wrapper.</summary>
    public string? Unwrap { get; init; }

    /// <summary>The expression that creates a wrapper, with <c>{0}</c> for its value.</summary>
    public string? Wrap { get; init; }

    /// <summary>Whether the value could be of a derived class.</summary>
    public bool IsOpen { get; init; }

    /// <summary>Whether the value of the list could be a set.</summary>
    public bool MayBeSet { get; init; }

    /// <summary>Whether user code runs when the value is created or read, so that the result is compared when an event is raised.</summary>
    public bool IsCompared { get; init; }

    /// <summary>The parameters of the object's constructor, if it is private; else null.</summary>
    public string? HiddenConstructor { get; init; }

    /// <summary>The expression that creates an object, without the arguments.</summary>
    public string Maker => HiddenConstructor is null ? $"new {Type}" : "Make" + Name;

    /// <summary>The members of an object or tuple, in the order in which they are written.</summary>
    public EquatableArray<MemberModel> Members { get; init; }

    /// <summary>The names of an enum.</summary>
    public EquatableArray<EnumNameModel> Names { get; init; }
}

internal enum ShapeKind
{
    Scalar,
    Nullable,
    Enum,
    Flags,
    List,
    Set,
    Map,
    Tuple,
    Object,
    Converted,
    Wrapper,
}

/// <summary>How a scalar is written.</summary>
internal sealed record ScalarModel
{
    /// <summary>The method of Utf8JsonWriter, without <c>Value</c>; null when the runtime's helper named after the type writes it.</summary>
    public required string? Writer { get; init; }

    /// <summary>A cast that the writer needs: <c>(long)</c>.</summary>
    public required string Cast { get; init; }

    /// <summary>Whether the runtime reads it in a state that it wrote itself, without a reader of JSON.</summary>
    public required bool IsRead { get; init; }

    /// <summary>Whether it can be the key of a map.</summary>
    public required bool IsKey { get; init; }
}

/// <summary>A member of an object, or an item of a tuple.</summary>
internal sealed record MemberModel
{
    /// <summary>The member, with @ where it is a keyword.</summary>
    public required string Name { get; init; }

    public required string JsonName { get; init; }

    /// <summary>The full name of its type, as it is declared.</summary>
    public required string Type { get; init; }

    public required int Shape { get; init; }

    /// <summary>How a value that was read is put into the object.</summary>
    public required Placement Placement { get; init; }

    /// <summary>The source of the value that stands for a missing one; null when it is required.</summary>
    public required string? Default { get; init; }

    /// <summary>Whether a missing member keeps the value of a new object.</summary>
    public bool KeepsInitialValue { get; init; }

    /// <summary>
    /// The expression that converts the value to the constructor's argument, with <c>{0}</c> for the value; null when both are the same.
    /// </summary>
    public string? Conversion { get; init; }

    /// <summary>Whether the user's code may throw when the value is read from the member.</summary>
    public bool CanThrow { get; init; }
}

internal enum Placement
{
    /// <summary>As the next argument of the constructor.</summary>
    Argument,

    /// <summary>In the initializer.</summary>
    Initializer,

    /// <summary>By an assignment, only when the value was stored, because the type sets a default of its own.</summary>
    Assignment,
}

/// <summary>A name of an enum.</summary>
internal sealed record EnumNameModel
{
    public required string Name { get; init; }

    /// <summary>The value, reinterpreted as 64 bits.</summary>
    public required ulong Bits { get; init; }

    /// <summary>Whether the compiler refuses its use.</summary>
    public required bool IsObsolete { get; init; }
}
