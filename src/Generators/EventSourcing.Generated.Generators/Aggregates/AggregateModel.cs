using EventSourcing.Generators.Serializers;

namespace EventSourcing.Generators.Aggregates;

/// <summary>An <c>[EventSourced]</c> class.</summary>
internal sealed record AggregateModel
{
    public required TypeShell Shell { get; init; }

    /// <summary>An abstract aggregate has commands, but no id of its own making and no creation event.</summary>
    public required bool IsAbstract { get; init; }

    /// <summary>The full name of the abstract aggregate that this one derives from.</summary>
    public required string? Base { get; init; }

    public required IdModel Id { get; init; }

    /// <summary>How the property Id is seen: public, or internal where its type is.</summary>
    public required string IdAccessibility { get; init; }

    /// <summary>The events in the order of their declarations.</summary>
    public required EquatableArray<EventModel> Events { get; init; }

    /// <summary>Public readable properties that the user declared, for ToString.</summary>
    public required EquatableArray<string> Properties { get; init; }

    /// <summary>Whether the user wrote a ToString, here or in a base class.</summary>
    public required bool HasToString { get; init; }

    /// <summary>Whether generated constructors have to carry [SetsRequiredMembers].</summary>
    public required bool HasRequiredMembers { get; init; }

    /// <summary>How the types of the events' fields are written and read.</summary>
    public required EquatableArray<ShapeModel> Shapes { get; init; }
}

/// <summary>The id of an aggregate: a Guid, a string, or a type around one of these.</summary>
internal sealed record IdModel
{
    /// <summary>The full name of the id's type.</summary>
    public required string Type { get; init; }

    public required KeyKind Key { get; init; }

    /// <summary>How the key is taken from the id, with <c>{0}</c> for it: <c>{0}.Value</c>, or <c>{0}</c> when the id is the key itself.</summary>
    public required string Read { get; init; }

    /// <summary>How the id is made of the key: <c>new global::School.DogId({0})</c>.</summary>
    public required string Make { get; init; }

    public string KeyOf(string id) => string.Format(Read, id);

    public string IdOf(string key) => string.Format(Make, key);

    /// <summary>The usual one.</summary>
    public static IdModel Guid { get; } = new() { Type = KnownNames.Guid, Key = KeyKind.Guid, Read = "{0}", Make = "{0}" };

    public string KeyType => Key == KeyKind.Guid ? KnownNames.Guid : "string";
}

/// <summary>An event of an aggregate.</summary>
internal sealed record EventModel
{
    /// <summary>The name of the record, with @ where it is a keyword.</summary>
    public required string TypeName { get; init; }

    /// <summary>The current topic, then the former ones.</summary>
    public required EquatableArray<string> Topics { get; init; }

    public required EventTrigger Trigger { get; init; }

    /// <summary>Whether another record could derive from it, which would be an event of its own, or none.</summary>
    public bool IsOpen { get; init; }

    /// <summary>Whether a record of the user's can't change by itself; what its fields hold may.</summary>
    public bool IsImmutable { get; init; } = true;

    /// <summary>Whether code of the user's runs when it is made or read, so that what is made is compared when it is raised.</summary>
    public bool IsCompared { get; init; }

    /// <summary>The accessibility of the record: that of the member, at least internal.</summary>
    public required string Accessibility { get; init; }

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

/// <summary>An event that is a record of the user's.</summary>
internal sealed record RecordModel
{
    public required bool IsSealed { get; init; }

    /// <summary>Whether it derives from another record.</summary>
    public required bool IsDerived { get; init; }

    /// <summary>Whether the user wrote neither Equals nor GetHashCode.</summary>
    public required bool LeavesEquality { get; init; }

    /// <summary>Whether the user wrote neither ToString nor PrintMembers.</summary>
    public required bool LeavesText { get; init; }
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
