using EventSourcing.Generators.Shapes;

namespace EventSourcing.Generators.Events;

/// <summary>A field of an event.</summary>
internal sealed record FieldModel
{
    /// <summary>The property of the record, with @ where it is a keyword.</summary>
    public required string Property { get; init; }

    /// <summary>How a value that was read reaches the record.</summary>
    public required Placement Placement { get; init; }

    /// <summary>The argument of the member that the field is given.</summary>
    public required string? Argument { get; init; }

    public required string JsonName { get; init; }

    /// <summary>The full name of the type.</summary>
    public required string Type { get; init; }

    /// <summary>The source of the default, which also stands for a missing field; null for none.</summary>
    public required string? Default { get; init; }

    /// <summary>Whether the value that a new record has stands for a missing field.</summary>
    public bool KeepsInitialValue { get; init; }

    /// <summary>How the constructor's argument is made of the value, with <c>{0}</c> for it; null where it is the value.</summary>
    public string? Conversion { get; init; }

    /// <summary>Which of the aggregate's shapes writes and reads it.</summary>
    public required int Shape { get; init; }
}
