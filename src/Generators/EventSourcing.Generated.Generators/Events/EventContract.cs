using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Events;

/// <summary>What is stored of an event, and so must fit what was stored before: nothing of how it is declared and raised in C#.</summary>
internal sealed record EventContract
{
    /// <summary>The name that [Event] gives.</summary>
    public required string Name { get; init; }

    /// <summary>The topic that is written.</summary>
    public required string Topic { get; init; }

    /// <summary>The topics that are read, too.</summary>
    public required EquatableArray<string> FormerTopics { get; init; }

    /// <summary>The fields in the order of their writing.</summary>
    public required EquatableArray<FieldContract> Fields { get; init; }

    /// <summary>The topic that is written, then the former ones.</summary>
    public IEnumerable<string> Topics => [Topic, .. FormerTopics];
}

/// <summary>What is stored of a field.</summary>
internal sealed record FieldContract
{
    public required string JsonName { get; init; }

    /// <summary>The property of the record, with @ where it is a keyword.</summary>
    public required string Property { get; init; }

    /// <summary>The full name of the type.</summary>
    public required string Type { get; init; }

    /// <summary>Which of the aggregate's shapes writes and reads it.</summary>
    public required int Shape { get; init; }

    /// <summary>The source of the default, which also stands for a missing field; null for none.</summary>
    public required string? Default { get; init; }

    /// <summary>Whether a stored event without it can't be read.</summary>
    public required bool IsRequired { get; init; }
}
