using System.Collections.Frozen;

namespace EventSourcing;

/// <summary>What is stored beside events for tracing them: who or what caused them. Immutable.</summary>
public sealed record EventMetadata
{
    private static readonly AsyncLocal<EventMetadata?> Flow = new();

    /// <summary>Identifies the whole conversation that the save is part of.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>Identifies the message or event that led to the save.</summary>
    public string? CausationId { get; init; }

    /// <summary>Your own values.</summary>
    public IReadOnlyDictionary<string, string> Values { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>The metadata of the current async flow, which saves without metadata of their own get; null for none.</summary>
    public static EventMetadata? Current => Flow.Value;

    /// <summary>Sets the metadata of this async flow, until the result is disposed of.</summary>
    /// <param name="metadata">The metadata.</param>
    /// <returns>Restores what was in use before.</returns>
    public static IDisposable Use(EventMetadata metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        return AsyncLocalScope.Set(Flow, metadata);
    }
}
