namespace EventSourcing.Recording;

/// <summary>The type of a column of a view. Each engine has a type of its own for it.</summary>
public enum ViewColumnType
{
    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>An integer of 16 bits.</summary>
    Int16,

    /// <summary>An integer of 32 bits.</summary>
    Int32,

    /// <summary>An integer of 64 bits.</summary>
    Int64,

    /// <summary>A floating-point number of 32 bits.</summary>
    Single,

    /// <summary>A floating-point number of 64 bits.</summary>
    Double,

    /// <summary>A decimal number.</summary>
    Decimal,

    /// <summary>A text.</summary>
    Text,

    /// <summary>A GUID.</summary>
    Guid,

    /// <summary>A point in time, in UTC, to the microsecond.</summary>
    DateTimeOffset,

    /// <summary>A date with a time without a time zone, to the microsecond.</summary>
    DateTime,

    /// <summary>A date.</summary>
    DateOnly,

    /// <summary>A time of day, to the microsecond.</summary>
    TimeOnly,

    /// <summary>A duration, to the microsecond.</summary>
    TimeSpan,

    /// <summary>Bytes.</summary>
    Bytes,

    /// <summary>A value of any other type, as JSON.</summary>
    Json,
}

/// <summary>A column of a view. Immutable.</summary>
/// <param name="Name">The name: letters, digits and underscores.</param>
/// <param name="Type">The type of the values.</param>
/// <param name="IsNullable">Whether a value may be missing.</param>
/// <param name="IsIndexed">Whether rows are looked up by it.</param>
public sealed record ViewColumn(string Name, ViewColumnType Type, bool IsNullable = false, bool IsIndexed = false);
