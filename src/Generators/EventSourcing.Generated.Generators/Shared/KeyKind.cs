namespace EventSourcing.Generators.Shared;

/// <summary>The type of keys in the database.</summary>
internal enum KeyKind
{
    Guid,
    String,
}
