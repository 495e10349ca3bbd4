using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Events;

/// <summary>An event of an aggregate: what is stored, and how its record and the member that raises it are written.</summary>
internal sealed record EventModel
{
    public required EventContract Contract { get; init; }

    /// <summary>The name of the record, with @ where it is a keyword.</summary>
    public required string TypeName { get; init; }

    public required EventTrigger Trigger { get; init; }

    /// <summary>Whether another record could derive from it. The derived record would be another event, or no event.</summary>
    public bool IsOpen { get; init; }

    /// <summary>Whether a user-written record is immutable itself; the values of its fields may change.</summary>
    public bool IsImmutable { get; init; } = true;

    /// <summary>Whether user code runs when the event is created or read, so that the result is compared when the event is raised.</summary>
    public bool IsCompared { get; init; }

    /// <summary>The accessibility of the record: that of the member, at least internal.</summary>
    public required string Accessibility { get; init; }

    /// <summary>How the values of the contract's fields are put into the record, in the same order.</summary>
    public required EquatableArray<FieldModel> Fields { get; init; }

    /// <summary>The declaration of the member, up to its closing parenthesis; empty for a user-written record.</summary>
    public required string Declaration { get; init; }

    /// <summary>Whether it is a user-written record that begins an aggregate.</summary>
    public required bool IsCreationRecord { get; init; }

    /// <summary>
    /// The expression for the id of a created aggregate; null for other events, and for a creation record whose id the caller gives.
    /// </summary>
    public required string? IdExpression { get; init; }

    /// <summary>Whether a creation record holds the id itself.</summary>
    public bool HasOwnId { get; init; }

    /// <summary>The parameter that carries the event's time.</summary>
    public required string? TimestampParameter { get; init; }

    /// <summary>Whether there is an Apply for it, and whether that takes the header.</summary>
    public required ApplyKind Apply { get; init; }

    /// <summary>Whether the user put [SetsRequiredMembers] on the constructor.</summary>
    public required bool HasSetsRequiredMembers { get; init; }

    /// <summary>The parts that the user's record leaves to the generator; null for a generated record.</summary>
    public required RecordModel? Record { get; init; }

    /// <summary>The expression that creates the event from the member's arguments.</summary>
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
