using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Events;

/// <summary>
/// The contract of an event: its stored part, which must fit the events that were stored before. How the event is declared and raised in
/// C# isn't a part of it.
/// </summary>
internal sealed record EventContract
{
    /// <summary>The name that [Event] gives.</summary>
    public required string Name { get; init; }

    /// <summary>The topic that is written.</summary>
    public required string Topic { get; init; }

    /// <summary>The former topics, which are also read.</summary>
    public required EquatableArray<string> FormerTopics { get; init; }

    /// <summary>The fields in the order in which they are written.</summary>
    public required EquatableArray<FieldContract> Fields { get; init; }

    /// <summary>The topic that is written, then the former ones.</summary>
    public IEnumerable<string> Topics => [Topic, .. FormerTopics];
}

/// <summary>The contract of a field: its stored part.</summary>
internal sealed record FieldContract
{
    public required string JsonName { get; init; }

    /// <summary>The property of the record, with @ where it is a keyword.</summary>
    public required string Property { get; init; }

    /// <summary>The full name of the type.</summary>
    public required string Type { get; init; }

    /// <summary>The index of the aggregate's shape that writes and reads it.</summary>
    public required int Shape { get; init; }

    /// <summary>The source of the default, which also stands for a missing field; null for none.</summary>
    public required string? Default { get; init; }

    /// <summary>Whether a stored event can't be read without it.</summary>
    public required bool IsRequired { get; init; }
}
