namespace EventSourcing.Generators.Events;

/// <summary>An event that is a user-written record.</summary>
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
