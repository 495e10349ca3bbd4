using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Refusals;

/// <summary>
/// Members that can't raise an event. They still get a body, so that the compiler reports no missing bodies in addition to the
/// actual error.
/// </summary>
internal sealed record RefusalModel
{
    public required TypeShell Shell { get; init; }

    public required EquatableArray<RefusedMember> Members { get; init; }

    /// <summary>The types of the members, and of what Apply methods take, that don't exist: <c>Nme</c>, <c>Lst&lt;T1&gt;</c>.</summary>
    public required EquatableArray<string> UnknownTypes { get; init; }
}

/// <summary>One refused member.</summary>
/// <param name="Declaration">
/// The declaration of the partial member, up to its closing parenthesis; null when nothing has to be added, or nothing can be.
/// </param>
/// <param name="IsDefinition">Whether the user wrote the body, and only the declaration is missing.</param>
/// <param name="Initializer">The arguments that the constructor passes to its base, if it takes any.</param>
/// <param name="NamesUnknown">Whether the declaration names types that don't exist.</param>
/// <param name="Record">The record that an Apply may take; null when a type of that name exists, or can't exist.</param>
/// <param name="Reason">The id and the message of the error.</param>
internal sealed record RefusedMember(string? Declaration, bool IsDefinition, string? Initializer, bool NamesUnknown, string? Record, string Reason);
