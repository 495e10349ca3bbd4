using EventSourcing.Generators.Shapes;

namespace EventSourcing.Generators.Events;

/// <summary>A field of an event: what is stored, and how its value reaches the record.</summary>
internal sealed record FieldModel
{
    public required FieldContract Contract { get; init; }

    /// <summary>The argument of the member that becomes the field; null for a user-written record.</summary>
    public required string? Argument { get; init; }

    /// <summary>How a value that was read is put into the record.</summary>
    public required Placement Placement { get; init; }

    /// <summary>Whether a missing field keeps the value of a new record.</summary>
    public bool KeepsInitialValue { get; init; }

    /// <summary>
    /// The expression that converts the value to the constructor's argument, with <c>{0}</c> for the value; null when both are the same.
    /// </summary>
    public string? Conversion { get; init; }
}
