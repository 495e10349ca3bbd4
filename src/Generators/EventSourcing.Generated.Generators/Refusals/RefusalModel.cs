using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Refusals;

/// <summary>
/// Members that can't raise an event. They get a body all the same, so that the compiler adds no errors about partial
/// members without one to the error that says what is wrong.
/// </summary>
internal sealed record RefusalModel
{
    public required TypeShell Shell { get; init; }

    public required EquatableArray<RefusedMember> Members { get; init; }

    /// <summary>The types of the members, and of what Apply methods take, that don't exist: <c>Nme</c>, <c>Lst&lt;T1&gt;</c>.</summary>
    public required EquatableArray<string> UnknownTypes { get; init; }
}

/// <summary>One such member.</summary>
/// <param name="Declaration">How the partial member is declared, up to its closing parenthesis; null where nothing has to be added, or can be.</param>
/// <param name="IsDefinition">Whether the user wrote the body, and only the declaration is missing.</param>
/// <param name="Initializer">What the constructor passes to its base, where that takes something.</param>
/// <param name="NamesUnknown">Whether the declaration names types that don't exist.</param>
/// <param name="Record">The record that an Apply may take; null where there is a type of that name, or can't be.</param>
/// <param name="Reason">The id and the message of the error.</param>
internal sealed record RefusedMember(string? Declaration, bool IsDefinition, string? Initializer, bool NamesUnknown, string? Record, string Reason);
