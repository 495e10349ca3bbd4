namespace EventSourcing.Generators.Shared;

/// <summary>Names that generated code, records and the language use.</summary>
internal static class ReservedNames
{
    /// <summary>Members that the generated part of an aggregate has.</summary>
    public static readonly HashSet<string> OfAggregates =
    [
        "Id", "Version", "CreatedOn", "ModifiedOn", "PendingEvents", "Raise", "RaiseEvent", "ApplyEvent", "FixEvent", "WriteEvent", "ReadEvent",
        "GetTopics", "EventJson", "_aggregateCore",
        .. AccessorsOf("Id", "Version", "CreatedOn", "ModifiedOn", "PendingEvents"),
    ];

    /// <summary>Members that every record has, and names that a record may not use.</summary>
    public static readonly HashSet<string> OfRecords =
    [
        "Clone", "EqualityContract", "PrintMembers", "GetHashCode", "ToString", "Equals", "GetType", "MemberwiseClone", "Deconstruct",
        "Finalize", "ReferenceEquals",
    ];

    /// <summary>Names of types in generated code that aren't keywords: a user's type of the name would hide them.</summary>
    public static readonly string[] OfLanguage = ["var", "nint", "nuint"];

    /// <summary>
    /// The names of the accessors of properties. C# allows no other member with these names, whether the property is read-only or not.
    /// </summary>
    public static IEnumerable<string> AccessorsOf(params string[] properties) => properties.SelectMany(p => new[] { $"get_{p}", $"set_{p}" });
}
