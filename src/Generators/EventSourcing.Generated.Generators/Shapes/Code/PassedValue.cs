using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Shapes.Code;

/// <summary>The changes to a value on its way. A change that is made again has no further effect, except for Tested.</summary>
[Flags]
internal enum Change
{
    None = 0,

    /// <summary>A constant replaces null.</summary>
    Filled = 1,

    /// <summary>A text is trimmed, or changes its case.</summary>
    Text = 2,

    /// <summary>Items go into a set or dictionary, so that each of them is kept once.</summary>
    Distinct = 4,

    /// <summary>Another change that keeps zero, null and the empty text, as rounding does.</summary>
    Tidied = 8,

    /// <summary>Another change that may change the default value, as a lower bound does.</summary>
    Bounded = 16,

    /// <summary>
    /// Another change that has the same result each time, but might change its own result again: that is detected when an event is raised.
    /// </summary>
    Tested = 32,
}

/// <summary>The origin of a value: the parameter or member that it was taken from with the changes to it, or a constant.</summary>
/// <param name="Source">The parameter or member; null when it isn't known, or a constant.</param>
/// <param name="Change">The changes that were made to it.</param>
/// <param name="Constant">The kind of constant, if it is one.</param>
internal readonly record struct PassedValue(ISymbol? Source, Change Change = Change.None, ConstantKind Constant = ConstantKind.None)
{
    /// <summary>A value of which nothing is known.</summary>
    public static readonly PassedValue Unknown;

    public static PassedValue Of(ConstantKind constant) => new(null, Change.None, constant);

    /// <summary>The value after one more change. Changes of different kinds could undo each other, so that only some can be combined.</summary>
    public PassedValue With(Change change)
    {
        var before = change switch
        {
            Change.Text => Change.Filled | Change.Text | Change.Tested,
            Change.Distinct or Change.Filled => Change.Filled | Change.Distinct | Change.Tested,
            Change.Tested => Change.Filled | Change.Text | Change.Distinct | Change.Tested,
            _ => Change.Filled,
        };
        return Source is not null && (Change & ~before) == 0 ? this with { Change = Change | change } : Unknown;
    }

    /// <summary>The value with a constant in the place of null.</summary>
    public PassedValue Fill(PassedValue constant) => constant.Constant == ConstantKind.None ? Unknown
        // An empty text doesn't change when it is trimmed or changes its case.
        : Source is not null && constant.Constant == ConstantKind.EmptyText && (Change & ~(Change.Filled | Change.Text)) == 0 ? this with { Change = Change | Change.Filled }
        : With(Change.Filled);

    /// <summary>The changes that can be seen in a value of this type.</summary>
    public Change ChangeIn(ITypeSymbol type)
    {
        var change = Change;
        if (type.IsReferenceType ? type.NullableAnnotation == NullableAnnotation.NotAnnotated : type.OriginalDefinition.SpecialType != SpecialType.System_Nullable_T)
        {
            change &= ~Change.Filled;
        }

        if (IsDistinct(type))
        {
            change &= ~Change.Distinct;
        }

        return change;
    }

    private static bool IsDistinct(ITypeSymbol type) =>
        type.AllInterfaces.Concat(type is INamedTypeSymbol named ? [named] : []).Any(i => i.MetadataName is "ISet`1" or "IReadOnlySet`1" or "IImmutableSet`1" or "IReadOnlyDictionary`2" or "IDictionary`2");
}

internal enum ConstantKind
{
    /// <summary>The value isn't a constant.</summary>
    None,

    /// <summary>Zero, false or null.</summary>
    Default,

    EmptyText,

    /// <summary>A new collection without items.</summary>
    EmptyCollection,

    Other,
}
