namespace EventSourcing.Generators.Shared;

/// <summary>What keys are to the database.</summary>
internal enum KeyKind
{
    Guid,
    String,
}
