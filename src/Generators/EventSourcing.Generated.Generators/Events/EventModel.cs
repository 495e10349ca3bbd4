using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Events;

/// <summary>An event of an aggregate: what is stored, and how its record and the member that raises it are written.</summary>
internal sealed record EventModel
{
    public required EventContract Contract { get; init; }

    /// <summary>The name of the record, with @ where it is a keyword.</summary>
    public required string TypeName { get; init; }

    public required EventTrigger Trigger { get; init; }

    /// <summary>Whether another record could derive from it, which would be an event of its own, or none.</summary>
    public bool IsOpen { get; init; }

    /// <summary>Whether a record of the user's can't change by itself; what its fields hold may.</summary>
    public bool IsImmutable { get; init; } = true;

    /// <summary>Whether code of the user's runs when it is made or read, so that what is made is compared when it is raised.</summary>
    public bool IsCompared { get; init; }

    /// <summary>The accessibility of the record: that of the member, at least internal.</summary>
    public required string Accessibility { get; init; }

    /// <summary>How the values of the contract's fields reach the record, in the same order.</summary>
    public required EquatableArray<FieldModel> Fields { get; init; }

    /// <summary>How the member is declared, up to its closing parenthesis; empty for a record of the user's.</summary>
    public required string Declaration { get; init; }

    /// <summary>Whether it is a record of the user's with which aggregates begin.</summary>
    public required bool IsCreationRecord { get; init; }

    /// <summary>What gives the id of a created aggregate; null for other events, and for a creation record that needs one given.</summary>
    public required string? IdExpression { get; init; }

    /// <summary>Whether a creation record holds the id itself.</summary>
    public bool HasOwnId { get; init; }

    /// <summary>The parameter that carries the event's time.</summary>
    public required string? TimestampParameter { get; init; }

    /// <summary>Whether there is an Apply for it, and whether that takes the header.</summary>
    public required ApplyKind Apply { get; init; }

    /// <summary>Whether the user put [SetsRequiredMembers] on the constructor.</summary>
    public required bool HasSetsRequiredMembers { get; init; }

    /// <summary>What the user's record leaves to the generated part; null for a generated record.</summary>
    public required RecordModel? Record { get; init; }

    /// <summary>How the member makes the event of its arguments.</summary>
    public string Construction => $"new {TypeName}({string.Join(", ", Fields.Select(f => f.Argument))})";

    public bool IsCreation => IsCreationRecord || Trigger is EventTrigger.Constructor or EventTrigger.Factory;
}

internal enum EventTrigger
{
    Constructor,
    Factory,
    Command,
    Record,
}

internal enum ApplyKind
{
    None,
    Event,
    EventAndHeader,
}
