using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Ids;

/// <summary>The id of an aggregate: a Guid, a string, or a type around one of these.</summary>
internal sealed record IdModel
{
    /// <summary>The full name of the id's type.</summary>
    public required string Type { get; init; }

    public required KeyKind Key { get; init; }

    /// <summary>
    /// The expression that takes the key from the id, with <c>{0}</c> for the id: <c>{0}.Value</c>, or <c>{0}</c> when the id is the key
    /// itself.
    /// </summary>
    public required string Read { get; init; }

    /// <summary>The expression that creates the id from the key: <c>new global::School.DogId({0})</c>.</summary>
    public required string Make { get; init; }

    public string KeyOf(string id) => string.Format(Read, id);

    public string IdOf(string key) => string.Format(Make, key);

    /// <summary>The default: a Guid.</summary>
    public static IdModel Guid { get; } = new() { Type = KnownNames.Guid, Key = KeyKind.Guid, Read = "{0}", Make = "{0}" };

    public string KeyType => Key == KeyKind.Guid ? KnownNames.Guid : "string";
}
