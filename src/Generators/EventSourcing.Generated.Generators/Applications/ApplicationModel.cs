using EventSourcing.Generators.Recorders;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Applications;

/// <summary>An <c>[EventSourcedApplication]</c> class.</summary>
internal sealed record ApplicationModel
{
    public required TypeShell Shell { get; init; }

    /// <summary>Whether the class and its outer classes are public.</summary>
    public required bool IsPublic { get; init; }

    public required RecorderModel Recorder { get; init; }

    public required EquatableArray<RegisteredAggregate> Aggregates { get; init; }

    /// <summary>The topics that each aggregate reads.</summary>
    public required EquatableArray<TopicRoute> Routes { get; init; }

    /// <summary>Whether the attribute leaves the choice to the options.</summary>
    public required bool AutoFlush { get; init; }

    /// <summary>The expression that gives the current session; null for none.</summary>
    public required string? ScopedSession { get; init; }

    /// <summary>Whether the project references the abstractions of dependency injection.</summary>
    public required bool HasServices { get; init; }

    /// <summary>Whether the user's class has a base class, which derives from the one that would be generated.</summary>
    public required bool HasBase { get; init; }

    /// <summary>Whether the user wrote the constructor, which takes the context first.</summary>
    public required bool HasConstructor { get; init; }

    /// <summary>Whether that constructor can be called. If it can't, an error says so.</summary>
    public required bool ConstructorFits { get; init; }

    /// <summary>The arguments of the user's constructor after the context: expressions over <c>services</c>.</summary>
    public required EquatableArray<string> Services { get; init; }

    /// <summary>The name of the class with the extension methods, beside the outermost class.</summary>
    public required string ExtensionsName { get; init; }

    /// <summary>The engines that the project references.</summary>
    public IEnumerable<ProviderModel> Providers => Recorder.Engines.Select(e => e.Provider);

    public string KeyType => Recorder.Table.KeyType;

    public EquatableArray<RegisteredView> Views => Recorder.Views;
}

/// <summary>An aggregate of the application. An id type that isn't public can't be in the signature of a public method.</summary>
internal sealed record RegisteredAggregate(string FullName, string IdType, bool IsIdPublic);

/// <param name="Text">A topic, or the text before the last dot of topics that all belong to the same aggregate.</param>
/// <param name="IsOwner">Whether it is the text before the dot.</param>
/// <param name="Aggregate">The index of the aggregate.</param>
internal sealed record TopicRoute(string Text, bool IsOwner, int Aggregate);
