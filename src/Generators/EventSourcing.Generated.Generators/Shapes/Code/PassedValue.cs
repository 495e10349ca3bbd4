using Microsoft.CodeAnalysis;

namespace EventSourcing.Generators.Shapes.Code;

/// <summary>What is done to a value on its way. Each changes nothing in a value that it was done to before.</summary>
[Flags]
internal enum Change
{
    None = 0,

    /// <summary>A constant stands for null.</summary>
    Filled = 1,

    /// <summary>A text loses white space at its ends, or gets another case.</summary>
    Text = 2,

    /// <summary>Items go into a set or dictionary, so that each of them is kept once.</summary>
    Distinct = 4,

    /// <summary>Something else that keeps zero, null and the empty text, as rounding does.</summary>
    Tidied = 8,

    /// <summary>Something else, which may change the default value, as a lower bound does.</summary>
    Bounded = 16,

    /// <summary>Something else that is the same each time, but may change again what it left: that is seen when an event is raised.</summary>
    Tested = 32,
}

/// <summary>What is known of a value: which parameter or member it was taken from and what was done to it, or that it is a constant.</summary>
/// <param name="Source">The parameter or member; null when it isn't known, or a constant.</param>
/// <param name="Change">What was done to it.</param>
/// <param name="Constant">What sort of constant it is.</param>
internal readonly record struct PassedValue(ISymbol? Source, Change Change = Change.None, ConstantKind Constant = ConstantKind.None)
{
    /// <summary>It may be anything.</summary>
    public static readonly PassedValue Unknown;

    public static PassedValue Of(ConstantKind constant) => new(null, Change.None, constant);

    /// <summary>The value after one more change. Changes of different sorts could undo each other, so that only some go together.</summary>
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
        // An empty text is neither trimmed nor in another case.
        : Source is not null && constant.Constant == ConstantKind.EmptyText && (Change & ~(Change.Filled | Change.Text)) == 0 ? this with { Change = Change | Change.Filled }
        : With(Change.Filled);

    /// <summary>What of the changes can be seen in something of this type.</summary>
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
    /// <summary>It is none.</summary>
    None,

    /// <summary>Zero, false or null.</summary>
    Default,

    EmptyText,

    /// <summary>A new collection without items.</summary>
    EmptyCollection,

    Other,
}
