using EventSourcing.Generators.Shapes;

namespace EventSourcing.Generators.Events;

/// <summary>A field of an event: what is stored, and how its value reaches the record.</summary>
internal sealed record FieldModel
{
    public required FieldContract Contract { get; init; }

    /// <summary>The argument of the member that the field is given; null for a record of the user's.</summary>
    public required string? Argument { get; init; }

    /// <summary>How a value that was read reaches the record.</summary>
    public required Placement Placement { get; init; }

    /// <summary>Whether the value that a new record has stands for a missing field.</summary>
    public bool KeepsInitialValue { get; init; }

    /// <summary>How the constructor's argument is made of the value, with <c>{0}</c> for it; null where it is the value.</summary>
    public string? Conversion { get; init; }
}
