using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Projections;

/// <summary>A class with <c>[Projection]</c>: its handlers write tables of the program's own.</summary>
internal sealed record HandlerClassModel
{
    public required TypeShell Shell { get; init; }

    /// <summary>The name of the projection.</summary>
    public required string Projection { get; init; }

    public required int Version { get; init; }

    /// <summary>What happens with an event that fails: the name of the enum's member.</summary>
    public required string OnError { get; init; }

    /// <summary>The type of the keys of the events' aggregates.</summary>
    public required KeyKind Key { get; init; }

    /// <summary>The arguments of the constructor: expressions over <c>transaction</c>, <c>services</c> and <c>cancellationToken</c>.</summary>
    public required EquatableArray<string> Arguments { get; init; }

    /// <summary>Whether an argument is a service.</summary>
    public required bool HasServices { get; init; }

    /// <summary>The methods <c>When</c>.</summary>
    public required EquatableArray<HandlerMethod> Handlers { get; init; }

    /// <summary>The method <c>Reset</c>.</summary>
    public required HandlerMethod Reset { get; init; }

    /// <summary>The interface that the class implements.</summary>
    public string Interface => $"{KnownNames.Services}.IProjectionHandler<{Shell.FullName}, {KeyType}>";

    public string KeyType => Key == KeyKind.Guid ? KnownNames.Guid : "string";
}

/// <summary>A method of a class with handlers.</summary>
/// <param name="EventType">The full name of the event's record; empty for <c>Reset</c>.</param>
/// <param name="Topics">The topics of the event, the current one first; empty for <c>Reset</c>.</param>
/// <param name="IsStatic">Whether it is static.</param>
/// <param name="IsAwaited">Whether it returns a task.</param>
/// <param name="TakesHeader">Whether it takes the header after the event.</param>
/// <param name="TakesToken">Whether it takes a cancellation token at the end.</param>
internal sealed record HandlerMethod(string EventType, EquatableArray<string> Topics, bool IsStatic, bool IsAwaited, bool TakesHeader, bool TakesToken);
