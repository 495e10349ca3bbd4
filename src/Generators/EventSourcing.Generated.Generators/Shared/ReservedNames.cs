namespace EventSourcing.Generators.Shared;

/// <summary>Names that generated code, records and the language take.</summary>
internal static class ReservedNames
{
    /// <summary>Members that the generated part of an aggregate has.</summary>
    public static readonly HashSet<string> OfAggregates =
    [
        "Id", "Version", "CreatedOn", "ModifiedOn", "PendingEvents", "Raise", "RaiseEvent", "ApplyEvent", "FixEvent", "WriteEvent", "ReadEvent",
        "GetTopic", "GetTopics", "EventJson", "_aggregateCore",
        .. AccessorsOf("Id", "Version", "CreatedOn", "ModifiedOn", "PendingEvents"),
    ];

    /// <summary>Members that every record has, and names that a record may not use.</summary>
    public static readonly HashSet<string> OfRecords =
    [
        "Clone", "EqualityContract", "PrintMembers", "GetHashCode", "ToString", "Equals", "GetType", "MemberwiseClone", "Deconstruct",
        "Finalize", "ReferenceEquals",
    ];

    /// <summary>What generated code calls types though it isn't a keyword: a type of the name would be meant instead.</summary>
    public static readonly string[] OfLanguage = ["var", "nint", "nuint"];

    /// <summary>The methods that the compiler makes of properties. C# lets no other have their names, be the property read-only or not.</summary>
    public static IEnumerable<string> AccessorsOf(params string[] properties) => properties.SelectMany(p => new[] { $"get_{p}", $"set_{p}" });
}
