using System.Collections.Frozen;

namespace EventSourcing;

/// <summary>Data stored beside events for tracing: who or what caused them. Immutable.</summary>
public sealed record EventMetadata
{
    private static readonly AsyncLocal<EventMetadata?> Flow = new();

    /// <summary>Identifies the whole conversation that the save is part of.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>Identifies the message or event that led to the save.</summary>
    public string? CausationId { get; init; }

    /// <summary>Your own values.</summary>
    /// <exception cref="ArgumentNullException">It is set to null.</exception>
    public IReadOnlyDictionary<string, string> Values
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(Values));
    } = FrozenDictionary<string, string>.Empty;

    /// <summary>The metadata of the current async flow, which all saves in it get; null for none.</summary>
    public static EventMetadata? Current => Flow.Value;

    /// <summary>
    /// Sets the metadata of this async flow, until the result is disposed of. It is merged with the metadata in use: an inner id, or an inner
    /// value, replaces the outer one with the same name. The metadata of a single save is merged in the same way.
    /// </summary>
    /// <param name="metadata">The metadata.</param>
    /// <returns>Restores the metadata that was in use before.</returns>
    public static IDisposable Use(EventMetadata metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        return AsyncLocalScope.Set(Flow, Merge(Flow.Value, metadata)!);
    }

    /// <summary>Merges both metadata. The inner values replace the outer ones.</summary>
    internal static EventMetadata? Merge(EventMetadata? outer, EventMetadata? inner)
    {
        if (outer is null || inner is null)
        {
            return inner ?? outer;
        }

        var values = new Dictionary<string, string>(outer.Values);
        foreach (var (name, value) in inner.Values)
        {
            values[name] = value;
        }

        return new EventMetadata { CorrelationId = inner.CorrelationId ?? outer.CorrelationId, CausationId = inner.CausationId ?? outer.CausationId, Values = values };
    }
}
